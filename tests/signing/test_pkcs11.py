"""Tokens: SoftHSM with keys generated inside it, and a fake where SoftHSM cannot follow."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from signing import batch, engine, keys
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
from signing.policy import Policy
from signing.verify.facts import Status
from signing.verify.verdict import verify_file
from tests.signing.papers import paper
from tests.signing.pki import DAY, NOW, name

PIN = "Pin-12345"
MODULES = (
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
    "/usr/lib64/pkcs11/libsofthsm2.so",
)


@pytest.fixture(scope="module")
def module(tmp_path_factory):
    """SoftHSM with a store of its own; named before the library is loaded, as it reads it once."""
    found = next((m for m in MODULES if Path(m).exists()), None)
    if found is None or shutil.which("softhsm2-util") is None:
        pytest.skip("softhsm2 is not installed")
    folder = tmp_path_factory.mktemp("softhsm")
    (folder / "tokens").mkdir()
    (folder / "softhsm2.conf").write_text(f"directories.tokendir = {folder}/tokens\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOFTHSM2_CONF", str(folder / "softhsm2.conf"))
        for label in ("officer", "seal", "wrongpin", "lost"):
            command = ["softhsm2-util", "--init-token", "--free", "--label", label]
            command += ["--so-pin", "so-1234", "--pin", PIN]
            subprocess.run(command, check=True, capture_output=True, timeout=30)
        yield found


def put(module, token, authority, common, kind="rsa", **changes):
    """Generate a key inside the token and store the certificate that the authority gives it."""
    import pkcs11
    from cryptography.hazmat.primitives.asymmetric import ec, rsa
    from pkcs11 import Attribute, KeyType, ObjectClass
    from pkcs11.util.ec import encode_named_curve_parameters

    with pkcs11.lib(module).get_token(token_label=token).open(rw=True, user_pin=PIN) as session:
        ident = common.encode()
        if kind == "rsa":
            public, _ = session.generate_keypair(
                KeyType.RSA, 2048, store=True, id=ident, label=common
            )
            numbers = [
                int.from_bytes(public[a]) for a in (Attribute.PUBLIC_EXPONENT, Attribute.MODULUS)
            ]
            key = rsa.RSAPublicNumbers(*numbers).public_key()
        else:
            curve = {Attribute.EC_PARAMS: encode_named_curve_parameters("secp256r1")}
            domain = session.create_domain_parameters(KeyType.EC, curve, local=True)
            public, _ = domain.generate_keypair(store=True, id=ident, label=common)
            point = bytes(public[Attribute.EC_POINT])[2:]
            key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
        certificate = authority.certify(name(common), key, **changes)
        for item, label in ((certificate, ident), (authority.certificate, b"ca")):
            store(session, item, label, Attribute, ObjectClass)
    return certificate


def store(session, certificate, ident, attribute, object_class):
    from cryptography.hazmat.primitives.serialization import Encoding
    from pkcs11 import CertificateType

    session.create_object(
        {
            attribute.CLASS: object_class.CERTIFICATE,
            attribute.CERTIFICATE_TYPE: CertificateType.X_509,
            attribute.TOKEN: True,
            attribute.ID: ident,
            attribute.LABEL: ident.decode(),
            attribute.SUBJECT: certificate.subject.public_bytes(),
            attribute.VALUE: certificate.public_bytes(Encoding.DER),
        }
    )


@pytest.fixture(scope="module")
def officer(module, authority):
    return put(module, "officer", authority, "officer-rsa")


@pytest.fixture(scope="module")
def seal(module, authority):
    old = put(module, "seal", authority, "seal-old", start=NOW - 90 * DAY, end=NOW - DAY)
    good = put(module, "seal", authority, "seal-ec", kind="ec")
    return old, good


@pytest.mark.parametrize("level", ["B-B", "B-LT"])
def test_batch_on_a_token_takes_one_login(module, officer, authority, tsa, tmp_path, level, run):
    policy = Policy(level=level, anchors=authority.anchors, revocation=authority.revocation())
    items = [batch.Item(paper(tmp_path / f"{n}.pdf"), tmp_path / f"s{n}.pdf") for n in range(5)]
    secret = bytearray(PIN.encode())
    with keys.open_key(f"pkcs11:{module}?token=officer", secret) as key:
        keys.wipe(secret)
        assert key.certificate == officer
        report = batch.sign_files(items, key, policy, timestamper=tsa)
    assert report.is_complete
    assert report.logins == 1
    for item in items:
        found = verify_file(item.dst, authority.anchors)
        assert found.status is (Status.VALID if level == "B-LT" else Status.UNDETERMINED)
    assert b"Signature is Valid" in run("pdfsig", items[0].dst).stdout


def test_two_tokens_sign_one_file_in_order(module, officer, seal, authority, tsa, tmp_path):
    policy = Policy(level="B-LT", anchors=authority.anchors, revocation=authority.revocation())
    source = paper(tmp_path / "a.pdf")
    with (
        keys.open_key(f"pkcs11:{module}?token=officer", bytearray(PIN.encode())) as person,
        keys.open_key(f"pkcs11:{module}?token=seal", bytearray(PIN.encode())) as agency,
    ):
        first = engine.sign_file(source, tmp_path / "b.pdf", person, policy, timestamper=tsa)
        engine.sign_file(first.path, tmp_path / "c.pdf", agency, policy, timestamper=tsa)
    expected = [fingerprint(officer), fingerprint(seal[1])]
    found = verify_file(tmp_path / "c.pdf", authority.anchors, expected_signers=expected)
    assert found.status is Status.VALID
    assert [s.facts.algorithm.signature for s in found.signatures] == ["rsa-2048", "ec-256"]


def test_certificate_is_chosen_by_fingerprint(module, seal):
    old, good = seal
    pin = bytearray(PIN.encode())
    with keys.open_key(f"pkcs11:{module}?token=seal&cert={fingerprint(old)}", pin) as key:
        assert key.certificate == old
    with keys.open_key(f"pkcs11:{module}?token=seal", pin) as key:
        assert key.certificate == good
    unknown = f"pkcs11:{module}?token=seal&cert={'0' * 64}"
    with pytest.raises(CertificateUnusable), keys.open_key(unknown, pin):
        pass


def test_token_is_found_by_the_certificate_alone(module, officer, seal):
    pin = bytearray(PIN.encode())
    for certificate in (officer, seal[1]):
        uri = f"pkcs11:{module}?cert={fingerprint(certificate)}"
        with keys.open_key(uri, pin) as key:
            assert key.certificate == certificate
    with pytest.raises(TokenAbsent), keys.open_key(f"pkcs11:{module}?cert={'0' * 64}", pin):
        pass


def test_two_roles_on_one_token_share_its_login(module, seal):
    uris = {
        name: f"pkcs11:{module}?token=seal&cert={fingerprint(certificate)}"
        for name, certificate in zip(("old", "new"), seal, strict=True)
    }
    secrets = {name: bytearray(PIN.encode()) for name in uris}
    with keys.open_keys(uris, secrets) as opened:
        assert [key.status().logins for key in opened.values()] == [1, 0]
        assert opened["new"].sign_raw(b"x", "sha256")
    assert not any(key.status().ready for key in opened.values())


def test_one_session_is_shared(module, officer):
    uri, pin = f"pkcs11:{module}?token=officer", bytearray(PIN.encode())
    with keys.open_key(uri, pin) as one:
        with keys.open_key(uri, pin) as two:
            assert two.sign_raw(b"x", "sha256") == one.sign_raw(b"x", "sha256")
        assert one.sign_raw(b"x", "sha512")
        assert one.status().ready
    with pytest.raises(TokenLost):
        one.sign_raw(b"x", "sha256")


def test_private_key_never_leaves_the_token(module, officer, run):
    said = run(
        *["pkcs11-tool", "--module", module, "--token-label", "officer", "-l", "-p", PIN],
        *["-O", "--type", "privkey"],
    )
    assert b"never extractable" in said.stdout


def test_certificates_are_listed_without_login(module, seal):
    found = keys.certificates(f"pkcs11:{module}?token=seal")
    by_name = {c.subject.split(",")[0]: c for c in found}
    assert {n: c.usable for n, c in by_name.items()} == {"CN=seal-old": False, "CN=seal-ec": True}
    assert by_name["CN=seal-old"].reason.code == "EXPIRED"


def test_wrong_pin_is_sent_once_and_says_what_is_left(module, authority):
    uri = f"pkcs11:{module}?token=wrongpin"
    with pytest.raises(PinWrong) as caught, keys.open_key(uri, bytearray(b"00000000")):
        pass
    assert caught.value.facts["left"] == "low"
    assert "lock" in caught.value.en
    assert "0000" not in str(caught.value.facts)


def test_absent_module_and_token(module, tmp_path):
    for uri in (f"pkcs11:{module}?token=nobody", f"pkcs11:{tmp_path}/none.so?token=x"):
        with pytest.raises(TokenAbsent) as caught, keys.open_key(uri, bytearray(b"1")):
            pass
        assert caught.value.exit_code == 3
    with (
        pytest.raises(TokenAbsent, match="several"),
        keys.open_key(f"pkcs11:{module}", bytearray()),
    ):
        pass


def test_token_pulled_in_the_middle(module, authority, tmp_path):
    put(module, "lost", authority, "lost-rsa")
    items = [batch.Item(paper(tmp_path / f"{n}.pdf"), tmp_path / f"s{n}.pdf") for n in range(4)]

    def pull(outcome):
        """Take the token's objects away after the second file, as SoftHSM's unplugging."""
        if outcome.item is items[1]:
            import pkcs11
            from pkcs11 import Attribute, ObjectClass

            token = pkcs11.lib(module).get_token(token_label="lost")
            with token.open(rw=True) as session:
                for item in session.get_objects({Attribute.CLASS: ObjectClass.PRIVATE_KEY}):
                    item.destroy()

    with keys.open_key(f"pkcs11:{module}?token=lost", bytearray(PIN.encode())) as key:
        report = batch.sign_files(items, key, Policy(level="B-B"), progress=pull)
    assert [o.status for o in report.outcomes] == ["signed", "signed", "failed", "waiting"]
    assert isinstance(report.stopped_by, TokenLost)
    assert sorted(p.name for p in tmp_path.glob("s*")) == ["s0.pdf", "s1.pdf"]
    assert list(tmp_path.glob(".*")) == []


class FakeToken:
    """A token near its end: SoftHSM never says that it is locked or at its last try."""

    label = "gần khóa"
    serial = b"fake"

    def __init__(self, flags, after=None, answer=None):
        self.flags, self.after, self.answer = flags, after, answer
        self.pins = []
        self.slot = self

    def get_token(self):
        self.flags = self.after if self.pins and self.after is not None else self.flags
        return self

    def open(self, user_pin=None):
        self.pins.append(user_pin)
        if self.answer:
            raise self.answer
        return self

    def close(self):
        pass


@pytest.fixture
def log_in():
    pkcs11 = pytest.importorskip("pkcs11")
    from signing.keys import pkcs11 as module

    def call(token, confirm=False, pin=b"1234"):
        module._log_in(("fake", b"fake"), token, bytearray(pin), confirm)
        module._log_out(("fake", b"fake"))

    call.flags, call.errors = pkcs11.TokenFlag, pkcs11
    return call


def test_locked_token_is_not_asked(log_in):
    token = FakeToken(log_in.flags.USER_PIN_LOCKED)
    with pytest.raises(PinLocked) as caught:
        log_in(token)
    assert token.pins == []
    assert "SO-PIN" in caught.value.next_vi


def test_last_try_needs_a_confirmation(log_in):
    token = FakeToken(log_in.flags.USER_PIN_FINAL_TRY | log_in.flags.USER_PIN_COUNT_LOW)
    with pytest.raises(PinFinalTry):
        log_in(token)
    assert token.pins == []
    log_in(token, confirm=True)
    assert token.pins == ["1234"]


@pytest.mark.parametrize(
    ("after", "kind", "left"),
    [
        ("USER_PIN_COUNT_LOW", PinWrong, "low"),
        ("USER_PIN_FINAL_TRY", PinWrong, "one"),
        ("USER_PIN_LOCKED", PinLocked, None),
    ],
)
def test_wrong_pin_is_never_repeated(after, kind, left, log_in):
    flags = log_in.flags
    token = FakeToken(flags(0), after=flags[after], answer=log_in.errors.PinIncorrect())
    with pytest.raises(kind) as caught:
        log_in(token)
    assert len(token.pins) == 1
    assert caught.value.facts.get("left") == left


def test_an_empty_pin_costs_no_attempt(log_in):
    token = FakeToken(log_in.flags(0))
    with pytest.raises(KeyProblem) as caught:
        log_in(token, pin=b"")
    assert token.pins == []
    assert "chưa nhập PIN" in caught.value.vi
    pad = FakeToken(log_in.flags.PROTECTED_AUTHENTICATION_PATH)
    log_in(pad, pin=b"")
    assert pad.pins == [log_in.errors.types.PROTECTED_AUTH]


def test_pin_pad_is_never_given_a_pin(log_in):
    token = FakeToken(log_in.flags.PROTECTED_AUTHENTICATION_PATH)
    log_in(token)
    assert token.pins == [log_in.errors.types.PROTECTED_AUTH]
