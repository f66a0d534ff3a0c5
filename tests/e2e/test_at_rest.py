"""At rest nothing of a dossier can be read, not even after a kill; and the key's way back."""

import os
import shutil
import signal
import time

import pytest

from desk_app.store import key_places
from tests import at_rest
from tests.e2e.conftest import desk, start


@pytest.fixture
def elsewhere(tmp_path):
    """The environment of another user with another home."""
    home = tmp_path / "other home"
    home.mkdir()
    return {"XDG_CONFIG_HOME": str(home / ".config"), "HOME": str(home)}


def test_the_search_finds_what_lies_open(tmp_path):
    name = at_rest.TRUTH["people"][1]["full_name"]
    for number, raw in enumerate((name.title().encode("utf-16-le"), b"%PDF-1.7", name.encode())):
        (tmp_path / str(number)).write_bytes(b"" + raw)
    (tmp_path / "good").write_bytes(b"nothing")
    assert {each[0] for each in at_rest.leaks(tmp_path)} >= {"0", "1", "2"}
    assert not any(each.startswith("good") for each in at_rest.leaks(tmp_path))


def test_nothing_of_the_sample_dossier_can_be_read(demo):
    assert at_rest.leaks(demo.data) == []
    found = demo.result.json["documents"]
    values = {f["value"] for d in found for f in d["fields"].values() if len(f["value"]) > 7}
    assert at_rest.leaks(demo.data, values) == []


@pytest.mark.parametrize("stage", ["scan", "sign"])
def test_nothing_can_be_read_after_a_kill(tmp_path, stage):
    word = {"scan": "Quét: 5", "sign": "Tạo PDF/A"}
    data = tmp_path / "data"
    process = start("demo", "--data", data, "--out", tmp_path / "out", "--json")
    try:
        for line in process.stderr:
            if line.startswith(word[stage]):
                break
        time.sleep(0.5)
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
    assert at_rest.leaks(data) == []
    assert not (data / "scratch").exists()
    assert list((data / "spool").rglob("*.jpg"))


def test_a_copied_folder_does_not_open_elsewhere(demo, tmp_path, elsewhere):
    copy = tmp_path / "copy"
    shutil.copytree(demo.data, copy)
    for command in (("show", demo.result.json["dossier"]["code"]), ("audit", "verify"),
                    ("process",)):  # fmt: skip
        answer = desk(*command, "--data", copy, "--json", env=elsewhere)
        assert (answer.code, answer.json["error"]["code"]) == (2, "KEY_MISSING")
        assert "vault open" in answer.json["error"]["next"]
    assert desk("vault", "status", "--data", copy, "--json", env=elsewhere).json["key"] == "missing"


def test_a_backup_opens_elsewhere_with_the_recovery_code_alone(demo, tmp_path, elsewhere):
    data = tmp_path / "data"
    shutil.copytree(demo.data, data)
    file = tmp_path / "desk.backup"
    bare = desk("backup", "--out", tmp_path / "bare", "--data", data, "--json").json
    assert (bare["escrow"], "vault escrow" in bare["warning"]["en"]) == (0, True)
    code = desk("vault", "escrow", "--code", "--data", data, "--json").json["recovery_code"]
    assert code.encode() not in (data / "vault.json").read_bytes()
    assert desk("backup", "--out", file, "--data", data, "--json").json["escrow"] == 1
    assert at_rest.leaks(tmp_path) == []
    new = tmp_path / "new"
    refused = desk("restore", tmp_path / "bare", "--data", new, "--json", env=elsewhere)
    assert refused.json["error"]["code"] == "KEY_MISSING"
    wrong = desk("restore", file, "--data", new, "--passphrase-stdin", "--json",
                 stdin="AAAA-" * 7 + "AAAA\n", env=elsewhere)  # fmt: skip
    assert (wrong.json["error"]["code"], new.exists()) == ("WRONG_SECRET", False)
    typed = code.lower().replace("-", " ")
    restored = desk("restore", file, "--data", new, "--passphrase-stdin", "--json",
                    stdin=f"{typed}\n", env=elsewhere)  # fmt: skip
    assert (restored.code, restored.json["blobs"] > 20) == (0, True)
    for command in (("audit", "verify"), ("journal", "replay", "--out", tmp_path / "pages")):
        assert desk(*command, "--data", new, "--json", env=elsewhere).code in (0, 1)
    shown = desk("show", demo.result.json["dossier"]["code"], "--data", new, "--json",
                 env=elsewhere).json  # fmt: skip
    assert len(shown["documents"]) == 5
    assert at_rest.leaks(new) == []


def test_on_the_same_station_a_backup_just_opens(demo, tmp_path):
    file = tmp_path / "desk.backup"
    assert desk("backup", "--out", file, "--data", demo.data, "--json").code == 0
    assert desk("restore", file, "--data", tmp_path / "new", "--json").code == 0
    assert desk("audit", "verify", "--data", tmp_path / "new", "--json").json["ok"]


def test_scanned_pages_are_readable_outside_and_only_there(tmp_path):
    data, out = tmp_path / "data", tmp_path / "out"
    answer = desk("scan", "--device", "simulated:?sheets=2&ppm=600", "--dossier",
                  "H49.64-261122-0009", "--procedure", "birth_registration", "--out", out,
                  "--data", data, "--json").json  # fmt: skip
    from desk_app.store.blobs import sha256_file

    assert answer["pages"]
    assert all(sha256_file(p["path"]) == p["sha256"] for p in map(_with_path, answer["pages"]))
    shown = desk("show", "H49.64-261122-0009", "--data", data, "--json").json
    assert {page["path"] for page in shown["pages"]} == {None}
    replayed = desk("journal", "replay", "--data", data, "--json").json
    paths = [p["path"] for p in map(_with_path, replayed["pages"])]
    assert all(path.is_relative_to(tmp_path / "data-exports") for path in paths)
    shown = desk("show", "H49.64-261122-0009", "--data", data, "--json").json
    assert {page["path"] for page in shown["pages"]} == set(map(str, paths))
    assert at_rest.leaks(data) == []


def _with_path(page):
    from pathlib import Path

    return page | {"path": Path(page["path"])}


def test_a_passphrase_is_asked_for_and_workers_get_the_key(tmp_path):
    data = tmp_path / "data"
    common = ("--data", data, "--json", "--passphrase-stdin")
    assert desk("show", "x", "--data", data, "--json").json["error"]["code"] == "NOT_FOUND"
    set_ = desk("vault", "passphrase", *common, stdin="một mật khẩu dài\n")
    assert set_.json["passphrase"] is True
    kept = key_places.file_of(set_.json["key_id"]).read_text()
    assert '"key"' not in kept
    locked = desk("audit", "verify", "--data", data, "--json")
    assert locked.code == 2
    wrong = desk("audit", "verify", *common, stdin="một mật khẩu khác\n")
    assert wrong.json["error"]["code"] == "WRONG_SECRET"
    done = desk("demo", "--out", tmp_path / "out", *common, stdin="một mật khẩu dài\n")
    assert (done.code, len(done.json["receipts"])) == (0, 5)
    gone = desk("vault", "passphrase", "--remove", *common, stdin="một mật khẩu dài\n")
    assert gone.json["passphrase"] is False
    assert desk("audit", "verify", "--data", data, "--json").json["ok"]
