"""The models behind the screens, each held by Qt's own tester."""

import json

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QAbstractItemModelTester

from desk_app.dossiers import catalog
from desk_app.gui import i18n
from desk_app.gui.models import labels, queue, snapshot, verification
from desk_app.gui.models.checklist import ROLE_STATE, ChecklistModel
from desk_app.gui.models.pictures import Thumbnails, picture_of, read_scaled
from desk_app.gui.models.queue import QueueModel
from desk_app.gui.models.verification import FilesModel, facts_of, state_of
from desk_app.paths import PROCEDURES
from desk_app.records import Text
from desk_app.store import dossiers
from tests.gui import builder

FATAL = QAbstractItemModelTester.FailureReportingMode.Fatal
TEXT = Qt.ItemDataRole.AccessibleTextRole


def view_of(store, dossier):
    return snapshot.read_dossier(
        store, catalog.load(PROCEDURES), snapshot.Readings(store), dossier.id
    )


@pytest.fixture
def thumbnails(qapp):
    loader = Thumbnails()
    yield loader
    loader.close()


@pytest.fixture
def checklist(thumbnails):
    return ChecklistModel(thumbnails)


# --- the checklist ----------------------------------------------------------------------------


def test_checklist_keeps_the_rules_of_models(store, dossier, checklist):
    tester = QAbstractItemModelTester(checklist, FATAL)
    checklist.show(view_of(store, dossier))
    checklist.set_page_columns(1)
    checklist.set_page_columns(4)
    checklist.show(None)
    assert tester.model() is checklist


def test_one_list_of_components_with_their_pages(store, dossier, checklist):
    checklist.show(view_of(store, dossier))
    heads = [
        checklist.index(row, 0).data() for row in range(checklist.rowCount())
        if checklist.index(row, 0).data()
    ]  # fmt: skip
    assert heads[:2] == ["Birth registration form", "Birth notification"]
    assert heads[-1] == "Set aside"
    assert [p.id for p in checklist.pages_in_order()][:3] == ["page-s01a", "page-s01b", "page-s03a"]
    where = checklist.index_of_page("page-s01b")
    assert (where.row(), where.column()) == (0, 2)


def test_a_long_paper_goes_on_in_the_next_row(store, dossier, checklist):
    checklist.show(view_of(store, dossier))
    checklist.set_page_columns(1)
    second = checklist.index_of_page("page-s01b")
    assert (second.row(), second.column()) == (1, 1)
    assert checklist.index(1, 0).data() is None
    assert not checklist.flags(checklist.index(1, 0))


def test_every_cell_speaks(store, dossier, checklist):
    checklist.show(view_of(store, dossier))
    for row in range(checklist.rowCount()):
        for column in range(checklist.columnCount()):
            index = checklist.index(row, column)
            if checklist.flags(index):
                assert index.data(TEXT), (row, column)


def test_missing_and_optional_are_words_and_not_green(store, dossier, checklist):
    view = view_of(store, dossier)
    checklist.show(view)
    states = {
        p.title.en: labels.line_state(p.key, p, p.pages) for p in view.papers if not p.document
    }
    assert all(s.tone != "ok" and s.word for s in states.values())
    optional = next(p for p in view.papers if not p.required and p.document is None)
    assert "optional" in labels.line_state(optional.key, optional, ()).word


def test_nothing_is_called_missing_before_the_pages_are_sorted(store, qapp):
    fresh = dossiers.create(store, "H49.64-261120-0200", "birth_registration")
    view = view_of(store, fresh)
    assert all(p.awaited for p in view.papers)
    assert {labels.line_state(p.key, p, ()).tone for p in view.papers} == {"muted"}


def test_an_unreadable_page_says_why(store, dossier):
    page = builder.page(store, dossier.id, "s09a", read=False)
    dossiers.save_failure(store, page.id, Text("Không đọc được.", "It cannot be read."))
    found = view_of(store, dossier).page(page.id)
    state = labels.page_state(found)
    assert (state.tone, state.word) == ("warn", "It cannot be read.")


def test_thumbnails_come_from_another_thread(qtbot, store, dossier, checklist, thumbnails):
    checklist.show(view_of(store, dossier))
    page = checklist.pages_in_order()[0]
    assert thumbnails.get(page.path, 0) is None
    with qtbot.waitSignal(thumbnails.ready, timeout=10_000):
        pass
    image = thumbnails.get(page.path, 0)
    assert image is not None
    assert 100 < max(image.width(), image.height()) <= 176


def test_a_picture_that_is_none(tmp_path):
    file = tmp_path / "x.jpg"
    file.write_bytes(b"no picture")
    assert read_scaled(file, 100).isNull()
    assert picture_of(read_scaled(file, 100), ("x", 0)).is_null


def test_copies_for_small_scales(qapp):
    from desk_app.gui.models.pictures import read_picture

    picture = read_picture(builder.FOLDER / "s01a.jpg")
    assert picture.half.width() == picture.full.width() // 2
    assert picture.quarter.width() == picture.full.width() // 4


# --- verification -----------------------------------------------------------------------------


def sign_three(store, dossier, tmp_path):
    pdf = builder.plain_pdf(tmp_path / "signed.pdf")
    ids = [d.id for d in dossiers.documents(store, dossier.id)]
    builder.signed(store, ids[0], pdf, builder.VALID)
    builder.signed(store, ids[1], pdf, builder.verdict("invalid", intact=False))
    unknown = builder.verdict("undetermined", trusted=False, standing="no_anchor",
                              revocation="not_checked")  # fmt: skip
    builder.signed(store, ids[2], pdf, unknown)


def test_files_stand_worst_first(store, dossier, tmp_path, qapp):
    sign_three(store, dossier, tmp_path)
    files = verification.read_files(store)
    assert [file.kind for file in files] == ["invalid", "undetermined", "valid"]
    model = FilesModel()
    tester = QAbstractItemModelTester(model, FATAL)
    model.show(files)
    model.show(files[:1])
    assert tester.model() is model
    assert model.index(0).data(TEXT).startswith("Invalid")


def test_only_valid_is_green(qapp):
    assert state_of("valid").tone == "ok"
    assert state_of("valid", noted=True).word == "Valid, with notes"
    for status in ("undetermined", "invalid", "unsigned", "something new", ""):
        assert state_of(status).tone != "ok", status


@pytest.mark.parametrize(
    "facts",
    [
        {},
        {"intact": None, "valid": None, "trusted": None, "revocation": "not_checked"},
        {"revocation": "unknown", "standing": "no_anchor", "trusted": False},
        {"timestamp": {"time": "2026-01-01T00:00:00+07:00", "intact": True, "trusted": False}},
        {"coverage": "unclear", "modification": {"code": "unknown", "vi": "?", "en": "?"}},
    ],
)
def test_what_is_not_known_is_never_green(facts, qapp):
    found = facts_of(facts)
    assert len(found) == 8
    assert all(fact.state.tone != "ok" for fact in found)
    assert all(fact.state.word and fact.title and fact.state.icon for fact in found)


def test_a_good_signature_is_green_in_every_fact(qapp):
    facts = facts_of(builder.VALID["signatures"][0]["facts"])
    assert {fact.state.tone for fact in facts} == {"ok"}


@pytest.mark.parametrize("code", ["form", "annotations", "description", "shown", "forbidden"])
def test_a_change_that_speaks_against_a_file_is_red(code, qapp):
    facts = builder.VALID["signatures"][0]["facts"]
    facts = {**facts, "modification": {"code": code, "vi": "đã bị đổi", "en": "it was changed"}}
    assert [fact.state.tone for fact in facts_of(facts)].count("bad") == 1


def test_a_demonstration_signature_is_named(store, dossier, tmp_path, qapp):
    sign_three(store, dossier, tmp_path)
    assert all(s.demonstration for f in verification.read_files(store) for s in f.signatures)


def test_a_verdict_from_an_empty_store_row(store, dossier, tmp_path, qapp):
    pdf = builder.plain_pdf(tmp_path / "signed.pdf")
    document = dossiers.documents(store, dossier.id)[0]
    builder.signed(store, document.id, pdf, {})
    (file,) = verification.read_files(store)
    assert file.kind == "undetermined"
    assert file.state.tone == "unknown"


# --- queue ------------------------------------------------------------------------------------

FAULT = {
    "code": "UNREACHABLE", "vi": "Không liên lạc được.", "en": "The store cannot be reached.",
    "next_vi": "Kiểm tra mạng.", "next_en": "Check the network.", "transient": True, "strikes": 0,
    "since": 1.0,
}  # fmt: skip


def test_the_queue_shows_what_needs_a_hand_first(store, dossier, qapp):
    ids = [d.id for d in dossiers.documents(store, dossier.id)]
    receipt = json.dumps({"key": "c" * 64, "sha256": "c" * 64, "size": 1, "raw": {},
                          "stored_at": "2026-08-23T14:02:10+07:00", "store": "local"})  # fmt: skip
    builder.queued(store, dossier.id, ids[0], "done", "c" * 64, receipt=receipt)
    builder.queued(store, dossier.id, ids[1], "waiting", "b" * 64, json.dumps(FAULT))
    builder.queued(store, dossier.id, ids[2], "dead", "a" * 64, json.dumps(FAULT))
    outbox = queue.read_outbox(store)
    assert [item.state for item in outbox.items] == ["dead", "waiting", "done"]
    assert (outbox.unsent, outbox.dead) == (1, 1)
    assert outbox.items[0].fault == "The store cannot be reached."
    assert "PHẠM" not in outbox.items[0].for_support
    model = QueueModel()
    tester = QAbstractItemModelTester(model, FATAL)
    model.show(outbox.items)
    model.show(())
    assert tester.model() is model


# --- words ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("iso", "shown"),
    [("2026-08-23", "23/08/2026"), ("1996", "1996"), ("", ""), ("23/8", "23/8")],
)
def test_dates_are_shown_day_first(iso, shown):
    assert i18n.show_date(iso) == shown


@pytest.mark.parametrize(
    ("typed", "kept"),
    [("23/8/2026", "2026-08-23"), ("31/02/2026", "31/02/2026"), ("Hà Nội", "Hà Nội")],
)
def test_typed_dates_are_kept_as_iso(typed, kept):
    assert i18n.read_date(typed) == kept


def test_names_sort_as_a_vietnamese_reader_expects():
    names = ["Ưng", "Đức", "An", "Dung", "Ơn", "Oanh", "Ánh", "Uyên", "Ẩn", "Đào", "Em"]
    key = i18n.collator().sortKey
    assert sorted(names, key=key) == [
        "An", "Ánh", "Ẩn", "Dung", "Đào", "Đức", "Em", "Oanh", "Ơn", "Uyên", "Ưng",
    ]  # fmt: skip


def test_states_have_words(qapp):
    for state in (*dossiers.ORDER, *dossiers.SIDE_STATES):
        assert labels.dossier_state(state).word != state
    assert labels.dossier_state("new state").tone == "unknown"


def test_every_state_role_has_word_and_symbol(store, dossier, checklist):
    checklist.show(view_of(store, dossier))
    for row in range(checklist.rowCount()):
        for column in range(checklist.columnCount()):
            state = checklist.index(row, column).data(ROLE_STATE)
            assert state is None or (state.word and state.icon)
