"""Batches through the simulated feeder: divided, counted, closed only when they add up."""

import shutil
from dataclasses import replace

import pytest
from PIL import Image, ImageDraw

from desk_app import batching, jobs
from desk_app.capture import batches as counting
from desk_app.capture import replay
from desk_app.errors import NotAllowed, NotFound, UsageError
from desk_app.pipeline import Desk
from desk_app.store import audit, batches, dossiers, edits
from desk_app.store.batches import Plan
from scanners.device import ScanSettings
from tests.simulators import pile


@pytest.fixture(scope="module")
def workers():
    """One pair of worker processes for all: each loads the imaging libraries once."""
    workers = jobs.Workers(2)
    yield workers
    workers.close()


@pytest.fixture
def desk(tmp_path, workers):
    desk = Desk(tmp_path / "data")
    desk.workers = workers
    yield desk
    desk.store.close()


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """Three dossiers of two sheets behind their separators: nine sheets."""
    return pile.typical(tmp_path_factory.mktemp("small"), 3, 2)


def open_batch(desk, sheets, **plan):
    return batching.create(desk, "LO-01", Plan(sheets, **plan), "thu", "ban-1")


def uri(made, query=""):
    return f"simulated:{made.folder}?duplex=1{query}"


def codes(found):
    return [each.code for each in found.differences]


def test_a_pile_is_divided_at_its_separators_and_adds_up(desk, small):
    batch = open_batch(desk, 9, dossiers_declared=3)
    batching.feed(desk, batch, uri(small))
    found = batching.reckon(desk, batch)
    assert codes(found) == []
    assert (found.sheets_fed, found.images, found.set_aside, found.separators) == (9, 9, 3, 6)
    assert found.images == found.images_expected
    for number in (1, 2, 3):
        dossier = dossiers.find(desk.store, pile.code(number))
        pages = dossiers.pages(desk.store, dossier.id)
        assert [(p.sheet, p.side, p.set_aside) for p in pages] == [
            (1, "front", False), (1, "back", False), (2, "front", False), (2, "back", True),
        ]  # fmt: skip
    assert batching.close(desk, batch).adds_up
    assert batches.find(desk.store, "LO-01").state == "closed"
    with pytest.raises(NotAllowed):
        batching.feed(desk, batch, uri(small))
    assert replay.run(desk.store).same
    assert audit.verify(desk.store.conn).ok


def test_a_jam_is_gone_once_its_sheet_is_in_and_the_pile_goes_on(desk, small):
    batch = open_batch(desk, 9)
    report = batching.feed(desk, batch, uri(small, "&fault=jam@5,double@8"))
    assert (report.fault.code, report.fault.sheet) == ("PAPER_JAM", 5)
    assert "PAPER_JAM" in codes(batching.reckon(desk, batch))
    batches.suspend(desk.store, batch)
    with pytest.raises(NotAllowed):
        batching.feed(desk, batch, uri(small))
    batches.resume(desk.store, batch, "lan", "ban-2")
    report = batching.feed(desk, batch, uri(small, "&fault=jam@5,double@8"))
    assert report.fault.code == "DOUBLE_FEED"
    batching.feed(desk, batch, uri(small, "&fault=jam@5,double@8"))
    found = batching.reckon(desk, batch)
    assert codes(found) == []
    told = {(each.code, each.sheet): each.settled for each in batches.issues(desk.store, batch)}
    assert told == {("PAPER_JAM", 5): "fed_again", ("DOUBLE_FEED", 8): "fed_again"}
    assert batches.find(desk.store, batch.id).seat == "ban-2"
    assert replay.run(desk.store).same


def test_a_double_feed_that_no_device_saw_is_named_and_mended(desk, tmp_path):
    made = pile.typical(tmp_path / "pile", 3, 3, double_at=7)
    batch = open_batch(desk, made.sheets + 1)
    batching.feed(desk, batch, uri(made))
    found = batching.reckon(desk, batch)
    assert codes(found) == ["SHEETS", "DOUBLE_FEED"]
    assert all(each.sheets == (7,) for each in found.differences)
    with pytest.raises(NotAllowed, match="7"):
        batching.close(desk, batch)
    worse = pile.Pile(tmp_path / "worse")
    worse.add(pile.two_at_once(pile.form(3)))
    batching.rescan(desk, batch, 7, uri(worse))
    assert codes(batching.reckon(desk, batch)) == [
        "SHEETS",
        "DOUBLE_FEED",
    ]  # drawn in together again
    again = pile.Pile(tmp_path / "again")
    again.add(pile.form(3))
    again.add(pile.form(4))
    batching.rescan(desk, batch, 7, uri(again))
    found = batching.reckon(desk, batch)
    assert codes(found) == []
    assert (found.sheets_fed, found.replaced) == (made.sheets + 1, 4)
    dossier = dossiers.find(desk.store, pile.code(2))
    used = [p for p in dossiers.pages(desk.store, dossier.id) if not p.set_aside]
    assert [p.side for p in used].count("front") == 4
    assert batching.close(desk, batch).adds_up
    assert replay.run(desk.store).same


def test_a_difference_needs_a_reason_to_close_and_the_reason_stays(desk, small):
    batch = open_batch(desk, 10, dossiers_declared=4)
    batching.feed(desk, batch, uri(small))
    for reason in (None, "  "):
        with pytest.raises(NotAllowed, match="10"):
            batching.close(desk, batch, reason)
    batching.close(desk, batch, "tờ 10 là bìa, không quét")
    closed = batches.find(desk.store, "LO-01")
    assert (closed.state, closed.closing_reason) == ("closed", "tờ 10 là bìa, không quét")
    rows = desk.store.rows("SELECT details FROM audit_event WHERE action = 'batch.state'")
    assert "SHEETS" in rows[-1]["details"]
    assert "bìa" not in rows[-1]["details"]


def test_pages_before_the_first_separator_are_nobody_s(desk, tmp_path):
    made = pile.Pile(tmp_path / "pile")
    made.add(pile.form(1))
    made.add(pile.separator(1))
    made.add(pile.form(2))
    batch = open_batch(desk, 3)
    batching.feed(desk, batch, uri(made))
    found = batching.reckon(desk, batch)
    assert codes(found) == ["UNASSIGNED"]
    assert found.differences[0].sheets == (1,)
    loose = next(s for s in batches.sheet_sides(desk.store, batch) if s.sheet == 1)
    dossiers.decide(desk.store, loose.page_id, starts=pile.code(9))
    batching.divide(desk, batch)
    assert codes(batching.reckon(desk, batch)) == []
    assert dossiers.exists(desk.store, pile.code(9))


def test_something_on_the_back_of_a_separator_is_said_and_can_be_used(desk, tmp_path):
    made = pile.Pile(tmp_path / "pile")
    made.add(pile.separator(1), pile.form(5))
    made.add(pile.form(2))
    batch = open_batch(desk, 2)
    batching.feed(desk, batch, uri(made))
    assert codes(batching.reckon(desk, batch)) == ["SEPARATOR_WRITTEN"]
    back = [s for s in batches.sheet_sides(desk.store, batch) if s.sheet == 1][1]
    edits.restore(desk.store, [back.page_id])
    assert not dossiers.page(desk.store, back.page_id).set_aside


def test_pages_fed_later_go_on_with_the_dossier_that_was_begun(desk, small):
    batch = open_batch(desk, 9)
    batching.feed(desk, batch, uri(small), scan=ScanSettings(source="duplex", count=4))
    batching.feed(desk, batch, uri(small))
    assert codes(batching.reckon(desk, batch)) == []
    first = dossiers.find(desk.store, pile.code(1))
    assert len(dossiers.pages(desk.store, first.id)) == 4


def test_a_signed_dossier_takes_no_more_pages(desk, small):
    dossier = dossiers.create(desk.store, pile.code(2), "")
    for state in dossiers.ORDER[1 : dossiers.ORDER.index("signed") + 1]:
        dossiers.move(desk.store, dossier.id, state)
    batch = open_batch(desk, 9)
    batching.feed(desk, batch, uri(small))
    assert codes(batching.reckon(desk, batch)) == ["UNASSIGNED", "DOSSIER_SIGNED"]
    assert dossiers.pages(desk.store, dossier.id) == []


def test_two_passes_by_hand_are_put_together_only_if_they_match(desk, tmp_path):
    made = pile.Pile(tmp_path / "fronts")
    for number in range(4):
        made.add(pile.form(number))
    fronts, backs = tmp_path / "f", tmp_path / "b"
    for folder, step in ((fronts, 1), (backs, -1)):
        folder.mkdir()
        for place, path in enumerate(sorted(made.folder.glob("*a.jpg"))[::step]):
            (folder / f"{place}.jpg").write_bytes(path.read_bytes())
    batch = open_batch(desk, 4, separation="hand")
    batching.feed(desk, batch, f"simulated:{fronts}", scan=ScanSettings(source="feeder"))
    assert codes(batching.reckon(desk, batch)) == ["SIDE_MISSING", "UNASSIGNED"]
    with pytest.raises(NotAllowed, match=r"4 .* 3"):
        batching.second_pass(desk, batch, f"simulated:{backs}?sheets=3")
    assert codes(batching.reckon(desk, batch)) == ["SHEETS", "SIDE_MISSING", "UNASSIGNED"]
    rest, told, heard = ScanSettings(source="feeder", first_sheet=4), [], []
    batching.second_pass(
        desk, batch, f"simulated:{backs}", scan=rest, notify=told.append, listen=heard.append
    )
    assert [(t.stage, t.done) for t in told] == [("scan", 1), ("read", 1)]
    assert heard
    used = [s for s in batches.sheet_sides(desk.store, batch) if not s.set_aside]
    assert [(s.sheet, s.side) for s in used] == [
        (n, side) for n in (1, 2, 3, 4) for side in ("front", "back")
    ]
    masters = [dossiers.page(desk.store, s.page_id).sha256 for s in used]
    assert masters[::2] == masters[1::2]  # each back is the picture of its own front
    assert replay.run(desk.store).same


def test_a_jam_among_the_backs_is_said_and_keeps_what_came(desk, tmp_path):
    made = pile.Pile(tmp_path / "fronts")
    for number in range(3):
        made.add(pile.form(number))
    fronts = tmp_path / "f"
    fronts.mkdir()
    for path in made.folder.glob("*a.jpg"):
        (fronts / path.name).write_bytes(path.read_bytes())
    batch = open_batch(desk, 3, separation="hand")
    gray = ScanSettings(dpi=150, mode="gray")
    batching.feed(desk, batch, f"simulated:{fronts}", scan=replace(gray, source="feeder"))
    report = batching.second_pass(desk, batch, f"simulated:{fronts}?fault=jam@2", scan=gray)
    assert (report.fault.code, report.images) == ("PAPER_JAM", 1)
    assert report.applied.asked.mode == "gray"
    assert not batches.unchecked(desk.store, batch)
    assert {s.side for s in batches.sheet_sides(desk.store, batch)} == {"front"}
    rest = replace(gray, first_sheet=2)
    batching.second_pass(desk, batch, f"simulated:{fronts}", scan=rest)
    sides = [(s.sheet, s.side) for s in batches.sheet_sides(desk.store, batch) if not s.set_aside]
    assert sides == [(n, side) for n in (1, 2, 3) for side in ("front", "back")]


@pytest.mark.parametrize("wrong", [
    {"sheets_declared": 0}, {"sheets_declared": 5, "sides": 3},
    {"sheets_declared": 5, "separation": "guess"}, {"sheets_declared": 5, "separation": "code:["},
])  # fmt: skip
def test_a_wrong_declaration_is_refused(desk, wrong):
    with pytest.raises(UsageError):
        batching.create(desk, "LO-01", Plan(**wrong), "thu", "ban-1")
    with pytest.raises(NotFound):
        batches.find(desk.store, "LO-01")


def test_a_separator_that_cannot_be_read_keeps_the_batch_open(desk, small, tmp_path):
    spoilt = tmp_path / "spoilt"
    shutil.copytree(small.folder, spoilt)
    front = sorted(spoilt.glob("*.jpg"))[6]  # the second separator's front
    with Image.open(front) as image:
        page, (width, height) = image.convert("RGB"), image.size
    pen = ImageDraw.Draw(page)
    for step in range(40):
        for top in (0.08, 0.70):
            y = height * (top + 0.006 * step)
            pen.line((width * 0.3, y, width * 0.7, y + 20), fill=(20, 20, 120), width=width // 180)
    page.save(front, quality=85, dpi=image.info["dpi"])
    batch = open_batch(desk, 9)
    batching.feed(desk, batch, f"simulated:{spoilt}?duplex=1")
    found = batching.reckon(desk, batch)
    (difference,) = [each for each in found.differences if each.code == "SEPARATOR_UNREAD"]
    assert difference.sheets == (4,)
    assert "4" in difference.text.vi
    with pytest.raises(NotAllowed):
        batching.close(desk, batch)


def test_a_dossier_as_large_as_two_is_named_where_too_few_were_found():
    usual = [(f"p{n}", 1 + 8 * n, 8) for n in range(6)]
    merged = [*usual, ("big", 60, 16)]
    (issue,) = counting.odd_groups(merged, 8)
    assert (issue.code, issue.sheet, issue.page_id) == ("DOSSIER_LARGE", 60, "big")
    assert list(counting.odd_groups(merged, 7)) == []  # as many as declared
    assert list(counting.odd_groups(merged, None)) == []  # dossiers differ
    assert [i.sheet for i in counting.odd_groups([*usual, ("huge", 60, 60)], None)] == [60]
