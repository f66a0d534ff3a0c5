"""Edits of pages: each has an exact inverse, is journalled, and never touches a master picture."""

import json
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from desk_app.capture import replay
from desk_app.errors import NotAllowed, NotFound
from desk_app.records import Page
from desk_app.store import audit, dossiers, edits
from desk_app.store.database import Store
from desk_app.store.edits import Place
from desk_app.store.steps import Decide, Land, Put, Stacks, as_list, from_list

CODES = ("H49.64-261122-0001", "H49.64-261122-0002")


@pytest.fixture
def store(tmp_path):
    store = Store(tmp_path / "data")
    yield store
    store.close()


def add(store, dossier, name, sheet=1, side="front", job="job"):
    sha256 = store.blobs.put_bytes(name.encode())
    page = Page(name, dossier.id, 0, sheet, side, sha256, "image/jpeg", 10, 20, 300)
    assert dossiers.add_page(store, page, len(name), job)


def stack(store, names="abcd", code=CODES[0]):
    dossier = dossiers.create(store, code, "birth_registration")
    for sheet, name in enumerate(names, start=1):
        add(store, dossier, name, sheet)
    return dossier


def begin(store, dossier, job, place):
    folder = store.spool / job
    dossiers.begin_job(store, job, dossier.id, "simulated:", folder, {"first_sheet": 1}, place)


def order(store, dossier):
    return "".join(p.id for p in dossiers.pages(store, dossier.id))


def used(store, dossier):
    return "".join(p.id for p in dossiers.pages(store, dossier.id) if not p.set_aside)


def everything(store):
    """All that edits may change, as it lies in the store; positions count as ranks."""
    rows = store.rows("SELECT * FROM page ORDER BY dossier_id, position, id")
    return [
        (r["dossier_id"], r["id"], r["sheet"], r["side"], r["clerk"], r["sha256"]) for r in rows
    ]


def replayed_alike(store):
    """The journal of edits gives the pages, decisions and sheets that the store holds."""
    wrong = {"edit", "order", "decision", "sheet", "picture"}
    return not [d for d in replay.run(store, hash_pictures=True).differences if d.code in wrong]


def test_pages_move_together_in_the_order_given(store):
    dossier = stack(store)
    seq = edits.move_pages(store, ["d", "b"], None)
    assert order(store, dossier) == "dbac"
    edits.undo(store, seq)
    assert order(store, dossier) == "abcd"
    edits.redo(store, seq)
    assert order(store, dossier) == "dbac"
    edits.undo(store, seq)
    assert order(store, dossier) == "abcd"


def test_a_deleted_page_stays_in_its_place_and_comes_back(store):
    dossier = stack(store)
    edits.delete(store, ["b", "c"])
    assert (order(store, dossier), used(store, dossier)) == ("abcd", "ad")
    assert dossiers.decisions(store, "b")["aside"] == edits.DELETED
    edits.restore(store, ["b"])
    assert used(store, dossier) == "abd"


def test_turn_split_and_merge_are_decisions(store):
    stack(store)
    edits.rotate(store, {"a": 450})
    edits.split(store, "b")
    seq = edits.merge(store, "b")
    assert dossiers.decisions(store, "a") == {"rotation": 90}
    assert dossiers.decisions(store, "b") == {"first": False}
    edits.undo(store, seq)
    assert dossiers.decisions(store, "b") == {"first": True}


def test_a_rescan_takes_the_page_s_place_sheet_and_decisions(store):
    dossier = stack(store)
    dossiers.decide(store, "b", first=True, type="citizen_card", rotation=90)
    begin(store, dossier, "again", Place("replace", ("b",), 4))
    add(store, dossier, "x", 5, job="again")
    add(store, dossier, "y", 5, "back", job="again")
    assert (order(store, dossier), used(store, dossier)) == ("abxycd", "axycd")
    assert dossiers.page(store, "x").sheet == 2
    assert dossiers.decisions(store, "x") == {"first": True, "type": "citizen_card"}
    assert dossiers.decisions(store, "b")["aside"] == edits.REPLACED
    assert edits.undo_job(store, "again") == 2
    assert used(store, dossier) == "abcd"
    assert edits.redo_job(store, "again") == 2
    assert used(store, dossier) == "axycd"
    assert replayed_alike(store)


def test_both_sides_are_replaced_in_their_order(store):
    dossier = stack(store, "")
    for name, side in (("a", "front"), ("b", "back"), ("c", "front")):
        add(store, dossier, name, 1 if name < "c" else 2, side)
    begin(store, dossier, "again", Place("replace", ("a", "b"), 2))
    add(store, dossier, "x", 3, "front", "again")
    assert used(store, dossier) == "xbc"  # a jam here leaves the old back in use
    add(store, dossier, "y", 3, "back", "again")
    assert used(store, dossier) == "xyc"
    assert [(p.sheet, p.side) for p in dossiers.pages(store, dossier.id) if not p.set_aside] == [
        (1, "front"), (1, "back"), (2, "front"),
    ]  # fmt: skip


@pytest.mark.parametrize(("op", "page", "expected"), [
    ("before", "a", "xyabcd"), ("before", "c", "abxycd"), ("after", "d", "abcdxy"),
    ("after", "a", "axybcd"),
])  # fmt: skip
def test_an_inserted_scan_keeps_its_own_order(store, op, page, expected):
    dossier = stack(store)
    begin(store, dossier, "more", Place(op, (page,), 4))
    add(store, dossier, "x", 5, job="more")
    add(store, dossier, "y", 6, job="more")
    assert order(store, dossier) == expected


def test_a_page_goes_to_another_dossier_and_back(store):
    first, second = stack(store), stack(store, "xy", CODES[1])
    before = everything(store)
    seq = edits.move_pages(store, ["b", "c"], "x", second.id)
    assert (order(store, first), order(store, second)) == ("ad", "xbcy")
    assert [p.sheet for p in dossiers.pages(store, second.id)] == [1, 3, 4, 2]
    later = edits.delete(store, ["b"])
    with pytest.raises(NotAllowed):
        edits.undo(store, seq)  # the later edit lies in another dossier's history
    edits.undo(store, later)
    edits.undo(store, seq)
    assert everything(store) == before


def test_only_the_last_word_on_a_page_is_taken_back(store):
    dossier = stack(store)
    first = edits.move_pages(store, ["a"], "d")
    second = edits.delete(store, ["a"])
    with pytest.raises(NotAllowed):
        edits.undo(store, first)
    edits.undo(store, second)
    with pytest.raises(NotAllowed):
        edits.undo(store, second)
    edits.undo(store, first)
    with pytest.raises(NotAllowed):
        edits.redo(store, edits.delete(store, ["b"]))
    assert [e.stands for e in edits.history(store, dossier.id) if e.op == "delete"] == [False, True]


@pytest.mark.parametrize("wrong", [
    lambda s: edits.move_pages(s, ["a"], "a"), lambda s: edits.move_pages(s, ["a"], "elsewhere"),
    lambda s: edits.move_pages(s, [], "a"), lambda s: edits.delete(s, ["a", "nobody"]),
    lambda s: edits.undo(s, 999),
])  # fmt: skip
def test_a_wrong_edit_changes_nothing(store, wrong):
    stack(store)
    before, events = everything(store), audit.verify(store.conn).records
    with pytest.raises((NotAllowed, NotFound)):
        wrong(store)
    assert everything(store) == before
    assert audit.verify(store.conn).records == events


def test_a_signed_dossier_is_not_edited_but_a_page_still_lands(store):
    dossier = stack(store)
    begin(store, dossier, "late", Place("replace", ("a",), 4))
    for state in dossiers.ORDER[1 : dossiers.ORDER.index("signed") + 1]:
        dossiers.move(store, dossier.id, state)
    with pytest.raises(NotAllowed):
        edits.delete(store, ["a"])
    add(store, dossier, "x", 5, job="late")
    assert used(store, dossier) == "abcdx"


def test_an_edit_leaves_no_archival_file_of_the_pages_as_they_were(store):
    dossier = stack(store)
    for state in ("scanning", "recognising", "to_check", "checked", "to_sign"):
        dossiers.move(store, dossier.id, state)
    store.conn.execute(
        "INSERT INTO document(id, dossier_id, ordinal, title, confidence, pdf_sha256) "
        "VALUES('D-a', ?, 1, 't', 1, 'f')", (dossier.id,),
    )  # fmt: skip
    edits.delete(store, ["a"])
    assert dossiers.find(store, dossier.id).state == "recognising"
    assert dossiers.document(store, "D-a").pdf_sha256 is None


def test_pages_of_an_earlier_version_enter_the_journal(tmp_path):
    from desk_app.store import migrations

    folder = tmp_path / "old"
    store = Store(folder)
    dossier = stack(store, "")
    for name in "ab":
        add(store, dossier, name, job="old")
    store.conn.execute("UPDATE page SET position = 9, clerk = '{\"first\":true}' WHERE id = 'a'")
    store.conn.execute("DELETE FROM page_edit")
    migrations._journal_what_is_there(store.conn)
    assert order(store, dossier) == "ba"
    assert replayed_alike(store)
    store.close()


# --- any sequence of edits --------------------------------------------------------------------

names = st.sampled_from("abcdef")
deeds = st.one_of(
    st.tuples(st.just("move"), st.lists(names, min_size=1, max_size=3, unique=True),
              st.none() | names, st.integers(0, 1)),
    st.tuples(st.sampled_from(["delete", "restore"]), st.lists(names, min_size=1, max_size=3)),
    st.tuples(st.sampled_from(["split", "merge", "turn"]), names),
    st.tuples(st.sampled_from(["undo", "redo"]), st.integers(0, 8)),
    st.tuples(st.just("scan"), st.sampled_from(["end", "before", "after", "replace"]), names),
)  # fmt: skip


def carry_out(store, homes, deed, done):
    match deed:
        case "move", pages, after, home:
            done.append(edits.move_pages(store, pages, after, homes[home].id))
        case ("delete" | "restore") as op, pages:
            done.append(getattr(edits, op)(store, pages))
        case ("split" | "merge") as op, page:
            done.append(getattr(edits, op)(store, page))
        case "turn", page:
            done.append(edits.rotate(store, {page: 90}))
        case ("undo" | "redo") as op, place:
            if done:
                getattr(edits, op)(store, done[place % len(done)])
        case "scan", op, page:
            dossier = dossiers.find(store, dossiers.page(store, page).dossier_id)
            job = f"job{len(store.rows('SELECT 1 FROM scan_job'))}"
            begin(store, dossier, job, Place(op, () if op == "end" else (page,), 50))
            for side in ("front", "back"):
                add(store, dossier, f"{job}{side}", 90, side, job)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(deeds, max_size=9))
def test_any_edits_replay_alike_and_each_is_taken_back_exactly(done_deeds):
    with tempfile.TemporaryDirectory() as folder:
        store = Store(Path(folder))
        homes = [stack(store, "abcd"), stack(store, "ef", CODES[1])]
        done, states = [], []
        for deed in done_deeds:
            before, count = everything(store), len(done)
            try:
                carry_out(store, homes, deed, done)
            except NotAllowed:
                assert everything(store) == before
            if len(done) > count:
                states.append((done[-1], before))
                after = everything(store)
                edits.undo(store, done[-1])
                assert everything(store) == before
                edits.redo(store, done[-1])
                assert everything(store) == after
        assert replayed_alike(store)
        assert audit.verify(store.conn).ok
        masters = {row["sha256"] for row in store.rows("SELECT sha256 FROM page")}
        assert all(store.blobs.path(sha256).is_file() for sha256 in masters)
        store.close()


steps = st.one_of(
    st.builds(
        Put,
        names,
        st.sampled_from("XY"),
        st.none() | names,
        st.integers(1, 9),
        st.sampled_from(["front", "back"]),
    ),
    st.builds(Decide, names, st.sampled_from(["first", "type"]), st.none() | st.booleans()),
)


@given(st.lists(steps, max_size=12))
def test_steps_and_their_inverses(wanted):
    stacks = Stacks()
    for place, name in enumerate("abcdef"):
        stacks.apply(Land(name, "X" if name < "d" else "Y", None, place, "front"))
    before = json.dumps([stacks.order, stacks.sheets, stacks.decided], sort_keys=True)
    back = []
    for step in wanted:
        try:
            back[:0] = stacks.apply(from_list(json.loads(json.dumps(as_list(step)))))
        except NotAllowed:
            continue
    stacks.apply_all(back)
    assert json.dumps([stacks.order, stacks.sheets, stacks.decided], sort_keys=True) == before
