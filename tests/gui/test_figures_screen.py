"""The screen of figures: the same numbers as the commands give, by keyboard, in every period."""

import csv
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from PySide6.QtTest import QAbstractItemModelTester, QTest
from PySide6.QtWidgets import QFileDialog

from desk_app import paths
from desk_app.dossiers import figures_tables
from desk_app.gui import app as gui_app
from desk_app.gui.commands import FIGURES, SEARCH
from desk_app.gui.models import figures
from desk_app.gui.models.figures import FiguresModel, Period
from desk_app.settings import Settings
from desk_app.store.database import Store
from desk_app.store.figures import INDICATORS
from tests.dossiers import office
from tests.gui.conftest import WAIT_MS
from tests.gui.typing_keys import type_text


def busy(store):
    """Three dossiers: one whole with its result, one signed, one only received."""
    whole = office.fill(store, "H49.64-261120-0001", [
        office.paper("to-khai", "birth_registration_form", "form", full_name="Lê Thị Na"),
        office.paper("ket-qua", "birth_certificate"),
    ])  # fmt: skip
    office.sign(store, whole, done=True)
    part = office.fill(store, "H49.64-261120-0002", [
        office.paper("to-khai", "birth_registration_form", "form"),
    ])  # fmt: skip
    office.sign(store, part)
    office.fill(store, "H49.99-261120-0003", [office.paper("la")])


@pytest.fixture
def screen(qtbot, store, window):
    busy(store)
    return opened(qtbot, window)


def opened(qtbot, window):
    window.go(FIGURES)
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow, timeout=WAIT_MS)
    qtbot.waitUntil(lambda: window.figures.report is not None, timeout=WAIT_MS)
    return window.figures


def counted(qtbot, screen):
    """Wait for the figures of the period that is chosen."""
    qtbot.waitUntil(lambda: screen.report.period == screen.period, timeout=WAIT_MS)
    return screen.report.found


def test_a_key_leads_here_and_the_month_is_shown(qtbot, store, window, counter):
    QTest.keyClick(counter.work.list, Qt.Key.Key_6, Qt.KeyboardModifier.ControlModifier)
    screen = opened(qtbot, window)
    assert screen.period.kind == "month"
    assert screen.table.hasFocus()
    assert screen.cards.cards["received"].number.text() == "1"


def test_the_cards_say_what_the_commands_say(screen, store):
    total = screen.report.found.total
    cards = screen.cards.cards
    assert cards["received"].number.text() == "3"
    for name in INDICATORS:
        assert cards[name].number.text() == f"{total.percent(name):.2f} %".replace(".", ",")
        assert cards[name].detail.text().startswith(f"{getattr(total, name)} / 3")
    assert cards["digitized"].accessibleName().startswith(figures_tables.WORDS["digitized"][0])


def test_groups_by_key_and_the_table_is_the_files_table(screen):
    assert screen.model.rowCount() == 1  # one procedure
    QTest.keyClick(screen.table, Qt.Key.Key_G)
    assert (screen.group, screen.model.rowCount()) == ("office", 2)
    received = [screen.model.index(row, 1).data() for row in range(2)]
    assert received == ["2", "1"]
    spoken = screen.model.index(0, 1).data(Qt.ItemDataRole.AccessibleTextRole)
    assert spoken == f"{figures_tables.WORDS['received'][0]}: 2"
    for wanted in ("clerk", "day", "procedure"):
        QTest.keyClick(screen.table, Qt.Key.Key_G)
        assert screen.group == wanted


@pytest.mark.parametrize(
    ("key", "kind"),
    [(Qt.Key.Key_1, "today"), (Qt.Key.Key_2, "week"), (Qt.Key.Key_3, "month"),
     (Qt.Key.Key_4, "quarter")],
)  # fmt: skip
def test_periods_by_number(qtbot, screen, key, kind):
    QTest.keyClick(screen.table, key)
    found = counted(qtbot, screen)
    assert screen.period.kind == kind
    assert found.first <= date.today() <= found.last
    assert [k for k, button in screen._kinds.items() if button.isChecked()] == [kind]


def test_two_days_are_typed(qtbot, screen):
    QTest.keyClick(screen.table, Qt.Key.Key_5)
    assert screen.since.hasFocus()
    type_text(screen.since, "01/02/2025")
    screen.until.setText("")
    type_text(screen.until, "28/02/2025")
    QTest.keyClick(screen.until, Qt.Key.Key_Return)
    found = counted(qtbot, screen)
    assert (found.first, found.last) == (date(2025, 2, 1), date(2025, 2, 28))
    assert found.total.received == 0
    assert screen.nothing.text()
    assert screen.cards.cards["digitized"].number.text() == figures_tables.NOT_A_NUMBER


def test_days_the_wrong_way_round_change_nothing(qtbot, screen, window):
    QTest.keyClick(screen.table, Qt.Key.Key_5)
    before = screen.period
    screen.since.setText("28/02/2026")
    screen.until.setText("01/02/2026")
    QTest.keyClick(screen.until, Qt.Key.Key_Return)
    assert screen.period == before
    assert any("31/01/2026" in notice.detail for notice in window.banners.notices)


def test_the_period_before_and_after(qtbot, screen):
    this = screen.period
    QTest.keyClick(screen.table, Qt.Key.Key_Left, Qt.KeyboardModifier.AltModifier)
    assert counted(qtbot, screen).last == this.first - timedelta(days=1)
    QTest.keyClick(screen.table, Qt.Key.Key_Right, Qt.KeyboardModifier.AltModifier)
    assert counted(qtbot, screen).first == this.first


def test_figures_that_come_late_are_not_shown_for_another_period(qtbot, screen):
    late = screen.report
    screen._do_earlier()
    counted(qtbot, screen)
    screen._on_read(late)
    assert screen.report.period == screen.period != late.period


def test_screens_that_were_there_before_the_desk_was_open_fill_up(qtbot, data):
    desk = gui_app.Desk(data, Settings(theme="light", workers=1), resume=False)
    desk.show()
    for name in (SEARCH, FIGURES):
        desk.window.go(name)
    assert desk.station.desk is None
    qtbot.waitUntil(lambda: desk.window.figures.report is not None, timeout=WAIT_MS)
    desk.window.go(SEARCH)
    assert desk.window.search.bar.paper.count() > 1
    desk.close()


def test_an_empty_store_has_no_shares(qtbot, window):
    screen = opened(qtbot, window)
    assert screen.cards.cards["received"].number.text() == "0"
    assert screen.cards.cards["reused"].number.text() == figures_tables.NOT_A_NUMBER
    assert screen.model.rowCount() == 0
    assert screen.nothing.text()
    screen.grab()


def test_a_fault_is_a_notice_and_the_screen_stays(qtbot, screen, window, monkeypatch):
    from desk_app.errors import StorageError
    from desk_app.store import figures as counting

    def broken(*_args, **_options):
        raise StorageError("disk")

    monkeypatch.setattr(counting, "gather", broken)
    QTest.keyClick(screen.table, Qt.Key.Key_1)
    qtbot.waitUntil(lambda: bool(window.banners.notices), timeout=WAIT_MS)
    assert "disk" in window.banners.notices[0].text
    monkeypatch.undo()
    QTest.keyClick(screen.table, Qt.Key.Key_2)
    counted(qtbot, screen)


@pytest.mark.parametrize("suffix", ["csv", "xlsx", "html"])
def test_it_is_written_where_the_person_says(qtbot, screen, window, tmp_path, suffix):
    path = tmp_path / "ra" / f"so-lieu.{suffix}"
    screen.export_to(path)
    qtbot.waitUntil(path.is_file, timeout=WAIT_MS)
    qtbot.waitUntil(lambda: bool(window.banners.notices), timeout=WAIT_MS)
    assert window.banners.notices[0].detail == str(path)
    if suffix == "csv":
        rows = list(csv.reader(path.read_text(encoding="utf-8-sig").splitlines()))
        assert rows[1][3] == screen.cards.cards["received"].number.text()


def test_the_dialog_offers_the_exports_folder(qtbot, screen, data):
    folder = paths.exports_of(data)
    folder.mkdir()
    QTest.keyClick(screen.table, Qt.Key.Key_E, Qt.KeyboardModifier.ControlModifier)
    (dialog,) = screen.findChildren(QFileDialog)
    assert dialog.directory().absolutePath() == str(folder)
    assert dialog.selectedFiles()[0].endswith(".xlsx")
    dialog.filterSelected.emit(dialog.nameFilters()[2])
    assert dialog.defaultSuffix() == "csv"
    dialog.close()


def test_printing_opens_the_page_with_the_plots(qtbot, screen, window, data):
    QTest.keyClick(screen.table, Qt.Key.Key_P, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: bool(window.banners.notices), timeout=WAIT_MS)
    (page,) = paths.exports_of(data).glob("*.html")
    assert "<svg" in page.read_text(encoding="utf-8")
    assert window.banners.notices[0].action


def test_plots_have_words_for_those_who_do_not_see_them(screen):
    assert figures_tables.WORDS["received"][0] in screen.days.accessibleDescription()
    assert "%" in screen.bars.accessibleDescription()
    screen.days.grab()
    screen.bars.grab()
    assert len(screen.days._areas) == (screen.period.last - screen.period.first).days + 1


def test_the_model_keeps_qt_s_rules(qapp, screen):
    model = FiguresModel()
    QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal, model)
    for group in ("procedure", "office", "day", "clerk"):
        model.show(screen.report, group)
        model.show(screen.report, group)


# --- periods ----------------------------------------------------------------------------------


@given(st.dates(date(1, 2, 1), date(9998, 12, 1)), st.sampled_from(figures.KINDS[:4]))
def test_a_day_lies_in_its_period_and_periods_touch(day, kind):
    shown = figures.period(kind, day)
    assert shown.first <= day <= shown.last
    later = figures.beside(shown, 1)
    assert later.first == shown.last + timedelta(days=1)
    assert figures.beside(later, -1) == shown


@pytest.mark.parametrize(
    ("kind", "first", "last"),
    [("week", "2026-11-16", "2026-11-22"), ("month", "2026-11-01", "2026-11-30"),
     ("quarter", "2026-10-01", "2026-12-31"), ("today", "2026-11-22", "2026-11-22")],
)  # fmt: skip
def test_known_periods(kind, first, last):
    shown = figures.period(kind, date(2026, 11, 22))
    assert (shown.first.isoformat(), shown.last.isoformat()) == (first, last)


def test_the_end_of_time_is_the_end():
    first = Period("dates", date.min, date.min)
    assert figures.beside(first, -1) == first
    last = Period("dates", date(9999, 12, 1), date.max)
    assert figures.beside(last, 1) == last


def test_many_days_are_counted_by_the_store_and_drawn_by_the_last(qapp, tmp_path):
    """A year of days: the plot shows the last two months, empty days included."""
    from desk_app.dossiers import catalog, provinces

    start = datetime(2026, 1, 1, 9).astimezone()
    moment = [start]
    store = Store(tmp_path / "data", clock=lambda: moment[0])
    for day in range(0, 360, 3):
        moment[0] = start + timedelta(days=day)
        office.fill(store, f"H49.64-{moment[0]:%y%m%d}-0001", [])
    found, _ = figures_tables.gather(
        store, catalog.at(store.folder), provinces.at(store.folder), date(2026, 1, 1),
        date(2026, 12, 27),
    )  # fmt: skip
    shown = figures.columns_by_day(found, 62)
    assert (len(shown), sum(t.received for t in shown)) == (62, 20)
    assert shown[-1].key == "2026-12-27"
    store.close()
