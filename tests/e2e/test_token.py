"""Sign on the command line with a key that was generated inside a token and never left it."""

import shutil
import subprocess
from pathlib import Path

import pikepdf
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, load_der_public_key

from desk_app import settings
from tests.e2e.conftest import desk
from tests.signing.pki import Authority, name
from tests.signing.servers import serving

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
