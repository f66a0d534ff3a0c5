"""A dossier's whole life with the real parts: scanned, signed, stored, gone from this desk."""

import pytest

from desk_app import pipeline
from desk_app.errors import NotAllowed
from desk_app.pipeline import Desk
from desk_app.store import dossiers
from scanners.device import ScanSettings
from tests.e2e.conftest import ROOT, desk
from tests.recognition.test_secret_stamps import stamped

SAMPLE = f"simulated:{ROOT}/resources/samples/birth_registration?duplex=1"
CODE = "H49.64-261122-0001"


def call(data, *arguments):
    return desk(*arguments, "--data", data, "--json")


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """One sheet, both sides, signed with the demonstration's key and stored."""
    folder = tmp_path_factory.mktemp("life") / "data"
    open_desk = Desk(folder)
    try:
        dossier = pipeline.open_dossier(open_desk, CODE, "birth_registration")
        scan = ScanSettings(source="feeder", count=2)
        pipeline.feed(open_desk, dossier.id, SAMPLE, scan=scan)
        for finding in dossiers.findings(open_desk.store, dossier.id):
            dossiers.accept_finding(open_desk.store, dossier.id, finding, "test")
        pipeline.finish(open_desk, dossier.id)
        assert pipeline.upload(open_desk).done >= 1
        assert dossiers.find(open_desk.store, dossier.id).state == "done"
    finally:
        open_desk.close()
    return folder


def pictures(data):
    spool = {p.name for p in (data / "spool").rglob("*") if p.suffix in (".jpg", ".png")}
    blobs = {p.name for p in (data / "blobs").rglob("*") if p.is_file()}
    return spool, blobs


def test_what_leaves_and_what_stays(data):
    name = "Kiều"
    shown = call(data, "show", CODE).json
    spool, blobs = pictures(data)
    assert len(spool) == 2
    assert len(blobs) >= 4
    assert call(data, "search", name).json["hits"]
    stats = call(data, "stats").json
    receipts = [item["receipt"] for item in shown["uploads"]]

    early = call(data, "purge", "--older-than", "1")
    assert (early.code, early.json["purged"], early.json["kept"]) == (0, [], [])
    refused = call(data, "purge")
    assert (refused.code, refused.json["error"]["code"]) == (2, "BAD_USAGE")
    dry = call(data, "purge", "--older-than", "0", "--dry-run").json
    assert [each["dossier"] for each in dry["due"]] == [CODE]
    assert pictures(data) == (spool, blobs)

    gone = call(data, "purge", "--older-than", "0")
    assert gone.code == 0, gone.out
    (said,) = gone.json["purged"]
    assert said["complete"]
    assert said["blobs"] == len(blobs)
    assert pictures(data) == (set(), set())

    after = call(data, "show", CODE).json
    assert after["purged"]["files"] == len(receipts)
    assert [item["receipt"] for item in after["uploads"]] == receipts
    assert [d["type"] for d in after["documents"]] == [d["type"] for d in shown["documents"]]
    assert [d["signed_sha256"] for d in after["documents"]] == [
        d["signed_sha256"] for d in shown["documents"]
    ]
    assert not any(d["fields"] for d in after["documents"])
    assert call(data, "search", name).json["hits"] == []
    assert call(data, "stats").json["total"] == stats["total"]
    replay = call(data, "journal", "replay")
    assert replay.code == 0, replay.out
    assert call(data, "audit", "verify").json["ok"]


def test_what_needs_the_files_says_where_they_are(data, tmp_path):
    answer = call(data, "package", CODE, "--out", tmp_path / "out")
    assert (answer.code, answer.json["error"]["code"]) == (2, "PURGED")
    assert CODE in answer.json["error"]["next"]
    again = call(data, "purge", "--older-than", "0").json
    assert (again["purged"], again["swept"]["files"]) == ([], 0)
    assert call(data, "process").code == 0


def test_a_backup_of_a_purged_desk_lacks_nothing(data, tmp_path):
    made = call(data, "backup", "--out", tmp_path / "copy.desk")
    assert made.code == 0, made.out
    assert made.json["missing"] == []
    assert made.json["blobs"] == 0


def test_secret_by_command(tmp_path):
    folder = tmp_path / "data"
    open_desk = Desk(folder)
    pipeline.open_dossier(open_desk, CODE, "birth_registration")
    open_desk.close()
    said = call(folder, "secret", CODE, "--mode", "03")
    assert (said.code, said.json["mode"]) == (0, "03")
    assert call(folder, "show", CODE).json["dossier"]["mode"] == "03"
    assert call(folder, "secret", CODE).json["mode"] == "03"
    for wrong in (("--mode", "03", "--not-secret"), ("--mode", "04"),
                  ("--mode", "03", "--document", "D-none")):  # fmt: skip
        assert call(folder, "secret", CODE, *wrong).code == 2
    assert call(folder, "secret", "H49-000000-0000").code == 2
    assert "MẬT" in desk("secret", CODE, "--data", folder).out


def test_a_stamped_page_blocks_until_somebody_answers(tmp_path):
    folder = tmp_path / "data"
    page = stamped(tmp_path / "page.jpg", "s01a.jpg", "MẬT", 20, (0.08, 0.13))
    assert call(folder, "import", page, "--dossier", CODE, "--procedure", "1.001193").code == 0
    call(folder, "process")
    open_desk = Desk(folder)
    try:
        dossier = dossiers.find(open_desk.store, CODE)
        for finding in dossiers.findings(open_desk.store, dossier.id):
            if finding.code != "SECRET_MARK":
                dossiers.accept_finding(open_desk.store, dossier.id, finding, "test")
        with pytest.raises(NotAllowed) as refused:
            pipeline.finish(open_desk, dossier.id)
        assert "độ mật" in refused.value.vi
        asked = call(folder, "secret", CODE)
        assert asked.code == 1
        assert "Trang 1" in asked.json["suggested"][0]["vi"]
        answered = call(folder, "secret", CODE, "--not-secret", "--reason", "dấu thử")
        assert (answered.code, answered.json["settled"]) == (0, 1)
        pipeline.finish(open_desk, dossier.id)
        assert pipeline.upload(open_desk).done == 1
    finally:
        open_desk.close()
