"""Where pages go when they are dragged or moved by a key, on the real store and stages."""

import pytest
from PySide6.QtCore import QEvent, QMimeData, QPoint, QPointF, Qt
from PySide6.QtGui import QDragMoveEvent, QDropEvent, QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from desk_app.gui.models import moves
from desk_app.gui.models.checklist import ASIDE, MIME
from desk_app.gui.models.moves import Target
from desk_app.store import dossiers, edits
from tests.gui import builder
from tests.gui.conftest import WAIT_MS

ALT = Qt.KeyboardModifier.AltModifier


@pytest.fixture
def dossier(store):
    return builder.decided_birth_registration(store)


def papers_of(store, dossier):
    return [list(d.page_ids) for d in dossiers.documents(store, dossier.id)]


def drag(counter, page_id, line, behind=False, on=None):
    """A drag by the model's own calls, as the view makes them."""
    model = counter.work.model
    data = model.mimeData([model.index_of_page(page_id)])
    assert data.hasFormat(MIME)
    target = model.index_of_page(on) if on else model.index_of_line(line)
    assert model.canDropMimeData(data, Qt.DropAction.MoveAction, -1, -1, target)
    assert model.drop(data, target, behind=behind) is False  # the store moves it, not Qt


def drag_with_the_mouse(counter, page_id, on, *, behind):
    """The events that a window system sends while a page is dragged, to the view itself.

    Handed over directly: Qt delivers them only within a drag of the window system's own.
    """
    view, model = counter.work.list, counter.work.model
    held, under = model.index_of_page(page_id), view.visualRect(model.index_of_page(on))
    data = model.mimeData([held])
    at = QPointF(under.center() + QPoint(under.width() // 4 * (1 if behind else -1), 0))
    how = Qt.DropAction.MoveAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    move, drop = QDragMoveEvent(at.toPoint(), *how), QDropEvent(at, *how)
    view.dragMoveEvent(move)
    assert move.isAccepted()
    view.grab()  # the mark between the pages is painted
    view.dropEvent(drop)
    assert drop.isAccepted()


@pytest.mark.parametrize(("on", "behind", "wanted"), [
    ("page-s01a", False, [["page-s01b", "page-s01a"], ["page-s03a"], ["page-s06a", "page-s06b"]]),
    ("page-s03a", True, [["page-s01a"], ["page-s03a", "page-s01b"], ["page-s06a", "page-s06b"]]),
    ("page-s06a", True, [["page-s01a"], ["page-s03a"], ["page-s06a", "page-s01b", "page-s06b"]]),
])  # fmt: skip
def test_dragged_with_the_mouse(qtbot, counter, window, store, dossier, on, behind, wanted):
    before = papers_of(store, dossier)
    drag_with_the_mouse(counter, "page-s01b", on, behind=behind)
    qtbot.waitUntil(lambda: papers_of(store, dossier) == wanted, timeout=WAIT_MS)
    shown = [[page.id for page in paper.pages] for paper in counter.view.papers if paper.pages]
    qtbot.waitUntil(
        lambda: [[p.id for p in paper.pages] for paper in counter.view.papers if paper.pages]
        == wanted, timeout=WAIT_MS,
    )  # fmt: skip
    assert sum(map(len, shown)) == sum(map(len, before))  # none is lost on the way
    window.run("undo")
    qtbot.waitUntil(lambda: papers_of(store, dossier) == before, timeout=WAIT_MS)


def test_a_press_and_a_pull_begin_the_drag(counter, monkeypatch):
    """A real mouse on the real view: what it takes along is the page under it."""
    view, model = counter.work.list, counter.work.model
    taken = []
    monkeypatch.setattr(view, "startDrag", lambda _actions: taken.extend(
        model.page_at(index).id for index in view.selectedIndexes()))  # fmt: skip
    at = view.visualRect(model.index_of_page("page-s01b")).center()
    QTest.mousePress(view.viewport(), Qt.MouseButton.LeftButton, pos=at)
    for step in (5, 15, 30):
        place = QPointF(at + QPoint(step, step))
        QApplication.sendEvent(view.viewport(), QMouseEvent(
            QEvent.Type.MouseMove, place, QPointF(view.viewport().mapToGlobal(place.toPoint())),
            Qt.MouseButton.NoButton, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier,
        ))  # fmt: skip
    QTest.mouseRelease(view.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert taken[:1] == ["page-s01b"]


def test_nothing_can_be_dropped_beside_the_list_or_from_elsewhere(counter, store, dossier):
    view, before = counter.work.list, papers_of(store, dossier)
    foreign = QMimeData()
    foreign.setText("page-s01b")
    inside = view.visualRect(counter.work.model.index_of_page("page-s01a")).center()
    how = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    page = counter.work.model.mimeData([counter.work.model.index_of_page("page-s01b")])
    beside = QPoint(3, view.viewport().height() - 3)
    move = QDragMoveEvent(beside, Qt.DropAction.MoveAction, page, *how)
    view.dragMoveEvent(move)
    assert not move.isAccepted()
    for data, at in ((foreign, inside), (page, beside)):
        view.dropEvent(QDropEvent(QPointF(at), Qt.DropAction.MoveAction, data, *how))
    assert papers_of(store, dossier) == before


def test_dragged_within_a_paper_and_taken_back(qtbot, counter, window, store, dossier):
    before = papers_of(store, dossier)
    drag(counter, "page-s01b", None, on="page-s01a")
    moved = [["page-s01b", "page-s01a"], *before[1:]]
    qtbot.waitUntil(lambda: papers_of(store, dossier) == moved, timeout=WAIT_MS)
    window.run("undo")
    qtbot.waitUntil(lambda: papers_of(store, dossier) == before, timeout=WAIT_MS)
    window.run("redo")
    qtbot.waitUntil(lambda: papers_of(store, dossier) == moved, timeout=WAIT_MS)
    (edit,) = [e for e in edits.history(store, dossier.id) if e.op == "move"]
    assert edit.stands


def test_dragged_to_another_paper_it_becomes_part_of_it(qtbot, counter, store, dossier):
    drag(counter, "page-s01b", "D-page-s03a")
    wanted = [["page-s01a"], ["page-s03a", "page-s01b"], ["page-s06a", "page-s06b"]]
    qtbot.waitUntil(lambda: papers_of(store, dossier) == wanted, timeout=WAIT_MS)
    kinds = [d.type for d in dossiers.documents(store, dossier.id)]
    assert kinds == ["birth_registration_form", "birth_notification", "citizen_card"]


def test_the_first_page_dragged_away_leaves_its_paper_whole(qtbot, counter, store, dossier):
    drag(counter, "page-s06a", None, on="page-s03a", behind=True)
    wanted = [["page-s01a", "page-s01b"], ["page-s03a", "page-s06a"], ["page-s06b"]]
    qtbot.waitUntil(lambda: papers_of(store, dossier) == wanted, timeout=WAIT_MS)
    assert [d.type for d in dossiers.documents(store, dossier.id)][2] == "citizen_card"


def test_dropped_on_what_lies_aside_it_goes_aside(qtbot, counter, store):
    drag(counter, "page-s01b", ASIDE)
    qtbot.waitUntil(lambda: dossiers.page(store, "page-s01b").set_aside, timeout=WAIT_MS)


def test_dropped_on_a_missing_component_it_becomes_that(qtbot, counter, store, dossier):
    drag(counter, "page-s01b", "component:marriage_certificate")

    def component():
        found = {d.page_ids[0]: d.component for d in dossiers.documents(store, dossier.id)}
        return found.get("page-s01b")

    qtbot.waitUntil(lambda: component() == "marriage_certificate", timeout=WAIT_MS)


def test_alt_and_an_arrow_move_a_page(qtbot, counter, store, dossier):
    counter._go_to_page("page-s01a")
    QTest.keyClick(counter.work.list, Qt.Key.Key_Down, ALT)
    first = [["page-s01b", "page-s01a"], ["page-s03a"], ["page-s06a", "page-s06b"]]
    qtbot.waitUntil(lambda: papers_of(store, dossier) == first, timeout=WAIT_MS)
    qtbot.waitUntil(lambda: [p.id for p in counter.view.papers[0].pages] == first[0],
                    timeout=WAIT_MS)  # fmt: skip
    assert counter._page_id == "page-s01a"
    QTest.keyClick(counter.work.list, Qt.Key.Key_Down, ALT)
    second = [["page-s01b"], ["page-s01a", "page-s03a"], ["page-s06a", "page-s06b"]]
    qtbot.waitUntil(lambda: papers_of(store, dossier) == second, timeout=WAIT_MS)


@pytest.mark.parametrize("target", [
    Target("D-page-s01a", None), Target("loose"), Target("component:nothing"),
    Target("D-page-s01a", "page-s01a"),
])  # fmt: skip
def test_where_it_stands_it_stays(counter, target):
    assert moves.plan(counter.view, "page-s01a", target) is None
