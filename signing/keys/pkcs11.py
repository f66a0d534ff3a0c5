"""A key inside a PKCS#11 token: one session and one login per token, and never a second try.

Tokens in the field lock after a few wrong PINs in a row, so the flags that the token shows
(PKCS#11 v2.40 §3.2, CKF_USER_PIN_*) are read before every login: a locked token is not asked, a
last attempt only with the user's confirmation.
"""

# mypy: disable-error-code="no-untyped-call"

from __future__ import annotations

import contextlib
import hashlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pkcs11
from asn1crypto.algos import DigestInfo
from cryptography import x509
from pkcs11 import Attribute, KeyType, Mechanism, ObjectClass, TokenFlag
from pkcs11.util.ec import encode_ecdsa_signature

from signing.certificates import fingerprint
from signing.errors import (
    CertificateUnusable,
    KeyProblem,
    PinFinalTry,
    PinLocked,
    PinWrong,
    TokenAbsent,
    TokenLost,
)
from signing.keys import KeyUri
from signing.policy import Policy
from signing.ports import KeyStatus

_RSA = {
    "sha256": Mechanism.SHA256_RSA_PKCS,
    "sha384": Mechanism.SHA384_RSA_PKCS,
    "sha512": Mechanism.SHA512_RSA_PKCS,
}


@dataclass
class _Login:
    """The one session that this process has with a token, shared by its keys."""

    token: Any
    session: Any
    attempts: str
    users: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)


_logins: dict[tuple[str, bytes], _Login] = {}
_registry_lock = threading.Lock()


class Pkcs11Key:
    """A key source on a token."""

    def __init__(self, uri: KeyUri, secret: bytearray, *, confirm_final_try: bool = False) -> None:
        self._label = uri.token or uri.path
        token = _find_token(uri)
        self._id = (uri.path, bytes(token.serial))
        self._login, self._is_first = _log_in(self._id, token, secret, confirm_final_try)
        try:
            with _token_errors(self._label):
                self._certificate, self._chain, self._key = _choose(self._login.session, uri)
                self._mechanisms = set(token.slot.get_mechanisms())
        except BaseException:
            _log_out(self._id)
            raise
        self._open = True

    @property
    def certificate(self) -> x509.Certificate:
        """The certificate whose private key is on the token."""
        return self._certificate

    @property
    def chain(self) -> tuple[x509.Certificate, ...]:
        """The other certificates on the token."""
        return self._chain

    def sign_raw(self, data: bytes, digest: str) -> bytes:
        """Sign inside the token.

        Raises:
            TokenLost: it was removed, or its session ended.
        """
        if not self._open:
            raise TokenLost("the session is closed", "phiên làm việc đã đóng", token=self._label)
        with self._login.lock, _token_errors(self._label, during_work=True):
            if self._key.key_type == KeyType.EC:
                hashed = hashlib.new(digest, data).digest()
                return encode_ecdsa_signature(self._key.sign(hashed, mechanism=Mechanism.ECDSA))
            if _RSA[digest] in self._mechanisms:
                return bytes(self._key.sign(data, mechanism=_RSA[digest]))
            # Some tokens only pad: PKCS#1 v1.5 wants the DigestInfo then (RFC 8017 §9.2).
            info = DigestInfo(
                {
                    "digest_algorithm": {"algorithm": digest},
                    "digest": hashlib.new(digest, data).digest(),
                }
            )
            return bytes(self._key.sign(info.dump(), mechanism=Mechanism.RSA_PKCS))

    def status(self) -> KeyStatus:
        """What is known of the token; a key that joined another's session had no login."""
        logins = int(self._is_first)
        return KeyStatus("pkcs11", self._label, self._open, self._login.attempts, logins)

    def close(self) -> None:
        """Log out when no other key of this process uses the token."""
        if self._open:
            self._open = False
            _log_out(self._id)


def read_certificates(uri: KeyUri) -> list[x509.Certificate]:
    """End-entity certificates on a token, read without login.

    Raises:
        TokenAbsent: no such module or token.
    """
    token = _find_token(uri)
    with _token_errors(uri.token or uri.path):
        found = _public_certificates(uri.path, token)
    return [certificate for certificate, _ in found if not _is_authority(certificate)]


def attempts_left(uri: KeyUri) -> str:
    """What the token says of PIN attempts, before anyone is asked for a PIN.

    Returns:
        ``unknown``, ``low`` (warn: wrong PINs went before), ``one`` (ask for a typed confirmation)
        or ``none`` (a session is open already, or the token has a keypad of its own).

    Raises:
        PinLocked: no PIN will be accepted.
        TokenAbsent: no such module or token.
    """
    token = _find_token(uri)
    with _registry_lock:
        if (uri.path, bytes(token.serial)) in _logins:
            return "none"
    left = check_flags(token.flags, token.label, confirm_final_try=True)
    on_device = TokenFlag.PROTECTED_AUTHENTICATION_PATH in token.flags
    return "none" if on_device and left == "unknown" else left


# --- finding -----------------------------------------------------------------------------------


def _find_token(uri: KeyUri) -> Any:  # noqa: ANN401
    """The token with the label; among several the one that holds the certificate asked for."""
    label = uri.token or uri.path
    try:
        module = pkcs11.lib(uri.path)
        tokens = [t for t in _tokens(module) if not uri.token or t.label == uri.token]
        if len(tokens) > 1 and uri.cert:
            tokens = [token for token in tokens if _holds(token, uri)]
    except (pkcs11.PKCS11Error, RuntimeError, OSError) as error:
        raise TokenAbsent(
            f"the module cannot be used ({type(error).__name__})",
            "không nạp được trình điều khiển",
            token=label,
        ) from None
    if not tokens:
        raise TokenAbsent("no such token is plugged in", "chưa cắm thiết bị", token=label)
    if len(tokens) > 1:
        raise TokenAbsent(
            "several tokens fit; name one by its label or its certificate",
            "có nhiều thiết bị, hãy chọn theo nhãn hoặc chứng thư",
            token=label,
        )
    return tokens[0]


def _holds(token: Any, uri: KeyUri) -> bool:  # noqa: ANN401
    """Whether the certificate is on the token; certificates are read without a login."""
    found = _public_certificates(uri.path, token)
    return any(fingerprint(certificate) == uri.cert for certificate, _ in found)


def _public_certificates(module: str, token: Any) -> list[tuple[x509.Certificate, bytes]]:  # noqa: ANN401
    with _registry_lock:
        shared = _logins.get((module, bytes(token.serial)))
    if shared is not None:
        with shared.lock:
            return _certificates(shared.session)
    with token.open() as session:
        return _certificates(session)


def _tokens(module: Any) -> Iterator[Any]:  # noqa: ANN401
    for slot in module.get_slots(token_present=True):
        # A slot may lose its token between the two calls.
        with contextlib.suppress(pkcs11.PKCS11Error):
            token = slot.get_token()
            if TokenFlag.TOKEN_INITIALIZED in token.flags:
                yield token


def _choose(
    session: Any,  # noqa: ANN401
    uri: KeyUri,
) -> tuple[x509.Certificate, tuple[x509.Certificate, ...], Any]:
    """The certificate asked for, else the only one that may sign; with its private key."""
    found = _certificates(session)
    keys = {bytes(key[Attribute.ID]): key for key in _private_keys(session)}
    own = [(c, keys[i]) for c, i in found if i in keys and not _is_authority(c)]
    if uri.cert:
        own = [(c, key) for c, key in own if fingerprint(c) == uri.cert]
    elif len(own) > 1:
        own = [(c, key) for c, key in own if Policy().problem_of(c) is None]
    if not own:
        raise CertificateUnusable(
            "the token holds no such certificate with its key",
            "thiết bị không có chứng thư này kèm khóa bí mật",
        )
    if len(own) > 1:
        raise CertificateUnusable(
            "several certificates may sign; name one by its fingerprint",
            "có nhiều chứng thư dùng được, hãy chọn một theo vân tay SHA-256",
        )
    certificate, key = own[0]
    others = tuple(c for c, _ in found if fingerprint(c) != fingerprint(certificate))
    return certificate, others, key


def _certificates(session: Any) -> list[tuple[x509.Certificate, bytes]]:  # noqa: ANN401
    found = []
    for item in session.get_objects({Attribute.CLASS: ObjectClass.CERTIFICATE}):
        # Tokens also hold certificates of other kinds or with broken values.
        with contextlib.suppress(ValueError, pkcs11.PKCS11Error):
            certificate = x509.load_der_x509_certificate(bytes(item[Attribute.VALUE]))
            found.append((certificate, bytes(item[Attribute.ID])))
    return found


def _private_keys(session: Any) -> list[Any]:  # noqa: ANN401
    return list(session.get_objects({Attribute.CLASS: ObjectClass.PRIVATE_KEY}))


def _is_authority(certificate: x509.Certificate) -> bool:
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        return False


# --- login -------------------------------------------------------------------------------------


def _log_in(
    identity: tuple[str, bytes],
    token: Any,  # noqa: ANN401
    secret: bytearray,
    confirm_final_try: bool,
) -> tuple[_Login, bool]:
    """The session with a token, and whether it was opened for this call."""
    with _registry_lock:
        login = _logins.get(identity)
        is_first = login is None
        if login is None:
            attempts = check_flags(token.flags, token.label, confirm_final_try)
            login = _Login(token, _session(token, secret), attempts)
            _logins[identity] = login
        login.users += 1
        return login, is_first


def check_flags(flags: TokenFlag, label: str, confirm_final_try: bool = False) -> str:
    """What the token's flags say before a login: ``unknown``, ``low`` or ``one``.

    Raises:
        PinLocked: no PIN will be accepted.
        PinFinalTry: one attempt is left and the user has not confirmed.
    """
    if TokenFlag.USER_PIN_LOCKED in flags:
        raise PinLocked(token=label)
    if TokenFlag.USER_PIN_FINAL_TRY in flags:
        if not confirm_final_try:
            raise PinFinalTry(token=label)
        return "one"
    return "low" if TokenFlag.USER_PIN_COUNT_LOW in flags else "unknown"


def _session(token: Any, secret: bytearray) -> Any:  # noqa: ANN401
    """The only place where a PIN is sent; whatever happens, it is sent once."""
    on_device = TokenFlag.PROTECTED_AUTHENTICATION_PATH in token.flags
    if not secret and not on_device:
        # An Enter by mistake must not cost one of the few attempts.
        raise KeyProblem("no PIN was entered; none was sent", "chưa nhập PIN, không gửi gì đi")
    try:
        # The library takes the PIN as str only: a copy that cannot be overwritten.
        pin = pkcs11.types.PROTECTED_AUTH if on_device else secret.decode("utf-8")
        return token.open(user_pin=pin)
    except UnicodeDecodeError:
        raise KeyProblem(
            "the PIN is not UTF-8 text; it was not sent", "PIN không phải văn bản UTF-8, chưa gửi"
        ) from None
    except pkcs11.PinLocked:
        raise PinLocked(token=token.label) from None
    except (pkcs11.PinIncorrect, pkcs11.PinInvalid, pkcs11.PinLenRange):
        raise _wrong(token) from None
    except pkcs11.PKCS11Error as error:
        raise TokenAbsent(
            f"login failed ({type(error).__name__})", "không đăng nhập được", token=token.label
        ) from None


def _wrong(token: Any) -> KeyProblem:  # noqa: ANN401
    """After a wrong PIN the flags say what is left."""
    try:
        flags = token.slot.get_token().flags
    except pkcs11.PKCS11Error:
        return PinWrong("unknown")
    if TokenFlag.USER_PIN_LOCKED in flags:
        return PinLocked(token=token.label)
    if TokenFlag.USER_PIN_FINAL_TRY in flags:
        return PinWrong("one")
    return PinWrong("low" if TokenFlag.USER_PIN_COUNT_LOW in flags else "unknown")


def _log_out(identity: tuple[str, bytes]) -> None:
    with _registry_lock:
        login = _logins.get(identity)
        if login is None:
            return
        login.users -= 1
        if login.users > 0:
            return
        del _logins[identity]
    # A token that is gone cannot log out; its session is gone with it.
    with contextlib.suppress(pkcs11.PKCS11Error):
        login.session.close()


@contextlib.contextmanager
def _token_errors(label: str, during_work: bool = False) -> Iterator[None]:
    """Whatever a token says in the middle of work means: it is not there any more.

    Real ones say DeviceRemoved, TokenNotPresent, SessionHandleInvalid or UserNotLoggedIn;
    SoftHSM says ObjectHandleInvalid or KeyHandleInvalid when its files are taken away.
    """
    try:
        yield
    except pkcs11.PKCS11Error as error:
        kind = TokenLost if during_work else TokenAbsent
        raise kind(f"{type(error).__name__}", "thiết bị không trả lời", token=label) from error
