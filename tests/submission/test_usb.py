"""A medium that travels: sealed on the desk, opened at the centre, receipts back."""

from __future__ import annotations

import json
import os
import subprocess
from datetime import timedelta

import pytest

from desk_app.errors import UnusableInput
from desk_app.store import dossiers
from desk_app.submission import profiles, queue
from desk_app.submission.adapters import Meta
from desk_app.submission.adapters.local import LocalStore
from desk_app.submission.adapters.usb import UsbStore
from desk_app.submission.envelope import fingerprint, unseal
from desk_app.submission.receiving import receive
from desk_app.submission.run import run
from tests.submission.certificates import authority
from tests.submission.desk import content, make_ready, new_dossier, put
from tests.submission.reference import key_of

SECRET = b"%PDF-1.7 Nguyen Van A 001099000001" * 50


@pytest.fixture
def centre(tmp_path):
    return authority(tmp_path, "centre")


@pytest.fixture
def stick(tmp_path):
    folder = tmp_path / "stick"
    folder.mkdir()
    return folder


@pytest.fixture
def profile(tmp_path, stick, centre):
    path = tmp_path / "tay.toml"
    path.write_text(
        f'adapter = "usb"\nchunk_bytes = 4096\n[usb]\nfolder = "{stick}"\nrecipient = "centre.pem"'
    )
    return profiles.load(path)


@pytest.fixture
def ready(store):
    dossier = new_dossier(store, "H49-260302-0001")
    keys = [put(store, dossier, data, target="tay") for data in (SECRET, content(2, 30_000))]
    make_ready(store, dossier)
    return dossier, keys


def take_in(stick, centre, tmp_path):
    into = LocalStore(tmp_path / "tinh", name="tỉnh", create=True)
    return list(receive(stick, centre[3], centre[2], into))


def away(stick):
    """Unplugged: its folder is gone until it comes back."""
    stick.rename(stick.with_name("elsewhere"))


def back(stick):
    stick.with_name("elsewhere").rename(stick)


def test_there_and_back(store, clock, ready, profile, stick, centre, tmp_path):
    dossier, keys = ready
    report = run(store, profile)
    assert (report.done, report.waiting, report.error.code) == (0, 2, "RECEIPT_PENDING")
    assert dossiers.find(store, dossier).state == "uploading"
    carried = b"".join(p.read_bytes() for p in stick.rglob("*") if p.is_file())
    for word in (b"%PDF", b"Nguyen", keys[0].encode(), b"H49-260302"):
        assert word not in carried
    subprocess.run(
        ["sha256sum", "-c", "--strict", "manifest-sha256.txt"],
        cwd=stick / "outgoing", check=True, capture_output=True, timeout=10,
    )  # fmt: skip
    away(stick)
    for _ in range(6):  # weeks on the road are no fault
        clock.turn(4 * 86400)
        assert run(store, profile).dead == 0
    back(stick)
    assert {r.receipt.sha256 for r in take_in(stick, centre, tmp_path)} == set(keys)
    assert sorted(p.stem for p in (tmp_path / "tinh").rglob("*.pdf")) == sorted(keys)
    report = run(store, profile)  # at once, whatever the rows wait for
    assert (report.done, report.error) == (2, None)
    assert dossiers.find(store, dossier).state == "done"
    assert queue.items(store)[0]["receipt"]["store"] == "tỉnh"


def test_without_the_medium_the_files_wait(store, ready, profile, stick):
    stick.rmdir()
    report = run(store, profile)
    assert (report.done, report.error.code) == (0, "UNREACHABLE")
    assert "chưa cắm" in report.error.vi


@pytest.mark.parametrize("wrong", ["sha256", "id", "size", "endless", "letter", "time"])
def test_a_receipt_for_something_else_is_not_believed(store, ready, profile, stick, wrong):
    run(store, profile)
    (stick / "receipts").mkdir()
    for note in (store.folder / "handover" / "tay").glob("*.json"):
        known = json.loads(note.read_text())
        said = {"id": known["id"], "sha256": known["key"], "size": known["size"],
                "stored_at": "2026-03-03T08:00:00+07:00", "store": "x"}  # fmt: skip
        name, value = {
            "sha256": ("sha256", "0" * 64), "id": ("id", "other"), "size": ("size", 1),
            "endless": ("size", float("inf")), "letter": ("store", "\ud800"),
            "time": ("stored_at", None),
        }[wrong]  # fmt: skip
        said[name] = value
        (stick / "receipts" / f"{known['id']}.receipt.json").write_text(json.dumps(said))
    report = run(store, profile)
    assert (report.done, report.waiting, report.error.code) == (0, 2, "RECEIPT_MISMATCH")


def test_a_lost_medium_is_written_again(store, clock, ready, profile, stick):
    run(store, profile)
    away(stick)
    stick.mkdir()
    clock.turn(86400)
    run(store, profile)
    assert list(stick.iterdir()) == []
    usb = profiles.open_adapter(profile, store.folder)
    usb._clock = lambda: clock.now + timedelta(days=31 + 365)
    session = usb.begin(ready[1][0], len(SECRET), Meta("application/pdf"))
    assert session.offset == 0
    usb.close()
    assert list((stick / "outgoing").iterdir()) == []


@pytest.mark.parametrize("damage", ["flip", "cut", "join", "header", "empty", "swap", "deep"])
def test_an_altered_container_does_not_open_and_stops_no_other(
    store, ready, profile, stick, centre, tmp_path, damage
):
    run(store, profile)
    victim, other = sorted((stick / "outgoing").glob("*.sealed"))
    data = victim.read_bytes()
    victim.write_bytes({
        "flip": data[:-40] + bytes([data[-40] ^ 1]) + data[-39:],
        "cut": data[:-20],
        "join": data + data[-20:],
        "header": data.replace(b"desk-sealed-1", b"desk-sealed-2", 1),
        "empty": b"",
        "deep": b"[" * 4000 + b"\n" + data,
        "swap": data[: data.index(b"\n") + 1] + other.read_bytes().split(b"\n", 1)[1],
    }[damage])  # fmt: skip
    results = take_in(stick, centre, tmp_path)
    assert [r.receipt is None for r in results] == [True, False]
    assert results[0].error.code == "UNUSABLE_INPUT"
    assert len(list((tmp_path / "tinh").rglob("*.pdf"))) == 1
    assert run(store, profile).done == 1


def test_another_centre_cannot_open_it(store, ready, profile, stick, tmp_path):
    run(store, profile)
    stranger = authority(tmp_path, "stranger")
    path = next((stick / "outgoing").glob("*.sealed"))
    with pytest.raises(UnusableInput, match="another"):
        unseal(path, stranger[3], fingerprint(stranger[2]))


def test_a_kill_while_writing_leaves_no_container(stick, centre, tmp_path):
    def usb():
        return UsbStore(stick, centre[0], tmp_path / "notes")

    first = usb()
    session = first.begin(key_of(SECRET), len(SECRET), Meta("application/pdf"))
    first.send(session, 0, SECRET[:100])
    assert list((stick / "outgoing").glob("*.sealed")) == []
    second = usb()
    again = second.begin(key_of(SECRET), len(SECRET), Meta("application/pdf"))
    assert (again.offset, again.token != session.token) == (0, True)
    part = stick / "outgoing" / f"{session.token}.part"
    os.utime(part, (0, 0))
    third = usb()
    third.begin(key_of(b""), 0, Meta("application/pdf"))
    assert not part.exists()
    for each in (first, second, third):
        each.close()
    assert list((stick / "outgoing").iterdir()) == []


def test_probe_and_a_certificate_that_is_none(profile, store, stick, centre):
    usb = profiles.open_adapter(profile, store.folder)
    assert usb.probe().receipt
    assert list(stick.iterdir()) == []
    centre[0].write_text("nonsense")
    with pytest.raises(Exception, match="PEM") as caught:
        usb.probe()
    assert caught.value.code == "STORE_PROFILE"
