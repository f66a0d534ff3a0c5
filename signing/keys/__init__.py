"""Keys behind one port: a PKCS#12 file or a PKCS#11 token, named by an address.

    p12:FILE
    pkcs11:MODULE?token=LABEL[&cert=SHA256]

The secret travels as a ``bytearray`` that the caller overwrites after use (:func:`wipe`). The
libraries underneath still make short-lived copies that Python cannot erase; that is why long
batches run in a process that ends with them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, unquote

from signing.errors import KeyUriBad

if TYPE_CHECKING:
    from signing.certificates import CertificateFacts
    from signing.policy import Policy
    from signing.ports import KeySource


@dataclass(frozen=True, slots=True)
class KeyUri:
    """A parsed key address."""

    kind: str
    """``p12`` or ``pkcs11``."""
    path: str
    """The file, or the PKCS#11 module's shared library."""
    token: str = ""
    """Token label; empty means: the only token present."""
    cert: str = ""
    """Lower-case SHA-256 of the certificate; empty means: the only usable one."""

    def __str__(self) -> str:
        query = f"?token={self.token}" if self.kind == "pkcs11" else ""
        return f"{self.kind}:{self.path}{query}" + (f"&cert={self.cert}" if self.cert else "")


def parse_key_uri(text: str) -> KeyUri:
    """Read a key address.

    Raises:
        KeyUriBad: it has another form.
    """
    kind, colon, rest = text.partition(":")
    if not colon or kind not in ("p12", "pkcs11") or not rest:
        raise KeyUriBad(repr(text))
    if kind == "p12":
        return KeyUri("p12", rest)
    path, _, query = rest.partition("?")
    options = dict(parse_qsl(query, keep_blank_values=True))
    if unknown := set(options) - {"token", "cert"}:
        raise KeyUriBad(f"unknown option {sorted(unknown)[0]!r}")
    cert = options.get("cert", "").lower().replace(":", "")
    if not path or (cert and (len(cert) != 64 or set(cert) - set("0123456789abcdef"))):
        raise KeyUriBad(repr(text))
    return KeyUri("pkcs11", unquote(path), options.get("token", ""), cert)


@contextmanager
def open_key(
    uri: str | KeyUri, secret: bytearray, *, confirm_final_try: bool = False
) -> Iterator[KeySource]:
    """Open a key for the length of a ``with`` block: one login, however many files.

    Args:
        uri: the key's address.
        secret: PIN or passphrase; sent once, never retried. The caller wipes it.
        confirm_final_try: the user typed a confirmation that the last attempt may be used.

    Raises:
        KeyProblem: see the leaves of :mod:`signing.errors`.
    """
    address = parse_key_uri(uri) if isinstance(uri, str) else uri
    key = _open(address, secret, confirm_final_try)
    try:
        yield key
    finally:
        key.close()


def _open(address: KeyUri, secret: bytearray, confirm_final_try: bool) -> KeySource:
    if address.kind == "p12":
        from signing.keys.pkcs12 import Pkcs12Key

        return Pkcs12Key(Path(address.path), secret)
    from signing.keys.pkcs11 import Pkcs11Key

    return Pkcs11Key(address, secret, confirm_final_try=confirm_final_try)


@contextmanager
def open_keys(
    uris: Mapping[str, str | KeyUri],
    secrets: Mapping[str, bytearray],
    *,
    confirm_final_try: Collection[str] = (),
) -> Iterator[dict[str, KeySource]]:
    """Open one key for each role, in order; two roles on one token share its session.

    Args:
        uris: the address of each role's key.
        secrets: PIN or passphrase of each role.
        confirm_final_try: the roles for which the last attempt was confirmed.

    Raises:
        KeyProblem: see the leaves of :mod:`signing.errors`; keys opened before it are closed.
    """
    with ExitStack() as stack:
        yield {
            role: stack.enter_context(
                open_key(uri, secrets[role], confirm_final_try=role in confirm_final_try)
            )
            for role, uri in uris.items()
        }


def attempts_left(uri: str | KeyUri) -> str:
    """What is known of the attempts to enter the secret, before it is asked for.

    Returns:
        ``unlimited`` (a key file), ``unknown``, ``low`` (warn), ``one`` (ask for a typed
        confirmation) or ``none`` (no PIN is needed here).

    Raises:
        PinLocked: no PIN will be accepted.
        TokenAbsent: no such module or token.
    """
    address = parse_key_uri(uri) if isinstance(uri, str) else uri
    if address.kind == "p12":
        return "unlimited"
    from signing.keys.pkcs11 import attempts_left as ask

    return ask(address)


def label_of(uri: str | KeyUri) -> str:
    """What people call the key: the token's label or the file's name."""
    address = parse_key_uri(uri) if isinstance(uri, str) else uri
    return address.token or Path(address.path).name


def certificates(
    uri: str | KeyUri, secret: bytearray | None = None, policy: Policy | None = None
) -> list[CertificateFacts]:
    """What is in the key file or on the token, and whether it may sign under the policy.

    Args:
        uri: the key's address.
        secret: needed for a key file; a token is read without login when it is None.
        policy: what "usable" is measured by; the default policy when None.
    """
    from signing.certificates import facts
    from signing.policy import Policy

    address = parse_key_uri(uri) if isinstance(uri, str) else uri
    rules = policy or Policy()
    if address.kind == "p12":
        with open_key(address, secret or bytearray()) as key:
            found = [key.certificate]
    else:
        from signing.keys.pkcs11 import read_certificates

        found = read_certificates(address)
    return [facts(certificate, rules.problem_of(certificate)) for certificate in found]


def wipe(secret: bytearray) -> None:
    """Overwrite a secret in place."""
    for position in range(len(secret)):
        secret[position] = 0
