"""A copy of the whole desk: taken at work, proven at its return, refused where it was changed."""

from __future__ import annotations

import errno
import io
import json
import shutil
import signal
import stat
import subprocess
import sys
import tarfile
import threading
import time
from collections import namedtuple
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from desk_app import backup
from desk_app.errors import NotAllowed, NotFound, UnusableInput
from desk_app.store import audit, dossiers, vault
from desk_app.store.database import FILE_NAME, Store, connect
from tests.packages.desk import Clock, signed_dossier

ROOT = Path(__file__).parents[1]
CODES = ("H49.64.33-260105-0001", "H49.64.33-260105-0002")


def make_desk(folder):
    store = Store(folder, clock=Clock())
    for code in CODES:
        signed_dossier(store, code, papers=2, size=5000)
    store.close()
    (folder / "settings.toml").write_text('language = "en"\n', encoding="utf-8")
    kept = folder / "store/ab/cd"
    kept.mkdir(parents=True)
    (kept / "file.pdf").write_bytes(b"%PDF-1.7 stored")
    (kept / ".half.part").write_bytes(b"half")
    (folder / "logs").mkdir()
    (folder / "logs/faults.log").write_text("x")
    return folder


@pytest.fixture
def data(tmp_path):
    return make_desk(tmp_path / "data")


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """One backup for the tests that only read or change it."""
    folder = tmp_path_factory.mktemp("copy")
    target = folder / "desk.backup"
    backup.back_up(make_desk(folder / "data"), target)
    return target


def opened(file):
    """A database beside the `vault.json` that names its key."""
    return connect(file, vault.open_vault(file.parent).database_key())


def content(data):
    """Every row of every table, and every blob; the audit chain apart."""
    with closing(opened(data / FILE_NAME)) as conn:
        names = [r[0] for r in conn.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
        rows = {n: [tuple(r) for r in conn.execute(f"SELECT * FROM {n}")] for n in sorted(names)
                if not n.startswith(("audit", "search", "_sqlite", "sqlite"))}  # fmt: skip
    blobs = {p.name: p.read_bytes() for p in (data / "blobs").rglob("*") if p.is_file()}
    return rows, blobs


def left(folder, *known):
    return sorted({p.name for p in folder.iterdir()} - set(known))


def repacked(source, target, change):
    """The same backup with other parts: `change` gets name and bytes and yields such pairs."""
    with tarfile.open(source) as old, tarfile.open(target, "w") as new:
        for part in old:
            for name, data in change(part.name, old.extractfile(part).read()):
                info = tarfile.TarInfo(name)
                info.size = len(data)
                new.addfile(info, io.BytesIO(data))
    return target


def test_what_went_out_comes_back(data, tmp_path):
    made = backup.back_up(data, tmp_path / "desk.backup")
    assert made.ok
    assert stat.S_IMODE(made.path.stat().st_mode) == 0o600
    restored = backup.restore(made.path, tmp_path / "new/data")
    assert (restored.records, restored.blobs) == (made.records, made.blobs)
    assert content(tmp_path / "new/data") == content(data)
    assert (tmp_path / "new/data/settings.toml").read_text() == 'language = "en"\n'
    assert (tmp_path / "new/data/store/ab/cd/file.pdf").read_bytes() == b"%PDF-1.7 stored"
    assert not (tmp_path / "new/data/store/ab/cd/.half.part").exists()
    assert stat.S_IMODE((tmp_path / "new/data").stat().st_mode) == 0o700
    assert left(tmp_path / "new", "data") == []
    assert not [p for p in data.iterdir() if p.name.startswith("desk-work-")]


def test_a_restored_desk_works_and_says_where_it_comes_from(data, tmp_path):
    made = backup.back_up(data, tmp_path / "desk.backup")
    backup.restore(made.path, tmp_path / "new")
    store = Store(tmp_path / "new")
    assert dossiers.find(store, CODES[0]).state == "signed"
    dossiers.create(store, "H49.64.33-260105-0003", "")
    last = store.row("SELECT * FROM audit_event WHERE action = 'store.restore'")
    report = audit.verify(store.conn)
    store.close()
    assert (report.ok, last["seq"]) == (True, made.records + 1)


def test_the_file_opens_with_an_ordinary_tar(copy):
    with tarfile.open(copy) as tar:
        names = tar.getnames()
        header = json.load(tar.extractfile("backup.json"))
    assert (names[0], names[1], names[-1]) == ("backup.json", FILE_NAME, "manifest.json")
    (key,) = header["keys"]
    assert (header["format"], header["protection"], len(key["key_id"])) == (1, "vault", 16)


def test_the_desk_goes_on_while_it_is_copied(data, tmp_path, monkeypatch):
    """Writers commit all the time; the copy is one moment of it and complete."""
    monkeypatch.setattr(backup, "PAGES", 1)
    end, written = threading.Event(), []

    def work():
        store = Store(data)
        while not end.is_set():
            number = len(written) + 10
            signed_dossier(store, f"H49.64.33-260105-{number:04}", papers=1, pages=1, size=300)
            written.append(number)
        store.close()

    def look():
        time.sleep(0.001)  # so that writers come in between two steps
        return False

    worker = threading.Thread(target=work)
    worker.start()
    try:
        while not written:
            time.sleep(0.01)
        made = backup.back_up(data, tmp_path / "desk.backup", stopped=look)
        before = len(written)
    finally:
        end.set()
        worker.join(60)
    assert made.ok
    assert before > 1
    restored = backup.restore(made.path, tmp_path / "new")
    assert restored.records == made.records
    rows, blobs = content(tmp_path / "new")
    known = {sha256 for sha256, *_ in rows["blob"]}
    assert known == set(blobs)
    assert {row[8] for row in rows["document"] if row[8]} <= known


@pytest.mark.parametrize("target", ["used", "file"])
def test_a_folder_with_anything_in_it_is_never_touched(copy, tmp_path, target):
    place = tmp_path / target
    if target == "used":
        place.mkdir()
        (place / ".hidden").write_text("mine")
    else:
        place.write_text("mine")
    with pytest.raises(NotAllowed, match="not empty"):
        backup.restore(copy, place)
    assert (place / ".hidden" if target == "used" else place).read_text() == "mine"
    assert left(tmp_path, target) == []


def test_an_empty_folder_is_taken(copy, tmp_path):
    (tmp_path / "empty").mkdir()
    assert backup.restore(copy, tmp_path / "empty").ok


def test_a_file_is_never_written_over_and_a_desk_never_made_up(data, tmp_path):
    (tmp_path / "mine").write_bytes(b"mine")
    with pytest.raises(NotAllowed):
        backup.back_up(data, tmp_path / "mine")
    assert (tmp_path / "mine").read_bytes() == b"mine"
    with pytest.raises(NotFound):
        backup.back_up(tmp_path / "nothing", tmp_path / "x")
    assert not (tmp_path / "nothing").exists()
    with pytest.raises(NotFound):
        backup.restore(tmp_path / "x", tmp_path / "y")


@settings(max_examples=40, deadline=None)
@given(place=st.floats(0, 0.9999), bit=st.integers(0, 7))
def test_a_flipped_bit_never_comes_back_unseen(copy, tmp_path_factory, place, bit):
    """Either the restore is refused, or what comes back is the same desk (padding, tar times)."""
    folder = tmp_path_factory.mktemp("flip")
    whole = bytearray(copy.read_bytes())
    whole[int(place * len(whole))] ^= 1 << bit
    (folder / "b").write_bytes(whole)
    try:
        backup.restore(folder / "b", folder / "data")
    except UnusableInput:
        assert left(folder, "b") == []
    else:
        assert content(folder / "data") == content(copy.parent / "data")


@settings(max_examples=25, deadline=None)
@given(share=st.floats(0, 0.99))
def test_a_copy_that_was_cut_off_is_refused(copy, tmp_path_factory, share):
    folder = tmp_path_factory.mktemp("cut")
    data = copy.read_bytes()
    (folder / "b").write_bytes(data[: int(share * (len(data) - 10240))])
    with pytest.raises(UnusableInput):
        backup.restore(folder / "b", folder / "data")
    assert left(folder, "b") == []


def without_audit(name, data, desk):
    """A database whose audit chain lost a record, with a manifest that fits."""
    if name != FILE_NAME:
        return data
    path = desk / "db"
    path.write_bytes(data)
    conn = opened(path)
    conn.execute("DELETE FROM audit_event WHERE seq = 5")
    conn.close()
    return path.read_bytes()


def test_a_removed_audit_record_is_found_with_its_number(copy, tmp_path):
    import hashlib

    shutil.copy(copy.parent / "data" / vault.FILE_NAME, tmp_path)
    fresh = {}

    def change(name, data):
        data = without_audit(name, data, tmp_path)
        if name == FILE_NAME:
            fresh[name] = [len(data), hashlib.sha256(data).hexdigest()]
        if name == "manifest.json":
            manifest = json.loads(data)
            manifest["files"] |= fresh
            data = json.dumps(manifest).encode()
        yield name, data

    bad = repacked(copy, tmp_path / "bad", change)
    with pytest.raises(UnusableInput, match="audit chain, 5"):
        backup.restore(bad, tmp_path / "new")
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize(
    "name",
    [
        "../evil",
        "/tmp/evil",
        "store/../../evil",
        "blobs/ab/cd/zz",
        "desk.sqlite3-wal",
        "x",
        "store/",
    ],
)
def test_a_part_that_does_not_belong_is_refused(copy, tmp_path, name):
    def change(part, data):
        yield part, data
        if part == "backup.json":
            yield name, b"evil"

    bad = repacked(copy, tmp_path / "bad", change)
    with pytest.raises(UnusableInput):
        backup.restore(bad, tmp_path / "deep/er/new")
    assert not list(tmp_path.rglob("evil"))


def test_links_and_sparse_parts_are_refused(copy, tmp_path):
    for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.GNUTYPE_SPARSE):
        with tarfile.open(copy) as old, tarfile.open(tmp_path / "bad", "w") as new:
            header = old.next()
            new.addfile(header, old.extractfile(header))
            info = tarfile.TarInfo("store/x")
            info.type, info.linkname = kind, "/etc/passwd"
            new.addfile(info)
        with pytest.raises(UnusableInput):
            backup.restore(tmp_path / "bad", tmp_path / "new")


@pytest.mark.parametrize(
    "change",
    [{"format": 2}, {"protection": "later"}, {"schema": "m999_later"}, {"format": None}],
)
def test_a_copy_of_a_newer_program_is_told(copy, tmp_path, change):
    def other(name, data):
        if name == "backup.json":
            data = json.dumps(json.loads(data) | change).encode()
        yield name, data

    with pytest.raises(UnusableInput, match="newer"):
        backup.restore(repacked(copy, tmp_path / "bad", other), tmp_path / "new")


def test_the_plain_copy_of_an_earlier_version_comes_back_encrypted(tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data/settings.toml").write_text("encryption = false\n")
    made = backup.back_up(make_desk(tmp_path / "data"), tmp_path / "plain")
    assert made.escrow is None

    def earlier(name, data):
        if name == "manifest.json":
            manifest = json.loads(data)
            del manifest["files"][vault.FILE_NAME]
            data = json.dumps(manifest).encode()
        if name != vault.FILE_NAME:
            yield name, data

    backup.restore(repacked(made.path, tmp_path / "old", earlier), tmp_path / "new")
    assert vault.read_marker(tmp_path / "new").mode == "encrypted"
    assert not (tmp_path / "new" / FILE_NAME).read_bytes().startswith(b"SQLite")
    store = Store(tmp_path / "new")
    rows = store.rows("SELECT sha256 FROM blob")
    assert rows
    assert all(store.blobs.is_whole(row[0]) for row in rows)
    store.close()
    backup.restore(made.path, tmp_path / "chosen")  # plain because somebody chose it
    assert vault.read_marker(tmp_path / "chosen").mode == "plain"


@pytest.mark.parametrize("data", [b"", b"text", bytes(20480)])
def test_no_backup_at_all(tmp_path, data):
    (tmp_path / "x").write_bytes(data)
    with pytest.raises(UnusableInput):
        backup.restore(tmp_path / "x", tmp_path / "new")


def test_lost_and_damaged_blobs_are_told_and_the_rest_is_saved(data, tmp_path):
    blobs = sorted(p for p in (data / "blobs").rglob("*") if p.is_file())
    blobs[0].unlink()
    blobs[1].write_bytes(b"damaged")
    made = backup.back_up(data, tmp_path / "b")
    assert (made.missing, made.damaged, made.ok) == ([blobs[0].name], [blobs[1].name], False)
    restored = backup.restore(tmp_path / "b", tmp_path / "new")
    assert (restored.missing, restored.damaged) == (made.missing, made.damaged)
    assert restored.blobs == made.blobs == len(blobs) - 2


def test_stopped_half_way_nothing_is_left(data, copy, tmp_path):
    looks = iter(range(6))
    with pytest.raises(backup.CopyStopped):
        backup.back_up(data, tmp_path / "b", stopped=lambda: next(looks, None) is None)
    assert left(tmp_path, "data") == []
    looks = iter(range(6))
    with pytest.raises(backup.CopyStopped):
        backup.restore(copy, tmp_path / "new", stopped=lambda: next(looks, None) is None)
    assert left(tmp_path, "data") == []


def test_progress_reaches_its_end(data, tmp_path):
    steps = []
    backup.back_up(data, tmp_path / "b", notify=lambda done, total: steps.append((done, total)))
    assert steps == sorted(steps)
    assert steps[-1][0] == steps[-1][1]


def test_too_little_space_is_said_before_anything_is_written(data, copy, tmp_path, monkeypatch):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(backup.shutil, "disk_usage", lambda folder: usage(1, 1, 1000))
    with pytest.raises(backup.NoRoom, match="Nothing written"):
        backup.back_up(data, tmp_path / "b")
    with pytest.raises(backup.NoRoom):
        backup.restore(copy, tmp_path / "new")
    assert left(tmp_path, "data") == []


def test_a_disk_that_fills_up_is_told(data, tmp_path, monkeypatch):
    class Full(backup._Hashed):
        def read(self, size=-1):
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(backup, "_Hashed", Full)
    with pytest.raises(backup.DiskFull):
        backup.back_up(data, tmp_path / "b")
    assert left(tmp_path, "data") == []


def test_killed_in_the_middle_leaves_the_desk_whole_and_no_target(data, tmp_path):
    store = Store(data)
    signed_dossier(store, "H49.64.33-260105-0777", papers=3, pages=1, size=3_000_000)
    store.close()
    script = (
        "import sys, time; from pathlib import Path; from desk_app import backup\n"
        "backup.back_up(Path(sys.argv[1]), Path(sys.argv[2]),"
        " notify=lambda d, t: (print(d, flush=True), time.sleep(0.05)))"
    )
    target = tmp_path / "out" / "b"
    process = subprocess.Popen(
        [sys.executable, "-c", script, str(data), str(target)], cwd=ROOT, stdout=subprocess.PIPE
    )
    process.stdout.readline()
    process.send_signal(signal.SIGKILL)
    process.wait(30)
    process.stdout.close()
    assert not target.exists()
    assert backup.back_up(data, target).ok
    assert left(target.parent, "b") == []
    assert not [p for p in data.iterdir() if p.name.startswith("desk-work-")]
