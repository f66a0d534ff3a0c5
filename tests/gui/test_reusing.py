"""Stored papers at the counter: offered with their reason, taken and given back by key."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from desk_app.dossiers import completeness, reuse
from desk_app.gui.models import labels
from desk_app.store import dossiers, states
from tests.dossiers import office
from tests.gui import builder
from tests.gui.conftest import WAIT_MS

NUMBER = "022196999001"
PART = "birth_notification"


def store_certificate(store, tmp_path, code="H49.64-260101-0001", status="valid", pages=1):
    """An earlier dossier with the birth notification, signed; returns the paper's id."""
    made = office.fill(
        store, code, [office.paper("ring", PART, PART, mother_citizen_number=NUMBER)]
    )
    (paper,) = dossiers.documents(store, made.id)
    pdf = builder.plain_pdf(tmp_path / f"{code}.pdf", pages)
    builder.signed(store, paper.id, pdf, {**builder.VALID, "status": status})
    for state in ("checked", "to_sign", "signed"):
        states.move(store, made.id, state)
    return paper.id


@pytest.fixture
def person(store, dossier):
    """The mother's number is in the form of the open dossier, and the notification is missing."""
    (form, *_) = dossiers.documents(store, dossier.id)
    dossiers.set_field(store, form.id, "mother_citizen_number", NUMBER)
    papers = [paper for paper in dossiers.documents(store, dossier.id) if paper.component != PART]
    dossiers.save_assembly(
        store, dossier.id, papers, [("page-s03a", "clerk")], [builder.missing(component=PART)]
    )
    return dossier


@pytest.fixture
def at_the_gap(qtbot, store, person, tmp_path, window):
    """The counter, its missing paper in front."""

    def bring(count=1):
        window.counter.open_dossier(person.id)
        qtbot.waitUntil(lambda: window.counter.view is not None, timeout=WAIT_MS)
        window.activateWindow()
        qtbot.waitUntil(window.isActiveWindow, timeout=WAIT_MS)
        counter = window.counter
        qtbot.waitUntil(lambda: counter.view.standings is not None, timeout=WAIT_MS)
        QTest.keyClick(counter.work.list, Qt.Key.Key_F3)
        qtbot.waitUntil(lambda: counter._paper() is not None, timeout=WAIT_MS)
        assert counter._paper().component == PART
        assert counter.work.panel.offers.list.count() == count
        return counter

    return bring


def missing(store, person):
    return {f.component for f in dossiers.findings(store, person.id, open_only=True)}


def test_what_is_missing_is_counted(qtbot, at_the_gap):
    counter = at_the_gap(count=0)
    found = counter.view.standings
    assert (found.there, found.required) == (2, 3)
    assert "2/3" in counter.work._about.text()
    assert not counter.work.panel.offers.isVisible()


def test_an_offer_says_why_and_one_key_takes_it(qtbot, store, person, tmp_path, at_the_gap, window):
    paper = store_certificate(store, tmp_path)
    counter = at_the_gap()
    (text,) = [counter.work.panel.offers.list.item(0).text()]
    assert "H49.64-260101-0001" in text
    assert "số định danh" in text
    QTest.keyClick(counter.work.list, Qt.Key.Key_U)
    qtbot.waitUntil(lambda: PART in reuse.standing(store, person.id), timeout=WAIT_MS)
    taken = reuse.standing(store, person.id)[PART]
    assert (taken.document_id, taken.origin) == (paper, reuse.STORE)
    qtbot.waitUntil(lambda: counter.view.standings.there == 3, timeout=WAIT_MS)
    qtbot.waitUntil(lambda: not counter.view.exceptions, timeout=WAIT_MS)
    assert missing(store, person) == set()
    line = next(p for p in counter.view.papers if p.component == PART)
    assert line.standing.source.code == "H49.64-260101-0001"
    assert completeness.check(store, window._station.desk.catalog, person.id).is_complete


def test_undo_and_the_same_key_give_it_back(qtbot, store, person, tmp_path, at_the_gap, window):
    test_an_offer_says_why_and_one_key_takes_it(qtbot, store, person, tmp_path, at_the_gap, window)
    counter = window.counter
    QTest.keyClick(counter.work.list, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: not reuse.standing(store, person.id), timeout=WAIT_MS)
    qtbot.waitUntil(lambda: missing(store, person) == {PART}, timeout=WAIT_MS)
    QTest.keyClick(counter.work.list, Qt.Key.Key_Y, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: PART in reuse.standing(store, person.id), timeout=WAIT_MS)
    qtbot.waitUntil(lambda: counter._reusable() == "withdraw", timeout=WAIT_MS)
    QTest.keyClick(counter.work.list, Qt.Key.Key_U)
    qtbot.waitUntil(lambda: not reuse.standing(store, person.id), timeout=WAIT_MS)


def test_from_the_citizen_s_own_list(qtbot, store, person, tmp_path, at_the_gap):
    store_certificate(store, tmp_path)
    counter = at_the_gap()
    QTest.keyClick(counter.work.list, Qt.Key.Key_U, Qt.KeyboardModifier.ShiftModifier)
    qtbot.waitUntil(lambda: PART in reuse.standing(store, person.id), timeout=WAIT_MS)
    assert reuse.standing(store, person.id)[PART].origin == reuse.NATIONAL
    qtbot.waitUntil(lambda: counter.view.standings.absent[PART].source is not None,
                    timeout=WAIT_MS)  # fmt: skip
    assert counter.view.standings.absent[PART].source.national


def test_among_several_the_clerk_chooses(qtbot, store, person, tmp_path, at_the_gap):
    older = store_certificate(store, tmp_path, pages=1)
    store_certificate(store, tmp_path, "H49.64-260101-0002", pages=2)
    counter = at_the_gap(count=2)
    offers = counter.work.panel.offers
    QTest.keyClick(counter.work.list, Qt.Key.Key_U)
    assert offers.list.hasFocus()
    assert reuse.standing(store, person.id) == {}
    QTest.keyClick(offers.list, Qt.Key.Key_Down)
    assert offers.current.document_id == older
    QTest.keyClick(offers.list, Qt.Key.Key_Escape)
    assert counter.work.list.hasFocus()
    QTest.keyClick(counter.work.list, Qt.Key.Key_U)
    QTest.keyClick(offers.list, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: PART in reuse.standing(store, person.id), timeout=WAIT_MS)
    assert reuse.standing(store, person.id)[PART].document_id == older


def test_the_stored_paper_is_looked_at_before_it_is_taken(
    qtbot, store, person, tmp_path, at_the_gap
):
    store_certificate(store, tmp_path)
    counter = at_the_gap()
    qtbot.waitUntil(lambda: counter.work.view.has_picture, timeout=WAIT_MS)
    other = dossiers.find(store, "H49.64-260101-0001").id
    looks = "SELECT details FROM audit_event WHERE action = 'dossier.view' AND object = ?"
    assert ["reuse" in row["details"] for row in store.rows(looks, other)] == [True]
    QTest.keyClick(counter.work.list, Qt.Key.Key_Up)  # back to a paper of this dossier
    qtbot.waitUntil(lambda: counter._page_id is not None, timeout=WAIT_MS)
    assert not counter.work.panel.offers.isVisible()


def test_a_signature_that_does_not_hold_is_said_and_refused(
    qtbot, store, person, tmp_path, at_the_gap, window
):
    store_certificate(store, tmp_path, status="invalid")
    counter = at_the_gap()
    assert not counter.work.panel.offers._use.isEnabled()
    QTest.keyClick(counter.work.list, Qt.Key.Key_U)
    qtbot.waitUntil(lambda: bool(window.banners.notices), timeout=WAIT_MS)
    assert reuse.standing(store, person.id) == {}
    assert missing(store, person) == {PART}


def test_a_refused_offer_leaves_nothing_to_undo(qtbot, store, person, tmp_path, at_the_gap, window):
    test_a_signature_that_does_not_hold_is_said_and_refused(
        qtbot, store, person, tmp_path, at_the_gap, window
    )
    window.banners.clear()
    window.counter._do_undo()
    QTest.qWait(100)
    assert window.banners.notices == []


def test_nothing_is_offered_once_the_dossier_is_signed(qtbot, store, person, tmp_path, window):
    store_certificate(store, tmp_path)
    for state in ("checked", "to_sign", "signed"):
        states.move(store, person.id, state)
    window.counter.open_dossier(person.id)
    qtbot.waitUntil(lambda: window.counter.view is not None, timeout=WAIT_MS)
    qtbot.waitUntil(lambda: window.counter.view.standings is not None, timeout=WAIT_MS)
    index = window.counter.work.model.index_of_line(f"component:{PART}")
    window.counter.work.list.choose(index)
    assert not window.counter.work.panel.offers.isVisible()
    assert "reuse" not in {c.id for c in window.actions_.valid("counter")}


def test_an_excuse_is_shown_with_its_reason(qtbot, store, person, at_the_gap):
    counter = at_the_gap(count=0)
    dossiers.accept_finding(store, person.id, builder.missing(component=PART), "Công dân nộp sau")
    qtbot.waitUntil(
        lambda: counter.view.standings.absent[PART].status == "excused", timeout=WAIT_MS
    )
    counter.work.list.choose(counter.work.model.index_of_line(f"component:{PART}"))
    assert "Công dân nộp sau" in counter.work.panel._empty.text()


def test_a_key_says_that_a_paper_is_the_result(qtbot, store, person, at_the_gap, window):
    counter = at_the_gap(count=0)
    paper = next(p for p in counter.view.papers if p.component == "citizen_card")
    counter.work.list.choose(counter.work.model.index_of_line(paper.key))
    QTest.keyClick(counter.work.list, Qt.Key.Key_K)
    qtbot.waitUntil(lambda: counter.view.standings.results == {paper.document.id}, timeout=WAIT_MS)
    known = window._station.desk.catalog
    assert completeness.check(store, known, person.id).results == (paper.document.id,)
    shown = next(p for p in counter.view.papers if p.key == paper.key)
    assert labels.line_state(shown.key, shown, shown.pages).icon == "seal"
    QTest.keyClick(counter.work.list, Qt.Key.Key_K)
    qtbot.waitUntil(lambda: not counter.view.standings.results, timeout=WAIT_MS)


def test_offers_of_one_dossier_do_not_show_in_the_next(qtbot, store, person, tmp_path, at_the_gap):
    store_certificate(store, tmp_path)
    counter = at_the_gap()
    late = counter.reusing._found
    other = dossiers.create(store, "H49.64-261120-0999", "birth_registration")
    counter.open_dossier(other.id)
    qtbot.waitUntil(
        lambda: counter.view is not None and counter.view.dossier.id == other.id, timeout=WAIT_MS
    )
    counter.reusing._on_read(late)
    assert counter.view.standings is None or counter.view.standings.dossier_id == other.id
