"""The landing and its journal, without a device."""

import errno
import json
import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scanners import ids, journal, landing
from scanners.device import Picture
from scanners.errors import DeviceFault
from scanners.pictures import BadPicture
from tests.scanners.conftest import draw_page, jpeg_of

DATA = jpeg_of(draw_page(1, (120, 160)))


def picture(data=DATA, **facts):
    return Picture(lambda file: file.write(data), "image/jpeg", **{"sheet": 1, **facts})


@pytest.fixture
def place(tmp_path):
    told = []
    made = landing.Landing(tmp_path / "job", ids.new_id(), told.append)
    made.told = told
    yield made
    made.close()


def test_nothing_is_told_before_it_is_durable(tmp_path, monkeypatch):
    steps = []
    real_sync, real_link = os.fsync, os.link

    def sync(fd):
        steps.append(f"sync {Path(f'/proc/self/fd/{fd}').readlink().name[-10:]}")
        real_sync(fd)

    def link(source, target):
        steps.append("name")
        real_link(source, target)

    folder = tmp_path / "job"
    made = landing.Landing(folder, ids.new_id(), lambda page: steps.append("told"))
    monkeypatch.setattr(os, "fsync", sync)
    monkeypatch.setattr(os, "link", link)
    made.land(picture())
    made.close()
    assert steps == ["sync f.jpg.part", "name", "sync job", "sync rnal.jsonl", "told"]


def test_a_page_that_is_there_is_never_overwritten(tmp_path):
    same = ids.new_id()
    made = landing.Landing(tmp_path, ids.new_id(), lambda page: None, new_id=lambda: same)
    first = made.land(picture())
    with pytest.raises(DeviceFault) as caught:
        made.land(picture(jpeg_of(draw_page(2, (120, 160)))))
    made.close()
    assert caught.value.code == "DISK_ERROR"
    assert first.path.read_bytes() == DATA
    assert [p.page_id for p in journal.replay(tmp_path).pages] == [same]


@pytest.mark.parametrize(
    "data", [b"", DATA[:-2], DATA[: len(DATA) // 2], b"\xff\xd8\xff\xd9", b"x" * 999]
)
def test_what_is_not_whole_does_not_land(place, data):
    with pytest.raises(BadPicture):
        place.land(picture(data))
    assert place.told == []
    assert journal.replay(place.folder).pages == ()
    assert not list(place.folder.glob("*.jpg*"))
    kept = list((place.folder / "doubtful").glob("*")) if data else []
    assert [path.read_bytes() for path in kept] == ([data] if data else [])


def test_rows_that_are_missing_are_noticed(place):
    with pytest.raises(BadPicture, match="wrong_size"):
        place.land(picture(size=(120, 161)))


@pytest.mark.parametrize(
    ("number", "code"),
    [(errno.ENOSPC, "DISK_FULL"), (errno.EDQUOT, "DISK_FULL"), (errno.EIO, "DISK_ERROR")],
)
def test_a_disk_that_cannot_be_written_is_a_fault(place, number, code):
    def write(file):
        file.write(DATA[:100])
        raise OSError(number, os.strerror(number))

    with pytest.raises(DeviceFault) as caught:
        place.land(Picture(write, "image/jpeg", 1))
    assert caught.value.code == code
    assert not list(place.folder.glob("*.part"))


def test_a_journal_that_cannot_be_written_leaves_the_page_for_recovery(place, monkeypatch):
    first = place.land(picture())

    def full(page, line):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(place.journal, "append_page", full)
    with pytest.raises(DeviceFault) as caught:
        place.land(picture(sheet=2))
    place.close()
    assert caught.value.code == "DISK_FULL"
    assert [p.sheet for p in place.told] == [1]
    (doubt,) = journal.replay(place.folder).in_doubt
    assert (doubt.reason, doubt.sheet) == ("not_journalled", 2)
    assert [p.sheet for p in journal.recover(place.folder).pages] == [1, 2]
    assert journal.replay(place.folder).pages[0] == first


def test_space_is_looked_at_before(place):
    place.require_space(1)
    with pytest.raises(DeviceFault, match="full"):
        place.require_space(1 << 60)


def test_recovery_puts_a_folder_in_order(place):
    pages = [place.land(picture(sheet=n)) for n in (1, 2, 3)]
    place.close()
    folder = place.folder
    adopted = folder / f"{ids.new_id()}_0004b.jpg"
    adopted.write_bytes(DATA)
    torn = folder / f"{ids.new_id()}_0005f.jpg"
    torn.write_bytes(DATA[:500])
    part = folder / f"{ids.new_id()}_0005b.png.part"
    part.write_bytes(b"\x89PNG")
    second_name = folder / f"{pages[0].path.name}.part"
    os.link(pages[0].path, second_name)
    pages[1].path.unlink()
    (folder / "notes.txt").write_text("not ours")

    found = journal.recover(folder)
    assert [(p.sheet, p.side) for p in found.pages] == [(1, "front"), (3, "front"), (4, "back")]
    assert found.pages[-1].path == adopted
    assert found.pages[-1].dpi == 75
    assert {(d.sheet, d.reason) for d in found.in_doubt} == {(2, "missing"), (5, "unfinished")}
    assert (folder / "doubtful" / torn.name).read_bytes() == DATA[:500]
    assert (folder / "doubtful" / part.name).exists()
    assert not second_name.exists()
    assert (folder / "notes.txt").exists()
    assert journal.recover(folder).pages == found.pages


def test_a_page_that_changed_on_disk_is_in_doubt(place):
    page = place.land(picture())
    page.path.write_bytes(DATA + b"more")
    (doubt,) = journal.replay(place.folder).in_doubt
    assert doubt.reason == "changed"


def test_an_empty_folder_replays_to_nothing(tmp_path):
    assert journal.replay(tmp_path).pages == ()
    assert journal.replay(tmp_path / "none").in_doubt == ()


LINES = st.lists(
    st.dictionaries(
        st.sampled_from(["t", "job", "page_id", "file", "sheet", "x"]),
        st.text(max_size=20) | st.integers() | st.none(),
        max_size=4,
    ),
    max_size=8,
)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(sheets=st.lists(st.integers(1, 9999), max_size=4), noise=LINES, cut=st.integers(0, 400))
def test_a_replay_gives_what_was_written_and_survives_a_torn_end(tmp_path, sheets, noise, cut):
    folder = tmp_path / ids.new_id()
    told = []
    made = landing.Landing(folder, ids.new_id(), told.append)
    for number, sheet in enumerate(sheets):
        for line in noise[number : number + 1]:
            made.journal.append(line, durable=False)
        made.land(picture(sheet=sheet, side="back" if sheet % 2 else "front"))
    made.close()
    assert list(journal.replay(folder).pages) == told

    path = folder / journal.JOURNAL_NAME
    whole = path.read_bytes()
    kept = whole[: max(0, len(whole) - cut)]
    path.write_bytes(kept)
    lines = kept.count(b"\n")
    journalled = [
        json.loads(line).get("page_id")
        for line in whole.splitlines()[:lines]
        if json.loads(line).get("t") == "page"
    ]
    replayed = [p.page_id for p in journal.replay(folder).pages]
    assert replayed == [page for page in journalled if page in {t.page_id for t in told}]
    # Nothing that had landed is lost: the files are there and are adopted again.
    assert {p.page_id for p in journal.recover(folder).pages} == {p.page_id for p in told}


def test_a_line_after_a_torn_one_is_read(tmp_path):
    (tmp_path / journal.JOURNAL_NAME).write_bytes(b'{"t":"page","page_i')
    made = landing.Landing(tmp_path, ids.new_id(), lambda page: None)
    page = made.land(picture())
    made.close()
    found = journal.replay(tmp_path)
    assert (found.pages, found.skipped_lines) == ((page,), 1)


@pytest.mark.parametrize(
    "name", ["../x", "/etc/passwd", "a.jpg", "", "01ARZ3NDEKTSV4RRFFQ69G5FAV.jpg"]
)
def test_a_journal_cannot_name_other_files(tmp_path, name):
    line = {"t": "page", "job": "", "file": name, "page_id": "x", "sheet": 1, "side": "front"}
    line |= {
        "sha256": "",
        "width_px": 1,
        "height_px": 1,
        "dpi": 1,
        "bytes": 1,
        "media": "",
        "rotation": 0,
    }
    (tmp_path / journal.JOURNAL_NAME).write_text(json.dumps(line) + "\n")
    found = journal.replay(tmp_path)
    assert (found.pages, found.skipped_lines) == ((), 1)
