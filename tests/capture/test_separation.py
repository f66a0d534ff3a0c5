"""Rules that divide a pile: a code never leaks into the next dossier, no page is dropped."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk_app.capture import separation
from desk_app.capture.separation import Leaf, Rules, Separator, divide, parse_separator
from desk_app.errors import UsageError

SEP = Separator("dossier", "A").payload
codes = st.text("ABCdef.-0123456789", min_size=1, max_size=20)
separators = st.one_of(
    st.builds(Separator, st.sampled_from(["dossier", "batch"]), codes), st.just(Separator("paper"))
)


@given(separators)
def test_a_separator_reads_as_it_was_written(which):
    assert parse_separator(which.payload) == which


@pytest.mark.parametrize("text", [
    "", "H49.64-261122-0001", "DESK1|H|", "DESK1|X|1", "DESK1|G|1", "desk1|H|1", "DESK1|H|1|2",
    "001186012345||Nguyễn Thị Lan|05031986|Nữ|Hà Nội|10052021",
])  # fmt: skip
def test_any_other_code_is_no_separator(text):
    assert parse_separator(text) is None


def sheets(*texts):
    return [Leaf(f"p{n}", n, "front", (text,) if text else ()) for n, text in enumerate(texts, 1)]


def told(division):
    return [(group.code, group.page_ids) for group in division.groups]


def test_a_code_ends_where_the_next_sheet_starts_anew():
    unread = "DESK1|H|A "  # two readings that disagree, see below
    pile = [*sheets(SEP, "", ""), Leaf("x", 4, "front", (SEP, "DESK1|H|B")), Leaf("y", 5, "front")]
    found = divide(pile, Rules())
    assert told(found) == [("A", ["p2", "p3"]), (None, ["y"])]
    assert [doubt.code for doubt in found.doubts] == ["SEPARATOR_TWO_CODES"]
    assert parse_separator(unread).code == "A"


def test_a_code_on_the_page_that_stays():
    rules = separation.load("receipt")
    pile = sheets("H49.64-261122-0001", "", "https://dvc.gov.vn/?id=H49.64-261122-0002", "",
                  "H49.64-261122-0002", "xH49.64-261122-0003")  # fmt: skip
    pile.append(Leaf("back", 6, "back", ("H49.64-261122-0007",)))
    assert told(divide(pile, rules)) == [
        ("H49.64-261122-0001", ["p1", "p2"]),
        ("H49.64-261122-0002", ["p3", "p4", "p5", "p6", "back"]),
    ]


def test_two_codes_on_a_page_are_nobody_s_and_end_the_one_before():
    first, second = "H49.64-261122-0001", "H49.64-261122-0002"
    pile = [*sheets(first), Leaf("both", 2, "front", (first, second)), Leaf("next", 3, "front")]
    found = divide(pile, separation.load("receipt"))
    assert told(found) == [(first, ["p1"]), (None, ["both", "next"])]
    assert [doubt.code for doubt in found.doubts] == ["TWO_CODES"]


def test_a_fixed_count_of_sheets_not_of_pages():
    pile = [Leaf(f"{n}{side}", n, side) for n in range(1, 6) for side in ("front", "back")]
    found = divide(pile, separation.load("sheets:2"), "LO-1")
    assert [(g.code, len(g.page_ids)) for g in found.groups] == [
        ("LO-1-0001", 4), ("LO-1-0002", 4), ("LO-1-0003", 2),
    ]  # fmt: skip


def test_by_hand_wins_over_every_rule():
    pile = sheets(SEP, "", "", "")
    pile[2] = Leaf("p3", 3, "front", starts="Z")
    assert told(divide(pile, Rules())) == [("A", ["p2"]), ("Z", ["p3", "p4"])]
    used_as_page = [Leaf("p1", 1, "front", (SEP,), starts="Z"), *sheets(SEP, "")[1:]]
    assert told(divide(used_as_page, Rules())) == [("Z", ["p1", "p2"])]


def test_a_paper_separator_stays_within_the_dossier():
    found = divide(sheets(SEP, "", Separator("paper").payload, "", ""), Rules())
    assert told(found) == [("A", ["p2", "p4", "p5"])]
    assert found.groups[0].papers == ["p4"]


def test_a_batch_header_is_checked():
    header = Separator("batch", "LO-1").payload
    assert divide(sheets(header, SEP, ""), Rules(), "LO-1").doubts == []
    other = divide(sheets(header, ""), Rules(), "LO-2")
    assert [doubt.code for doubt in other.doubts] == ["OTHER_BATCH"]
    assert told(other) == [(None, ["p2"])]


@given(st.lists(st.tuples(st.sampled_from([SEP, "DESK1|H|B", "DESK1|G|", "", "", "x"]),
                          st.booleans(), st.booleans()), max_size=12),
       st.sampled_from([Rules(), Rules(sheets_each=2), Rules(first_page_code="x")]))  # fmt: skip
def test_every_page_is_in_one_group_or_a_separator(pile, rules):
    leaves = []
    for n, (text, duplex, blank) in enumerate(pile):
        leaves.append(Leaf(f"{n}f", n, "front", (text,) if text else ()))
        if duplex:
            leaves.append(Leaf(f"{n}b", n, "back", blank=blank))
    found = divide(leaves, rules, "L")
    placed = [page for group in found.groups for page in group.page_ids]
    assert sorted([*placed, *found.separators]) == sorted(leaf.page_id for leaf in leaves)
    order = [leaf.page_id for leaf in leaves]
    assert placed == sorted(placed, key=order.index)


@pytest.mark.parametrize("name", ["", "nothing", "sheets:0", "sheets:x", "code:("])
def test_a_rule_that_is_none_is_refused(name):
    with pytest.raises(UsageError):
        separation.load(name)
