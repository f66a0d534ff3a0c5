"""Feeds at the counter through the simulated feeder: rescan, insert, glass, faults, differences."""

import shutil

import pytest

from desk_app import feeding
from desk_app.capture import intake
from desk_app.capture.intake import ScanReport
from desk_app.feeding import Rate, Request
from desk_app.records import Page
from desk_app.store import dossiers, edits
from scanners.errors import make_fault
from tests.gui import builder
from tests.gui.conftest import WAIT_MS

READ_MS = 120_000


@pytest.fixture
def stack(tmp_path):
    """Two single sheets for the feeder."""
    folder = tmp_path / "stack"
    folder.mkdir()
    for name in ("s06a.jpg", "s06b.jpg"):
        shutil.copy(builder.FOLDER / name, folder / name)
    return folder


@pytest.fixture
def dossier(store):
    return builder.decided_birth_registration(store)


@pytest.fixture
def desk_at(qtbot, launch, stack, dossier):
    def desk_at(options="", **settings):
        window = launch(device=f"simulated:{stack}?{options}", **settings).window
        window.counter.open_dossier(dossier.id)
        qtbot.waitUntil(lambda: window.counter.view is not None, timeout=WAIT_MS)
        qtbot.waitUntil(lambda: window.counter.profiles.current is not None, timeout=WAIT_MS)
        return window

    return desk_at


def fed(qtbot, counter):
    qtbot.waitUntil(lambda: counter.feeder.is_feeding, timeout=WAIT_MS)
    qtbot.waitUntil(lambda: not counter.feeder.is_feeding, timeout=READ_MS)
    qtbot.waitUntil(lambda: counter.view.dossier.state == "to_check", timeout=WAIT_MS)


def order(store, dossier):
    return [page.id for page in dossiers.pages(store, dossier.id, readings=False)
            if not page.set_aside]  # fmt: skip


def test_a_page_scanned_again_takes_its_place_until_undo(qtbot, desk_at, store, dossier):
    window = desk_at()
    counter, before = window.counter, order(store, dossier)
    counter._go_to_page("page-s01b")
    window.run("rescan")
    fed(qtbot, counter)
    qtbot.waitUntil(lambda: counter.facts() >= {"undo"}, timeout=WAIT_MS)
    after = order(store, dossier)
    assert (after[0], after[2:]) == (before[0], before[2:])
    assert after[1] not in before
    assert dossiers.page(store, "page-s01b").set_aside
    window.run("undo")
    qtbot.waitUntil(lambda: order(store, dossier) == before, timeout=READ_MS)
    window.run("redo")
    qtbot.waitUntil(lambda: order(store, dossier) == after, timeout=READ_MS)


def test_a_whole_feed_is_taken_back_and_used_again(qtbot, desk_at, store, dossier):
    window = desk_at(f"sheets={intake.next_sheet(store, dossier.id) + 1}")
    counter, before = window.counter, order(store, dossier)
    window.run("scan")
    fed(qtbot, counter)
    fed_too = order(store, dossier)
    assert len(fed_too) == len(before) + 2
    fresh = [dossiers.page(store, page) for page in fed_too if page not in before]
    window.run("undo")
    qtbot.waitUntil(lambda: order(store, dossier) == before, timeout=READ_MS)
    qtbot.waitUntil(lambda: {p.id for p in counter.view.aside} >= {p.id for p in fresh},
                    timeout=WAIT_MS)  # fmt: skip
    window.run("redo")
    qtbot.waitUntil(lambda: order(store, dossier) == fed_too, timeout=READ_MS)
    assert [dossiers.page(store, page.id).sha256 for page in fresh] == [p.sha256 for p in fresh]
    assert all(store.blobs.exists(page.sha256) for page in fresh)


def test_the_only_feed_taken_back_leaves_its_pages_restorable(qtbot, desk_at, store):
    made = dossiers.create(store, "H49.64-261120-0301", "permanent_residence", demonstration=True)
    window = desk_at("fault=jam@2")
    counter = window.counter
    counter.open_dossier(made.id)
    qtbot.waitUntil(lambda: counter.dossier_id == made.id and counter.view is not None,
                    timeout=WAIT_MS)  # fmt: skip
    window.run("scan")
    fed(qtbot, counter)
    (page,) = order(store, made)
    window.run("undo")
    qtbot.waitUntil(lambda: order(store, made) == [], timeout=READ_MS)
    qtbot.waitUntil(lambda: [p.id for p in counter.view.aside] == [page], timeout=WAIT_MS)
    counter._go_to_page(page)
    window.run("restore")
    qtbot.waitUntil(lambda: order(store, made) == [page], timeout=READ_MS)


def test_pages_are_inserted_behind_the_one_in_front(qtbot, desk_at, store, dossier):
    window = desk_at()
    before = order(store, dossier)
    window.counter._go_to_page("page-s01a")
    window.run("insert_here")
    fed(qtbot, window.counter)
    after = order(store, dossier)
    assert len(after) == len(before) + 2
    assert [after[0], *after[3:]] == before
    assert [e.op for e in edits.history(store, dossier.id)][-2:] == ["after", "after"]


def test_the_glass_gives_one_page(qtbot, desk_at, store, dossier):
    window = desk_at("sheets=20")
    window.run("flatbed")
    fed(qtbot, window.counter)
    assert len(dossiers.pages(store, dossier.id, readings=False)) == 7
    job = dossiers.last_job(store, dossier.id)
    assert '"source":"glass"' in job["settings"].replace(" ", "")


def test_a_jam_names_the_sheet_and_the_same_key_goes_on(qtbot, launch, stack, store, window):
    made = dossiers.create(store, "H49.64-261120-0300", "permanent_residence", demonstration=True)
    window.close()
    desk = launch(device=f"simulated:{stack}?fault=jam@2")
    counter = desk.window.counter
    counter.open_dossier(made.id)
    qtbot.waitUntil(lambda: counter.view is not None, timeout=WAIT_MS)
    desk.window.run("scan")
    fed(qtbot, counter)
    (notice,) = desk.window.banners.notices
    assert "tờ 2" in notice.text
    assert "1 trang" in notice.text
    notice.run()
    fed(qtbot, counter)
    assert [p.sheet for p in dossiers.pages(store, made.id, readings=False)] == [1, 2]
    assert [n for n in desk.window.banners.notices if n.tone == "bad"] == []


def test_what_the_scanner_cannot_do_is_said(qtbot, desk_at):
    window = desk_at()
    counter = window.counter
    counter.profiles.choose("duplex300")
    window.run("scan")
    qtbot.waitUntil(lambda: counter.feeder.is_feeding, timeout=WAIT_MS)
    qtbot.waitUntil(
        lambda: any("khay nạp hai mặt" in n.text for n in window.banners.notices), timeout=WAIT_MS
    )
    qtbot.waitUntil(lambda: not counter.feeder.is_feeding, timeout=READ_MS)


def test_a_locked_profile_is_shown_as_such(qtbot, data, desk_at):
    folder = data / "scan_profiles"
    folder.mkdir(parents=True)
    (folder / "province.toml").write_text(
        'name = { vi = "Của tỉnh", en = "Of the province" }\nlocked = true\nkey = "F9"\n',
        encoding="utf-8",
    )
    window = desk_at()
    profiles = window.counter.profiles
    texts = {a.data(): a.text() for a in profiles.menu.actions()}
    assert texts["province"] == "Của tỉnh · đã khóa\tF9"
    assert profiles.keys["F9"].id == "province"
    assert profiles.flatbed.id == "glass300"
    profiles.choose("province")
    assert "Của tỉnh · đã khóa" in window.counter.work.profile.text()


def test_pages_a_minute():
    rate = Rate()
    assert rate.per_minute(0.0) is None
    for second in range(10):
        rate.add(float(second))
    assert rate.per_minute(9.0) == 60
    assert rate.per_minute(100.0) is None  # nothing landed for a long time


def page(sheet, side="front"):
    return Page(f"{sheet}{side}", "d", 0, sheet, side, "0" * 64, "image/jpeg", 10, 10, 300)


def test_going_on_after_a_fault_within_a_sheet():
    sides = [page(1), page(1, "back"), page(2)]
    torn = ScanReport("j", "fault", fault=make_fault("COMM_LOST", sheet=2), pages=sides)
    assert feeding.going_on(Request("d"), torn).first_sheet == 2
    whole = ScanReport("j", "fault", fault=make_fault("COMM_LOST", sheet=2),
                       pages=[*sides, page(2, "back")])  # fmt: skip
    assert feeding.going_on(Request("d"), whole).first_sheet is None
    jam = ScanReport("j", "fault", fault=make_fault("PAPER_JAM", sheet=2), pages=sides[:2])
    assert feeding.going_on(Request("d"), jam).first_sheet is None
    inserted = feeding.going_on(Request("d", "after", "p"), jam)
    assert inserted.page_id == "1back"
