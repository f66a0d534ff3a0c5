"""A desk in plain text becomes an encrypted one, however often it is interrupted."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from desk_app.capture import intake, replay
from desk_app.errors import NotAllowed, NotEncrypted, VaultDamaged
from desk_app.settings import Settings, save
from desk_app.store import audit, conversion, dossiers, vault
from desk_app.store.database import FILE_NAME, Store
from scanners.device import ScanSettings
from tests import at_rest

ROOT = Path(__file__).parents[2]
MANY = 200


@pytest.fixture(scope="module")
def before(tmp_path_factory):
    """A desk as an earlier version left it: everything plain, no vault.json."""
    folder = tmp_path_factory.mktemp("before") / "data"
    save(folder, Settings(encryption=False))
    store = Store(folder)
    dossier = dossiers.create(store, at_rest.TRUTH["dossier"]["code"], "birth_registration")
    intake.scan(store, dossier.id, "simulated:?sheets=3&ppm=600", ScanSettings())
    for number in range(MANY):
        store.blobs.put_bytes(f"{at_rest.TRUTH['people'][0]['full_name']} {number}".encode())
    store.close()
    kept = folder / "store/ab/cd"
    kept.mkdir(parents=True)
    (kept / ("ab" * 32 + ".pdf")).write_bytes(b"%PDF-1.7 stored")
    (kept / ("ab" * 32 + ".receipt.json")).write_bytes(b"{}")
    (folder / vault.FILE_NAME).unlink()
    (folder / "settings.toml").unlink()
    return folder


@pytest.fixture
def data(before, tmp_path):
    folder = tmp_path / "data"
    shutil.copytree(before, folder)
    # The scan's folder is known by its path.
    return folder


def check(folder, before):
    """Everything is there, nothing can be read by others."""
    plain = {p.name: p.read_bytes() for p in (before / "blobs").rglob("*") if p.is_file()}
    store = Store(folder)
    assert len(plain) > MANY
    assert all(store.blobs.read(name) == content for name, content in plain.items())
    assert audit.verify(store.conn).ok
    told = replay.run(store, hash_pictures=True)
    assert {d.code for d in told.differences} <= {
        "journal"
    }  # of the folder that it was copied from
    for job in (folder / "spool").iterdir():
        from scanners import journal

        for page in journal.recover(job, store.vault.keys).pages:
            assert store.blobs.is_whole(page.sha256)
    store.close()
    assert at_rest.leaks(folder) == []
    assert [p.name for p in folder.rglob(f"*{conversion.PART}")] == []


def test_it_becomes_encrypted_with_all_that_is_in_it(data, before):
    assert at_rest.leaks(data) != []
    with pytest.raises(NotEncrypted):
        Store(data)
    steps = []
    done = conversion.encrypt(data, lambda *step: steps.append(step))
    assert (done.marker.mode, done.files > MANY) == ("encrypted", True)
    assert steps[-1] == (done.files + 1, done.files + 1)
    check(data, before)
    with pytest.raises(NotAllowed):
        conversion.encrypt(data)


def test_killed_again_and_again_it_is_finished_by_the_last_run(data, before):
    code = ("import sys; from pathlib import Path; from desk_app.store import conversion;"
            "print('go', flush=True); conversion.encrypt(Path(sys.argv[1]))")  # fmt: skip
    kills = 0
    for number in range(12):
        process = subprocess.Popen([sys.executable, "-c", code, str(data)], cwd=ROOT,
                                   stdout=subprocess.PIPE)  # fmt: skip
        process.stdout.readline()
        time.sleep(0.03 + 0.03 * number)
        kills += process.poll() is None
        process.send_signal(signal.SIGKILL)
        process.communicate()
        marker = vault.read_marker(data)
        if marker is not None and marker.mode == "encrypting":
            with pytest.raises(NotEncrypted):
                Store(data)
    assert kills
    if vault.read_marker(data) is None or vault.read_marker(data).mode != "encrypted":
        conversion.encrypt(data)
    check(data, before)


def test_nothing_is_touched_while_a_program_is_at_work(data, tmp_path):
    from desk_app.store.database import connect

    conn = connect(data / FILE_NAME, None)
    conn.execute("PRAGMA journal_mode = WAL")
    conn.execute("BEGIN IMMEDIATE")
    with pytest.raises(NotAllowed):
        conversion.encrypt(data)
    conn.close()
    assert (data / FILE_NAME).read_bytes().startswith(b"SQLite format 3")
    conversion.encrypt(data)
    Store(data).close()


def test_no_desk_at_all_is_refused(tmp_path):
    with pytest.raises(VaultDamaged):
        conversion.encrypt(tmp_path)
    assert not os.path.exists(tmp_path / vault.FILE_NAME)  # noqa: PTH110
