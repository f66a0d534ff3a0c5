"""The archive's screen on real batches through the simulated feeder: one double feed, one jam."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from desk_app.gui.models import batch as reading
from desk_app.gui.models.batch import Tile
from desk_app.gui.models.contact import ROLE_TILE, ContactModel
from desk_app.gui.models.heat_map import COLUMNS, HeatModel
from desk_app.store import batches
from desk_app.store.batches import Plan
from tests.gui.conftest import WAIT_MS
from tests.simulators import pile

FEED_MS = 90_000
CTRL = Qt.KeyboardModifier.ControlModifier
TEXT = Qt.ItemDataRole.AccessibleTextRole


@pytest.fixture(scope="module")
def paper(tmp_path_factory):
    """Two dossiers of three sheets behind separators; sheet 3 is two at once, so one is short."""
    return pile.typical(tmp_path_factory.mktemp("pile"), 2, 3, double_at=3)


@pytest.fixture
def archive(qtbot, launch, paper):
    def archive(faults="", sheets=None):
        device = f"simulated:{paper.folder}?duplex=1{faults}"
        window = launch(device=device).window
        window.go("batch")
        screen = window.batch
        screen.start.code.setText("LO-7")
        screen.start.sheets.setValue(sheets or paper.sheets + 1)
        screen.start.separation.setCurrentIndex(0)
        QTest.keyClick(screen.start.code, Qt.Key.Key_Return)
        qtbot.waitUntil(lambda: screen.view is not None, timeout=WAIT_MS)
        window.activateWindow()
        return window

    return archive


def fed(qtbot, screen):
    qtbot.waitUntil(lambda: screen.feeder.is_feeding, timeout=WAIT_MS)
    qtbot.waitUntil(lambda: not screen.feeder.is_feeding, timeout=FEED_MS)


def counted(qtbot, screen, holds):
    qtbot.waitUntil(lambda: holds(screen.view.counted), timeout=WAIT_MS)


def test_a_pile_with_a_jam_and_a_double_feed_until_it_is_closed(
    qtbot, archive, paper, store, tmp_path
):
    window = archive(f"&fault=jam@{paper.sheets - 1}")
    screen = window.batch
    assert screen.work.count.verdict.property("chip") == "muted"
    QTest.keyClick(screen.work.sheet, Qt.Key.Key_F5)
    fed(qtbot, screen)
    (notice,) = [n for n in window.banners.notices if n.tone == "bad"]
    assert f"tờ {paper.sheets - 1}" in notice.text
    counted(qtbot, screen, lambda n: n.sheets_fed == paper.sheets - 2)
    QTest.keyClick(screen.work.sheet, Qt.Key.Key_F5)
    fed(qtbot, screen)
    wrong = {"SHEETS", "DOUBLE_FEED"}  # one reading more may follow the end of the feed
    counted(qtbot, screen, lambda n: {d.code for d in n.differences} == wrong)
    assert screen.view.counted.sheets_fed == paper.sheets
    verdict = screen.work.count.verdict
    qtbot.waitUntil(lambda: verdict.property("chip") == "bad", timeout=WAIT_MS)

    QTest.keyClick(screen.work.sheet, Qt.Key.Key_N)
    assert screen.view.tile(screen._page_id).sheet == 3
    QTest.keyClick(screen.work.sheet, Qt.Key.Key_Return, CTRL)
    assert screen.work.ask.isVisible()  # it does not add up: the reason is asked for
    assert batches.find(store, "LO-7").state == "open"
    QTest.keyClick(screen.work.ask.reason, Qt.Key.Key_Escape)
    assert window.focusWidget() is screen.work.sheet
    QTest.keyClick(screen.work.sheet, Qt.Key.Key_Return)
    QTest.keyClick(screen.work.ask.reason, Qt.Key.Key_Return)
    counted(qtbot, screen, lambda n: {d.code for d in n.differences} == {"SHEETS"})

    QTest.keyClick(screen.work.sheet, Qt.Key.Key_Return, CTRL)
    QTest.keyClick(screen.work.ask.reason, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: batches.find(store, "LO-7").state == "closed", timeout=WAIT_MS)
    assert batches.find(store, "LO-7").closing_reason
    qtbot.waitUntil(lambda: not window.actions_["feed_batch"].isEnabled(), timeout=WAIT_MS)


def test_sheets_are_listed_rejected_divided_and_mended(qtbot, archive, paper, store):
    window = archive(sheets=paper.sheets)
    screen = window.batch
    window.run("feed_batch")
    fed(qtbot, screen)
    counted(qtbot, screen, lambda n: n.dossiers == 2 and n.sheets_fed == paper.sheets)
    screen._choose(screen.view.of_sheet(7))
    QTest.keyClick(screen.work.sheet, Qt.Key.Key_X)
    qtbot.waitUntil(lambda: len(screen.view.issues) == 2, timeout=WAIT_MS)
    assert [issue.code for issue in screen.view.issues] == ["DOUBLE_FEED", "REJECTED"]
    window.run("rescan_list")
    qtbot.waitUntil(lambda: any(n.detail.endswith(".pdf") for n in window.banners.notices),
                    timeout=WAIT_MS)  # fmt: skip

    tile = screen.view.of_sheet(8)
    assert tile.dossier == pile.code(2)
    screen._choose(tile)
    QTest.keyClick(screen.work.sheet, Qt.Key.Key_F7)
    assert screen.work.ask.reason.currentText() == pile.code(3)
    QTest.keyClick(screen.work.ask.reason, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: screen.view.of_sheet(8).dossier == pile.code(3), timeout=WAIT_MS)
    assert screen.view.of_sheet(7).dossier == pile.code(2)
    window.run("batch_undo")
    qtbot.waitUntil(lambda: screen.view.of_sheet(8).dossier == pile.code(2), timeout=WAIT_MS)

    page = screen.view.of_sheet(8).page_id
    screen._choose(screen.view.tile(page))
    QTest.keyClick(screen.work.sheet, Qt.Key.Key_Delete)
    qtbot.waitUntil(lambda: screen.view.tile(page).aside, timeout=WAIT_MS)
    window.run("batch_undo")
    qtbot.waitUntil(lambda: not screen.view.tile(page).aside, timeout=WAIT_MS)

    screen._choose(screen.view.of_sheet(7))
    window.run("rescan_batch")
    fed(qtbot, screen)
    qtbot.waitUntil(lambda: "REJECTED" not in {i.code for i in screen.view.issues},
                    timeout=WAIT_MS)  # fmt: skip


def test_put_away_and_taken_up_at_another_time(qtbot, archive, paper, store):
    window = archive()
    screen = window.batch
    window.run("suspend")
    qtbot.waitUntil(lambda: batches.find(store, "LO-7").state == "suspended", timeout=WAIT_MS)
    qtbot.waitUntil(lambda: screen.start.list.count() == 1, timeout=WAIT_MS)
    assert screen.start.isVisible()
    screen.start.list.itemActivated.emit(screen.start.list.item(0))
    qtbot.waitUntil(lambda: screen.view is not None, timeout=WAIT_MS)
    assert batches.find(store, "LO-7").state == "open"


def test_a_wrong_declaration_is_said_beside_it(qtbot, launch, store):
    batches.create(store, "LO-1", Plan(5), "lan", "ban-1")
    window = launch().window
    window.go("batch")
    for code in ("LO-1", "A/B"):
        window.batch.start.code.setText(code)
        QTest.keyClick(window.batch.start.code, Qt.Key.Key_Return)
        qtbot.waitUntil(lambda: window.batch.start._hint.isVisible(), timeout=WAIT_MS)
        window.batch.start.show_hint("")
    assert window.batch.view is None


def test_a_feed_that_was_cut_off_is_told_when_the_batch_is_opened(qtbot, archive, store, paper):
    window = archive()
    screen = window.batch
    window.run("feed_batch")
    fed(qtbot, screen)
    counted(qtbot, screen, lambda n: n.sheets_fed == paper.sheets)
    tray = screen.view.batch.tray_id
    with store.transaction() as change:
        change.conn.execute("UPDATE scan_job SET reason = 'interrupted' WHERE dossier_id = ?",
                            (tray,))  # fmt: skip
    screen._do_new_batch()
    screen.open_batch("LO-7")
    qtbot.waitUntil(lambda: screen.view is not None, timeout=WAIT_MS)
    qtbot.waitUntil(lambda: any("gián đoạn" in n.text for n in window.banners.notices),
                    timeout=WAIT_MS)  # fmt: skip


def tiles(tmp_path, number, **facts):
    return [
        Tile(f"p{n}", tmp_path / "none.jpg", n + 1, "front", 100, 140, 0, None, False, "",
             f"H-{n // 3}", n // 3, n % 3 == 0, checked=True,
             **{k: v(n) for k, v in facts.items()})
        for n in range(number)
    ]  # fmt: skip


def test_worst_first_and_back(qapp, window, tmp_path):
    model = ContactModel(window._station.thumbnails)
    found = tiles(tmp_path, 6, problems=lambda n: ("skewed",) if n == 2 else
                  ("blurred", "clipped") if n == 4 else ())  # fmt: skip
    model.show(found)
    model.sort_by(worst_first=True)
    order = [model.index(n).data(ROLE_TILE).sheet for n in range(6)]
    assert order[:2] == [5, 3]
    assert "Tờ 5" in model.index(0).data(TEXT)
    model.sort_by(worst_first=False)
    assert [model.index(n).data(ROLE_TILE).sheet for n in range(6)] == [1, 2, 3, 4, 5, 6]


def test_pages_that_land_do_not_move_what_is_shown(qtbot, window, tmp_path):
    model = ContactModel(window._station.thumbnails)
    found = tiles(tmp_path, 9)
    model.show(found[:4])
    with qtbot.assertNotEmitted(model.modelReset), qtbot.waitSignal(model.rowsInserted):
        model.show(found)
    assert model.rowCount() == 9


def test_the_map_counts_and_leads_to_the_worst(qapp, tmp_path):
    model = HeatModel()
    model.show(tiles(tmp_path, 9, problems=lambda n: ("blurred",) if n in (3, 4) else (),
                     skew_deg=lambda n: float(n)))  # fmt: skip
    assert (model.rowCount(), model.columnCount()) == (3, len(COLUMNS))
    cell = model.cell_at(model.index(1, 1))
    assert (cell.count, cell.total, cell.worst.sheet) == (2, 3, 5)
    assert "2" in model.index(1, 1).data(TEXT)
    assert model.index(0, 1).data() == ""


def test_enter_on_the_map_opens_the_page(qtbot, archive, paper):
    window = archive()
    screen = window.batch
    window.run("feed_batch")
    fed(qtbot, screen)
    qtbot.waitUntil(lambda: screen.work.heat.rowCount() == 2, timeout=WAIT_MS)
    window.run("heat_map")
    assert screen.work.map.hasFocus()
    size = next(n for n, (problems, *_) in enumerate(COLUMNS) if "size" in problems)
    screen.work.map.setCurrentIndex(screen.work.heat.index(0, size))
    assert screen.work._cell.text()
    QTest.keyClick(screen.work.map, Qt.Key.Key_Return)
    assert screen.view.tile(screen._page_id).sheet == 3
    assert screen.work.sheet.hasFocus()


def test_a_tray_is_no_dossier_of_the_counter(qtbot, store, launch):
    batches.create(store, "LO-1", Plan(5), "lan", "ban-1")
    from desk_app.gui.models import snapshot

    assert snapshot.read_recent(store) == []
    assert [b.code for b in reading.read_known(store)] == ["LO-1"]
