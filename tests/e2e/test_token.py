"""Sign on the command line with a key that was generated inside a token and never left it."""

import shutil
import subprocess
from pathlib import Path

import pikepdf
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, load_der_public_key
from PIL import Image, ImageDraw

from desk_app import settings
from tests.e2e.conftest import desk
from tests.signing.pki import Authority, name
from tests.signing.servers import serving
from tests.signing.tokens import softhsm

PIN = "Pin-12345"
MODULES = (
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
)


@pytest.fixture
def token(tmp_path):
    """Environment and module of a fresh SoftHSM token with one certified key."""
    module = next((m for m in MODULES if Path(m).exists()), None)
    if module is None or not shutil.which("pkcs11-tool"):
        pytest.skip("softhsm2 and opensc are not installed")
    (tmp_path / "tokens").mkdir()
    config = tmp_path / "softhsm2.conf"
    config.write_text(f"directories.tokendir = {tmp_path}/tokens\n")
    environment = {"SOFTHSM2_CONF": str(config), "PATH": "/usr/bin:/bin"}

    def tool(program, *arguments):
        subprocess.run([program, *map(str, arguments)], env=environment, check=True, timeout=60,
                       capture_output=True)  # fmt: skip

    tool("softhsm2-util", "--init-token", "--free", "--label", "officer", "--so-pin", "so-1234",
         "--pin", PIN)  # fmt: skip
    common = ("--module", module, "--token-label", "officer", "--login", "--pin", PIN, "--id", "01")
    tool("pkcs11-tool", *common, "--keypairgen", "--key-type", "rsa:2048", "--label", "officer")
    public = tmp_path / "public.der"
    tool("pkcs11-tool", *common, "--read-object", "--type", "pubkey", "-o", public)
    authority = Authority.new()
    certificate = authority.certify(name("Trần Văn Mẫu"), load_der_public_key(public.read_bytes()))
    (tmp_path / "cert.der").write_bytes(certificate.public_bytes(Encoding.DER))
    tool("pkcs11-tool", *common, "--write-object", tmp_path / "cert.der", "--type", "cert")
    root = tmp_path / "root.pem"
    root.write_bytes(authority.certificate.public_bytes(Encoding.PEM))
    return {"SOFTHSM2_CONF": str(config)}, f"pkcs11:{module}?token=officer", authority, root


def test_one_pin_signs_with_a_token(tmp_path, token):
    environment, key, authority, root = token
    data = tmp_path / "d"
    settings.save(data, settings.Settings(trust=(str(root),)))
    files = []
    for number in range(3):
        files.append(tmp_path / f"{number}.pdf")
        with pikepdf.new() as pdf:
            pdf.add_blank_page()
            pdf.save(files[-1])
    with serving(authority.tsa()) as url:
        signed = desk("sign", *files, "--out", tmp_path / "out", "--key", key, "--tsa", url,
                      "--pin-stdin", "--data", data, "--json", stdin=PIN + "\n",
                      env=environment)  # fmt: skip
    assert signed.code == 0, signed.out
    assert signed.json["logins"] == 1
    assert [f["level"] for f in signed.json["files"]] == ["B-T"] * 3
    verified = desk("verify", *(f["path"] for f in signed.json["files"]), "--data", data, "--json")
    facts = verified.json["files"][0]["signatures"][0]["facts"]
    assert facts["intact"]
    assert facts["valid"]
    listed = desk("certificates", "--key", key, "--data", data, "--json", env=environment)
    assert listed.json["certificates"][0]["usable"]


def test_a_wrong_pin_is_said_once_and_nothing_is_written(tmp_path, token):
    environment, key, authority, root = token
    settings.save(tmp_path / "d", settings.Settings(trust=(str(root),)))
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        pdf.save(tmp_path / "a.pdf")
    with serving(authority.tsa()) as url:
        answer = desk("sign", tmp_path / "a.pdf", "--out", tmp_path / "out", "--key", key,
                      "--tsa", url, "--pin-stdin", "--data", tmp_path / "d", "--json",
                      stdin="wrong\n", env=environment)  # fmt: skip
    assert answer.code == 2
    assert answer.json["error"]["code"] == "PIN_WRONG"
    assert not (tmp_path / "out").exists()


def test_no_timestamp_signs_nothing(tmp_path, token):
    environment, key, _, root = token
    settings.save(tmp_path / "d", settings.Settings(trust=(str(root),)))
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        pdf.save(tmp_path / "a.pdf")
    answer = desk("sign", tmp_path / "a.pdf", "--out", tmp_path / "out", "--key", key,
                  "--tsa", "http://127.0.0.1:9/tsa", "--pin-stdin", "--data", tmp_path / "d",
                  "--json", stdin=PIN + "\n", env=environment)  # fmt: skip
    assert answer.code == 3
    assert answer.json["error"]["code"] == "TSA_UNREACHABLE"
    assert not list((tmp_path / "out").glob("*.pdf"))


def test_officer_and_seal_with_two_keys_and_two_secrets(tmp_path, token):
    """One line of standard input for each key, in the order of the roles."""
    environment, key, authority, root = token
    seal = tmp_path / "seal.p12"
    seal.write_bytes(authority.issue("UBND xã Thử Nghiệm").p12(b"another secret"))
    data, out = tmp_path / "d", tmp_path / "out"
    picture = tmp_path / "hand.png"
    red = tmp_path / "seal.png"
    for path, colour in ((picture, (20, 40, 160, 255)), (red, (200, 20, 30, 255))):
        image = Image.new("RGBA", (600, 600), (0, 0, 0, 0))
        ImageDraw.Draw(image).ellipse((60, 60, 540, 540), outline=colour, width=30)
        image.save(path)
    settings.save(data, settings.Settings(
        trust=(str(root),), sign_profile="certified_copy", mark_values=(
            f"signature_image={picture}", f"seal_image={red}", "book=17/SCT", "title=Chủ tịch",
        ),
    ))  # fmt: skip
    files = [blank(tmp_path / f"{n}.pdf") for n in range(2)]
    with serving(authority.tsa()) as url:
        signed = desk("sign", *files, "--out", out, "--key", key, "--key", f"p12:{seal}",
                      "--tsa", url, "--level", "B-T", "--value", "number=125", "--pin-stdin",
                      "--data", data, "--json", env=environment,
                      stdin=f"{PIN}\nanother secret\n")  # fmt: skip
        swapped = desk("sign", *files, "--out", tmp_path / "no", "--key", key, "--key",
                       f"p12:{seal}", "--tsa", url, "--level", "B-T", "--pin-stdin", "--data",
                       data, "--json", stdin=f"{PIN}\n{PIN}\n", env=environment)  # fmt: skip
    assert signed.code == 0, signed.out
    assert signed.json["logins"] == 2
    verified = desk("verify", *(f["path"] for f in signed.json["files"]), "--data", data, "--json")
    for file in verified.json["files"]:
        assert [s["signer"] for s in file["signatures"]] == ["Trần Văn Mẫu", "UBND xã Thử Nghiệm"]
        assert all(s["facts"]["intact"] and s["facts"]["valid"] for s in file["signatures"])
    assert swapped.json["error"]["code"] == "PIN_WRONG"
    assert not list((tmp_path / "no").glob("*"))
    for path in data.rglob("*"):
        if path.is_file():
            assert b"another secret" not in path.read_bytes(), path


def blank(path):
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        pdf.save(path)
    return path


def test_batch_goes_on_and_is_completed_later(tmp_path, token):
    environment, key, authority, root = token
    data, out = tmp_path / "d", tmp_path / "out"
    settings.save(data, settings.Settings(trust=(str(root),)))
    files = [blank(tmp_path / f"{n}.pdf") for n in range(3)]
    with serving(authority.tsa()) as url:
        common = ("--out", out, "--key", key, "--tsa", url, "--pin-stdin", "--data", data,
                  "--json")  # fmt: skip
        first = desk("sign", *files[:2], *common, stdin=PIN + "\n", env=environment)
        assert first.code == 0, first.err
        again = desk("sign", *files, *common, stdin=PIN + "\n", env=environment)
        assert again.code == 0, again.err
        assert [f["resumed"] for f in again.json["files"]] == [True, True, False]
        assert [f["sha256"] for f in again.json["files"][:2]] == [
            f["sha256"] for f in first.json["files"]
        ]
        # No list of the issuer is at hand, so the archive's level has to wait.
        raised = desk("augment", out / "0.pdf", "--out", tmp_path / "later", "--tsa", url,
                      "--level", "B-LTA", "--data", data, "--json")  # fmt: skip
    assert raised.code == 3
    assert raised.json["files"][0]["status"] == "waiting"
    assert raised.json["files"][0]["reason"]["code"] == "REVOCATION_UNREACHABLE"
    for path in data.rglob("*"):
        assert not path.is_file() or PIN.encode() not in path.read_bytes(), path
    from desk_app.store.database import Store

    store = Store(data)
    rows = store.rows("SELECT action FROM audit_event ORDER BY seq")
    store.close()
    assert [row["action"] for row in rows] == [
        "key.login", "file.sign", "file.sign", "key.login", "file.sign"
    ]  # fmt: skip


def test_what_the_officer_should_know_is_in_the_json(tmp_path, token):
    """Pillow's cross-references break the rules; the file is put in order and that is said."""
    environment, key, _, root = token
    data = tmp_path / "d"
    settings.save(data, settings.Settings(trust=(str(root),)))
    Image.new("L", (620, 877), 245).save(tmp_path / "a.pdf", resolution=75)
    answer = desk("sign", tmp_path / "a.pdf", blank(tmp_path / "b.pdf"), "--out", tmp_path / "out",
                  "--key", key, "--level", "B-B", "--pin-stdin", "--data", data, "--json",
                  stdin=PIN + "\n", env=environment)  # fmt: skip
    assert answer.code == 0, answer.out
    notes = [[note["code"] for note in file["notes"]] for file in answer.json["files"]]
    assert notes == [["FILE_MENDED"], []]


def test_dead_timestamp_authority_writes_nothing(tmp_path, token):
    environment, key, _, root = token
    settings.save(tmp_path / "d", settings.Settings(trust=(str(root),)))
    answer = desk("sign", blank(tmp_path / "a.pdf"), "--out", tmp_path / "out", "--key", key,
                  "--tsa", "http://127.0.0.1:9/tsa", "--pin-stdin", "--data", tmp_path / "d",
                  "--json", stdin=PIN + "\n", env=environment)  # fmt: skip
    assert answer.code == 3
    assert answer.json["error"]["code"] == "TSA_UNREACHABLE"
    assert list((tmp_path / "out").iterdir()) == []


def test_locked_and_last_try_are_said_before_any_pin(tmp_path, token):
    _, key, _, root = token
    from tests.signing.tokens import Tokens, compiled, fake

    module = key.removeprefix("pkcs11:").partition("?")[0]
    lying = fake(Tokens(tmp_path, module), compiled(tmp_path), tmp_path / "fake")
    uri = f"pkcs11:{lying.module}?token=officer"
    data = tmp_path / "d"
    settings.save(data, settings.Settings(trust=(str(root),)))
    command = ["sign", blank(tmp_path / "a.pdf"), "--out", tmp_path / "out", "--key", uri,
               "--level", "B-B", "--pin-stdin", "--data", data, "--json"]  # fmt: skip
    lying.say(flags=0x40000)
    locked = desk(*command, stdin=PIN + "\n", env=lying.environment)
    assert (locked.code, locked.json["error"]["code"]) == (2, "PIN_LOCKED")
    lying.say(flags=0x30000)
    last = desk(*command, stdin=PIN + "\n", env=lying.environment)
    assert (last.code, last.json["error"]["code"]) == (2, "PIN_FINAL_TRY")
    assert lying.logins == 0
    listed = desk("certificates", "--key", uri, "--data", data, "--json", env=lying.environment)
    assert listed.json["attempts"] == "one"
    sure = desk(*command, "--confirm-last-try", "officer", stdin=PIN + "\n",
                env=lying.environment)  # fmt: skip
    assert sure.code == 0, sure.out
    assert lying.logins == 1


def test_a_token_without_a_certificate_says_so(tmp_path):
    found = softhsm(tmp_path / "hsm")
    found.tool("softhsm2-util", "--init-token", "--free", "--label", "empty",
               "--so-pin", "so-1234", "--pin", PIN)  # fmt: skip
    listed = desk("certificates", "--key", f"pkcs11:{found.module}?token=empty", "--data",
                  tmp_path / "data", env=found.environment)  # fmt: skip
    assert listed.code == 1
    assert "không có chứng thư" in listed.out
