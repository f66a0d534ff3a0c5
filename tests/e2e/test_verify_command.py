"""`desk verify` as an administrator types it: files of other programs, reports, revisions."""

import json

import pytest

from tests.e2e.conftest import desk
from tests.signing.attacks import ATTACKS
from tests.signing.other_tools import Tool
from tests.signing.papers import paper
from tests.signing.pki import Authority, name, rsa_key
from tests.signing.servers import publishing


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """Two signatures one after another, and the authority's lists on a server."""
    from tests.signing.pki import Key

    folder = tmp_path_factory.mktemp("world")
    files = {}
    with publishing(files, []) as url:
        authority = Authority.new("CA thử nghiệm", crl_url=f"{url}/root.crl")
        files["root.crl"], files["issuing.crl"] = authority.revocation().crls
        path = paper(folder / "paper.pdf")
        for number, agency in enumerate(("UBND xã Yên Hòa", "Sở Tư pháp")):
            key = rsa_key()
            subject = name(f"Người ký {number}", agency)
            certificate = authority.certify(subject, key.public_key(), crl_url=f"{url}/issuing.crl")
            signer = Key(key, certificate, (authority.certificate,))
            tool = Tool(tsa=authority.tsa(), widgets=((number, (60, 200, 200, 250)),))
            path = tool.sign(path, folder / f"{number + 1}.pdf", signer, f"S{number}")
        yield folder, authority.root_pem(folder / "root.pem")


def verify(world, *arguments, code):
    folder, root = world
    answer = desk("verify", *arguments, "--only-trust", root, "--data", folder / "data", "--json")
    assert answer.code == code, answer.err
    return answer.json


def test_online_valid_and_offline_undetermined(world):
    folder, _ = world
    (file,) = verify(world, folder / "2.pdf", code=0)["files"]
    assert [w["code"] for w in file["warnings"]] == ["SIGNED_LATER"]
    levels = [s["facts"]["signer_level"]["code"] for s in file["signatures"]]
    assert levels == ["commune", "department"]
    (file,) = verify(world, folder / "2.pdf", "--offline", code=1)["files"]
    assert file["reason"]["code"] == "REVOCATION_UNKNOWN"


def test_signed_revision_is_written_once(world, tmp_path):
    folder, _ = world
    target = tmp_path / "first.pdf"
    found = verify(world, folder / "2.pdf", "--revision", "1", "-o", target, code=0)
    assert target.read_bytes() == (folder / "1.pdf").read_bytes()
    assert found["revision"]["bytes"] == target.stat().st_size
    again = verify(world, folder / "2.pdf", "--revision", "2", "-o", target, code=2)
    assert again["error"]["code"]
    assert target.read_bytes() == (folder / "1.pdf").read_bytes()
    verify(world, folder / "2.pdf", "--revision", "3", "-o", tmp_path / "third.pdf", code=2)
    assert not (tmp_path / "third.pdf").exists()


def test_reports_for_the_file(world, tmp_path):
    folder, _ = world
    bad = tmp_path / "bad.pdf"
    bad.write_bytes(ATTACKS["overlay_on_the_page"](folder / "2.pdf"))
    for suffix in ("pdf", "json"):
        verify(world, folder / "2.pdf", bad, "--report", tmp_path / f"r.{suffix}", code=1)
    assert (tmp_path / "r.pdf").read_bytes().startswith(b"%PDF-1.7")
    said = json.loads((tmp_path / "r.json").read_text(encoding="utf-8"))
    assert [file["status"] for file in said["files"]] == ["valid", "invalid"]
    assert said["files"][1]["signatures"][0]["facts"]["modification"]["pages"] == [0]
    verify(world, bad, "--report", tmp_path / "r.docx", code=2)


def test_expected_signers_and_a_province_that_is_not_there(world):
    folder, _ = world
    (file,) = verify(world, folder / "2.pdf", code=0)["files"]
    good = file["signatures"][0]["certificate_sha256"]
    verify(world, folder / "2.pdf", "--expect", good, code=0)
    (file,) = verify(world, folder / "2.pdf", "--expect", "ab" * 32, code=1)["files"]
    assert file["reason"]["code"] == "EXPECTED_SIGNER_MISSING"
    verify(world, folder / "2.pdf", "--province", "nowhere", code=2)


def test_a_file_name_cannot_write_a_line_of_its_own(world, tmp_path):
    folder, root = world
    name = "a.pdf\n✓ Hợp lệ: b\x1b[2K.pdf"
    (tmp_path / name).write_bytes((folder / "2.pdf").read_bytes())
    answer = desk("verify", tmp_path / name, "--only-trust", root, "--data", folder / "data")
    assert answer.code == 0, answer.err
    assert "\x1b" not in answer.out
    assert sum(line.startswith("✓") for line in answer.out.splitlines()) == 1
