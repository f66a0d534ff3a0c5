/* A PKCS#11 module that hands everything to another one and lies about the PIN as told.
 *
 * SoftHSM never says that one attempt is left, never locks and is never unplugged. Real tokens do.
 * FAKE_TOKEN_MODULE names the real module, FAKE_TOKEN_DIR a folder:
 *   flags    hex bits to set in CK_TOKEN_INFO.flags
 *   login    a CK_RV (hex) that C_Login answers without asking the real token
 *   gone     once it is there, every signature answers CKR_DEVICE_REMOVED
 *   logins   gets one line for each C_Login
 */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef unsigned long rv_t;
typedef unsigned long handle_t;
enum { FUNCTIONS = 68, GET_TOKEN_INFO = 6, LOGIN = 18, SIGN = 43, FLAGS_AT = 96 };
typedef struct { unsigned char version[2]; void *call[FUNCTIONS]; } list_t;

static list_t ours, *theirs;

static FILE *told(const char *name, const char *mode) {
  char path[4096];
  snprintf(path, sizeof path, "%s/%s", getenv("FAKE_TOKEN_DIR"), name);
  return fopen(path, mode);
}

static unsigned long number(const char *name) {
  unsigned long value = 0;
  FILE *file = told(name, "r");
  if (file) { if (fscanf(file, "%lx", &value) != 1) value = 0; fclose(file); }
  return value;
}

static rv_t get_token_info(handle_t slot, unsigned char *info) {
  rv_t rv = ((rv_t (*)(handle_t, unsigned char *))theirs->call[GET_TOKEN_INFO])(slot, info);
  unsigned long flags;
  if (rv) return rv;
  memcpy(&flags, info + FLAGS_AT, sizeof flags);
  flags |= number("flags");
  memcpy(info + FLAGS_AT, &flags, sizeof flags);
  return 0;
}

static rv_t login(handle_t session, unsigned long user, unsigned char *pin, unsigned long length) {
  unsigned long answer = number("login");
  FILE *file = told("logins", "a");
  if (file) { fputs("login\n", file); fclose(file); }
  if (answer) return answer;
  return ((rv_t (*)(handle_t, unsigned long, unsigned char *, unsigned long))theirs->call[LOGIN])(
      session, user, pin, length);
}

static rv_t sign(handle_t session, unsigned char *data, unsigned long length, unsigned char *out,
                 unsigned long *out_length) {
  FILE *file = told("gone", "r");
  if (file) { fclose(file); return 0x32; /* CKR_DEVICE_REMOVED */ }
  return ((rv_t (*)(handle_t, unsigned char *, unsigned long, unsigned char *, unsigned long *))
              theirs->call[SIGN])(session, data, length, out, out_length);
}

rv_t C_GetFunctionList(list_t **list) {
  if (!theirs) {
    void *library = dlopen(getenv("FAKE_TOKEN_MODULE"), RTLD_NOW | RTLD_LOCAL);
    rv_t (*get)(list_t **) = library ? (rv_t (*)(list_t **))dlsym(library, "C_GetFunctionList") : 0;
    if (!get || get(&theirs)) return 5; /* CKR_GENERAL_ERROR */
    ours = *theirs;
    ours.call[GET_TOKEN_INFO] = (void *)get_token_info;
    ours.call[LOGIN] = (void *)login;
    ours.call[SIGN] = (void *)sign;
  }
  *list = &ours;
  return 0;
}
