from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import stat
import sys
from pathlib import Path

import pytest

from desk_app.errors import NotFound, UsageError
from desk_app.submission.adapters import Caps, Meta
from desk_app.submission.adapters.local import LocalStore
from desk_app.submission.errors import (
    DamagedInTransit,
    OffsetConflict,
    StoreDamaged,
    StoreFull,
    StoreUnreachable,
    is_transient,
)
from tests.submission.desk import content

PDF = Meta("application/pdf")
DATA = content(1, 10_000)
KEY = hashlib.sha256(DATA).hexdigest()


@pytest.fixture
def local(tmp_path):
    return LocalStore(tmp_path / "store", create=True)


def send_all(store, data=DATA, key=KEY, step=4096):
    session = store.begin(key, len(data), PDF)
    offset = session.offset
    while offset < len(data):
        offset = store.send(session, offset, data[offset : offset + step])
    return session


def names(store):
    return sorted(path.relative_to(store.folder).as_posix()
                  for path in store.folder.rglob("*") if path.is_file())  # fmt: skip


def test_a_file_lies_under_its_content_with_its_receipt(local):
    receipt = local.finish(send_all(local))
    home = f"{KEY[:2]}/{KEY[2:4]}/{KEY}"
    assert names(local) == [f"{home}.pdf", f"{home}.receipt.json"]
    assert (local.folder / f"{home}.pdf").read_bytes() == DATA
    assert (receipt.key, receipt.sha256, receipt.size) == (KEY, KEY, len(DATA))
    kept = json.loads((local.folder / f"{home}.receipt.json").read_text("utf-8"))
    assert kept == dataclasses.asdict(receipt)
    assert b"".join(local.fetch(KEY)) == DATA
    assert local.stat(KEY).complete
    assert local.stat(KEY).sha256 == KEY


def test_finishing_and_sending_again_give_the_same_receipt(local):
    session = send_all(local)
    receipt = local.finish(session)
    assert local.finish(session) == receipt
    again = local.begin(KEY, len(DATA), PDF)
    assert again.offset == len(DATA)
    assert local.finish(again).stored_at == receipt.stored_at
    assert b"".join(local.fetch(KEY)) == DATA


def test_a_second_begin_keeps_what_arrived(local):
    session = local.begin(KEY, len(DATA), PDF)
    local.send(session, 0, DATA[:5000])
    assert LocalStore(local.folder).begin(KEY, len(DATA), PDF).offset == 5000
    assert local.stat(KEY).offset == 5000
    assert not local.stat(KEY).complete
    with pytest.raises(OffsetConflict):
        local.send(session, 0, DATA[:100])
    with pytest.raises(OffsetConflict):
        local.finish(session)
    assert local.finish(send_all(local)).sha256 == KEY


def test_a_part_that_is_too_long_is_no_beginning(local):
    session = local.begin(KEY, len(DATA), PDF)
    part = next(local.folder.rglob("*.part"))
    part.write_bytes(b"x" * (len(DATA) + 1))
    with pytest.raises(OffsetConflict):
        local.send(session, len(DATA) - 1, b"xx")
    assert local.finish(send_all(local)).sha256 == KEY


def test_what_arrived_damaged_is_dropped_and_sent_anew(local):
    local.begin(KEY, len(DATA), PDF)
    next(local.folder.rglob("*.part")).write_bytes(b"\0" * 6000)  # a power cut's zeros
    with pytest.raises(DamagedInTransit):
        local.finish(send_all(local))
    assert names(local) == []
    assert local.finish(send_all(local)).sha256 == KEY


@pytest.mark.parametrize("damage", [b"x" + DATA[1:], DATA[:-1], b""])
def test_a_damaged_object_is_reported_and_never_overwritten(local, damage):
    local.finish(send_all(local))
    stored = next(local.folder.rglob("*.pdf"))
    stored.write_bytes(damage)
    with pytest.raises(StoreDamaged) as caught:
        local.finish(local.begin(KEY, len(DATA), PDF))
    assert stored.name in caught.value.next_vi
    assert stored.read_bytes() == damage


def test_a_kill_between_name_and_receipt_is_made_good(local):
    local.finish(send_all(local))
    receipt = next(local.folder.rglob("*.receipt.json"))
    receipt.unlink()
    assert local.stat(KEY).sha256 is None
    assert local.finish(local.begin(KEY, len(DATA), PDF)).sha256 == KEY
    for nonsense in (b"", b"{", b"[]", b"\xff", b'{"key": 1}', b'{"name": "x"}'):
        receipt.write_bytes(nonsense)
        assert local.finish(local.begin(KEY, len(DATA), PDF)).sha256 == KEY
        assert json.loads(receipt.read_bytes())["sha256"] == KEY


def test_an_empty_file_can_be_stored(local):
    key = hashlib.sha256(b"").hexdigest()
    assert local.finish(send_all(local, b"", key)).size == 0
    assert b"".join(local.fetch(key)) == b""


def test_probe_tries_and_leaves_nothing(local):
    assert local.probe() == Caps(True, 1, True, True, True)
    assert names(local) == []


def test_a_missing_share_is_not_made(tmp_path):
    share = LocalStore(tmp_path / "nas" / "records", name="kho tỉnh")
    for act in (share.probe, lambda: share.begin(KEY, 1, PDF), lambda: share.stat(KEY)):
        with pytest.raises(StoreUnreachable) as caught:
            act()
        assert caught.value.vi == "Không dùng được kho kho tỉnh: không thấy thư mục kho."
    assert not (tmp_path / "nas").exists()


def test_a_share_that_goes_away_in_the_middle(tmp_path):
    (tmp_path / "nas").mkdir()
    share = LocalStore(tmp_path / "nas")
    session = share.begin(KEY, len(DATA), PDF)
    (tmp_path / "nas").rename(tmp_path / "gone")
    with pytest.raises(StoreUnreachable):
        share.send(session, 0, DATA)
    with pytest.raises(StoreUnreachable):
        share.finish(session)


def test_a_path_that_is_a_file(tmp_path):
    (tmp_path / "store").write_text("not a folder")
    for create in (True, False):
        with pytest.raises(StoreUnreachable):
            LocalStore(tmp_path / "store", create=create).begin(KEY, 1, PDF)


@pytest.mark.skipif(sys.platform != "linux" or os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_without_permission(tmp_path):
    (tmp_path / "store").mkdir(mode=stat.S_IRUSR | stat.S_IXUSR)
    with pytest.raises(StoreUnreachable, match="no permission"):
        LocalStore(tmp_path / "store").begin(KEY, 1, PDF)


@pytest.mark.skipif(sys.platform != "linux", reason="needs a file system that refuses even root")
def test_a_place_where_nobody_may_write():
    with pytest.raises(StoreUnreachable) as caught:
        LocalStore(Path("/sys/desk-store"), create=True).probe()
    assert caught.value.exit_code == 3
    assert is_transient(caught.value)


@pytest.mark.skipif(sys.platform != "linux", reason="needs /dev/full")
def test_a_full_disk(local):
    session = local.begin(KEY, len(DATA), PDF)
    part = next(local.folder.rglob("*.part"))
    part.unlink()
    part.symlink_to("/dev/full")
    with pytest.raises(StoreFull) as caught:
        local.send(session, 0, DATA)
    assert caught.value.vi == "Kho local đã đầy."


def test_a_key_is_a_digest_and_nothing_else(local):
    for key in ("../../etc/passwd", "", KEY.upper(), KEY + "\n"):
        with pytest.raises(UsageError):
            local.begin(key, 1, PDF)
    with pytest.raises(NotFound):
        list(local.fetch("0" * 64))
    assert local.stat("0" * 64) is None
