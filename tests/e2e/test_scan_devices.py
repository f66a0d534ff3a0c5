"""`desk scan` from a network scanner and a hot folder, and with profiles: the whole way."""

import shutil

import pytest

from desk_app import paths
from tests.e2e.conftest import desk
from tests.simulators.escl import Scanner, Script


@pytest.fixture(autouse=True)
def _own_state(tmp_path, monkeypatch):
    monkeypatch.setenv("SCANNERS_STATE_DIR", str(tmp_path / "state"))


def test_a_network_scanner_that_jams_and_goes_on(tmp_path):
    where = ("--data", tmp_path / "d", "--json")
    with Scanner(Script(sheets=4, stop_at={3: "Jam"})) as scanner:
        first = desk("scan", "--device", scanner.uri, "--set", "dpi=75", *where)
        assert first.code == 3
        assert first.json["pages_scanned"] == 2
        assert (first.json["fault"]["code"], first.json["fault"]["resume_at"]) == ("PAPER_JAM", 3)
        assert first.json["got"]["dpi"] == 75
        scanner.script.stop_at = {}
        scanner.load(2)
        rest = desk("scan", "--device", scanner.uri, "--profile", "color200", *where)
        assert rest.code == 0
        assert rest.json["pages_scanned"] == 2
        assert scanner.open_jobs == []


def test_a_hot_folder_is_emptied_into_a_dossier(tmp_path):
    hot = tmp_path / "hot"
    hot.mkdir()
    for page in sorted((paths.SAMPLES / "birth_registration").glob("*.jpg"))[:2]:
        shutil.copy(page, hot)
    (hot / "half.jpg").write_bytes(b"\xff\xd8\xff\xe0" + bytes(50))
    answer = desk(
        "scan", "--device", f"folder:{hot}", "--set", "wait=0", "--data", tmp_path / "d", "--json"
    )
    assert answer.json["pages_scanned"] == 2
    assert [r["code"] for r in answer.json["refused"]] == ["FILE_TRUNCATED"]
    assert [path.name for path in hot.iterdir() if path.is_file()] == ["half.jpg"]


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (("--profile", "moon"), "color300"),
        (("--set", "dpi=lots"), "dpi"),
        (("--set", "dpi"), "NAME=VALUE"),
        (("--device", "escl:nowhere"), "escl:"),
        (("--device", "folder:"), "folder:"),
    ],
)
def test_what_cannot_be_meant_is_refused_before_a_dossier_is_made(tmp_path, arguments, named):
    answer = desk("scan", *arguments, "--data", tmp_path / "d", "--json")
    assert answer.code == 2
    assert named in answer.json["error"]["en"]
    assert not list((tmp_path / "d" / "spool").glob("*"))
