"""The embedded store: the promises of a local store, and nothing in it can be read."""

import hashlib
import threading

import pytest

from desk_app.submission import profiles
from desk_app.submission.adapters import Meta
from desk_app.submission.adapters.embedded import EmbeddedStore
from desk_app.submission.adapters.local import LocalStore
from desk_app.submission.errors import DamagedInTransit, OffsetConflict, StoreDamaged
from scanners import sealed
from tests.submission.desk import content

PDF = Meta("application/pdf")
DATA = b"%PDF-1.7" + content(1, 600_000)
KEY = hashlib.sha256(DATA).hexdigest()


@pytest.fixture
def embedded(tmp_path):
    key = sealed.Key("", bytes(range(32)))
    store = EmbeddedStore(tmp_path / "store", lambda _: key, name="local", chunk_bytes=100_000)
    yield store
    store.close()


def send_all(store, data=DATA, key=KEY, step=100_000):
    session = store.begin(key, len(data), PDF)
    for at in range(session.offset, len(data), step):
        store.send(session, at, data[at : at + step])
    return session


def files(store):
    return sorted(p for p in store.folder.rglob("*") if p.is_file())


def test_what_was_sent_comes_back_and_cannot_be_read(embedded):
    receipt = embedded.finish(send_all(embedded))
    assert (receipt.sha256, receipt.size) == (KEY, len(DATA))
    pdf, told = files(embedded)
    assert (pdf.name, told.name) == (f"{KEY}.pdf", f"{KEY}.receipt.json")
    assert not pdf.read_bytes().startswith(b"%PDF")
    assert b"".join(embedded.fetch(KEY)) == DATA
    assert embedded.stat(KEY).size == len(DATA)
    assert embedded.begin(KEY, len(DATA), PDF).offset == len(DATA)
    assert embedded.finish(embedded.begin(KEY, len(DATA), PDF)) == receipt
    assert embedded.probe().verifies_sha256


def test_it_goes_on_where_this_process_stopped_and_anew_elsewhere(embedded):
    session = embedded.begin(KEY, len(DATA), PDF)
    embedded.send(session, 0, DATA[:1000])
    assert embedded.begin(KEY, len(DATA), PDF).offset == 1000
    with pytest.raises(OffsetConflict):
        embedded.send(session, 0, DATA[:1000])
    with pytest.raises(OffsetConflict):
        embedded.finish(session)
    other = EmbeddedStore(embedded.folder, embedded._keys, name="local", chunk_bytes=1000)
    assert other.begin(KEY, len(DATA), PDF).offset == 0
    other.finish(send_all(other))
    assert embedded.finish(embedded.begin(KEY, len(DATA), PDF)).sha256 == KEY
    embedded.close()
    other.close()
    assert len(files(embedded)) == 2


def test_other_bytes_never_get_the_name(embedded):
    with pytest.raises(DamagedInTransit):
        embedded.finish(send_all(embedded, data=DATA[:-1] + b"X"))
    assert embedded.stat(KEY) is None
    assert files(embedded) == []


@pytest.mark.parametrize("at", [10, 70, 300_000, -1])
def test_damage_on_the_disk_is_told(embedded, at):
    embedded.finish(send_all(embedded))
    path = files(embedded)[0]
    whole = bytearray(path.read_bytes())
    whole[at] ^= 1
    path.write_bytes(whole)
    with pytest.raises(StoreDamaged):
        embedded.finish(embedded.begin(KEY, len(DATA), PDF))


def test_two_senders_of_one_file_end_with_one_file(embedded):
    stores = [EmbeddedStore(embedded.folder, embedded._keys, name="local", chunk_bytes=1000)
              for _ in range(4)]  # fmt: skip
    ended = []

    def work(store):
        for _ in range(20):
            try:
                ended.append(store.finish(send_all(store)).sha256)
            except OffsetConflict:
                continue
            break
        store.close()

    threads = [threading.Thread(target=work, args=(store,)) for store in stores]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert ended == [KEY] * 4
    assert len(files(embedded)) == 2


def test_only_the_store_inside_the_data_folder_is_sealed(store, tmp_path):
    import dataclasses

    profile = profiles.load("local")
    assert isinstance(profiles.open_adapter(profile, store.folder), EmbeddedStore)
    there = dataclasses.replace(profile.local, folder=str(tmp_path / "nas"))
    nas = profiles.open_adapter(dataclasses.replace(profile, local=there), store.folder)
    assert type(nas) is LocalStore
