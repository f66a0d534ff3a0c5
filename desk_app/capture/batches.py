"""Does a batch add up? What was declared, what was fed, what became of every side of every sheet.

    sheets declared = sheets fed
    images in use   = sheets fed × sides − set aside − separators

A difference is named with the sheets that it concerns, and with what could explain it; it keeps
the batch from being closed without a reason.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from statistics import median

from desk_app.records import Text
from desk_app.store.batches import Issue, Plan, SheetSide
from desk_app.store.steps import LAST_SHEET

GONE = frozenset({"replaced", "taken_back", "surplus"})
"""Set aside because another page stands for the same side."""
DOUBLE_FEED, SHORT_PAGE = "DOUBLE_FEED", "SHORT_PAGE"
LARGE_DOSSIER, UNREAD_SEPARATOR = "DOSSIER_LARGE", "SEPARATOR_UNREAD"


@dataclass(frozen=True, slots=True)
class SizeRules:
    """When a page's size is out of the ordinary. Judged against the pile that it lies in."""

    length_mm: float = 12.0
    """Longer than the pile by this: two sheets that overlap. Shorter: torn, folded or slipped."""
    width_mm: float = 8.0
    """Another width is another paper, not two sheets."""
    usual_share: float = 0.7
    """Share of the pile that must have its usual size; a mixed pile tells nothing."""
    least_pages: int = 5


@dataclass(frozen=True, slots=True)
class Difference:
    """Something that does not add up."""

    code: str
    text: Text
    sheets: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Reckoning:
    """The count of a batch."""

    sheets_declared: int
    sheets_fed: int
    sides: int
    images: int
    """In use: neither set aside nor separators nor replaced."""
    set_aside: int
    separators: int
    replaced: int
    """Earlier pictures of sides that were scanned again; beside the count."""
    unassigned: int
    dossiers: int
    dossiers_declared: int | None
    differences: tuple[Difference, ...]

    @property
    def images_expected(self) -> int:
        """By the rule above."""
        return self.sheets_fed * self.sides - self.set_aside - self.separators

    @property
    def adds_up(self) -> bool:
        """Whether the batch may be closed without a reason."""
        return not self.differences


def reckon(plan: Plan, found: Sequence[SheetSide], issues: Sequence[Issue]) -> Reckoning:
    """Count a batch.

    Args:
        plan: What was declared.
        found: Every page of the batch, also those set aside.
        issues: What was noticed; open ones are differences too.
    """
    standing = [side for side in found if side.why not in GONE]
    pages = [side for side in standing if side.role != "separator"]
    in_use = [side for side in pages if not side.set_aside]
    counted = Reckoning(
        sheets_declared=plan.sheets_declared,
        sheets_fed=len({side.sheet for side in standing}),
        sides=plan.sides,
        images=len(in_use),
        set_aside=len(pages) - len(in_use),
        separators=len(standing) - len(pages),
        replaced=len(found) - len(standing),
        unassigned=sum(side.in_tray for side in in_use),
        dossiers=len({side.dossier_id for side in in_use if not side.in_tray}),
        dossiers_declared=plan.dossiers_declared,
        differences=(),
    )
    return replace(counted, differences=tuple(_differences(counted, standing, in_use, issues)))


def _differences(
    counted: Reckoning,
    standing: Sequence[SheetSide],
    in_use: Sequence[SheetSide],
    issues: Sequence[Issue],
) -> Iterator[Difference]:
    yield from _of_sheets(counted, issues)
    yield from _of_sides(counted.sides, standing)
    loose = tuple(sorted({side.sheet for side in in_use if side.in_tray}))
    if loose:
        yield Difference("UNASSIGNED", Text(
            f"{counted.unassigned} trang chưa thuộc hồ sơ nào: {_named(loose)}.",
            f"{counted.unassigned} pages belong to no dossier yet: {_named_en(loose)}.",
        ), loose)  # fmt: skip
    declared = counted.dossiers_declared
    if declared is not None and declared != counted.dossiers:
        yield Difference("DOSSIERS", Text(
            f"Khai {declared} hồ sơ, tách được {counted.dossiers}. Xem lại tờ phân cách.",
            f"{declared} dossiers were declared, {counted.dossiers} were found. Look at the "
            "separators.",
        ))  # fmt: skip
    for issue in issues:
        if issue.settled is None:
            yield Difference(issue.code, issue.text, (issue.sheet,))


def _of_sheets(counted: Reckoning, issues: Sequence[Issue]) -> Iterator[Difference]:
    missing = counted.sheets_declared - counted.sheets_fed
    if not missing:
        return
    suspects = tuple(sorted({i.sheet for i in issues if i.code == DOUBLE_FEED}))
    vi = f"Khai {counted.sheets_declared} tờ, đã quét {counted.sheets_fed}: "
    en = f"{counted.sheets_declared} sheets were declared, {counted.sheets_fed} fed: "
    if missing > 0:
        vi, en = vi + f"thiếu {missing} tờ.", en + f"{missing} missing."
        if suspects:
            vi += f" Nghi kéo chập: {_named(suspects)}."
            en += f" Possible double feed: {_named_en(suspects)}."
    else:
        vi, en = vi + f"thừa {-missing} tờ.", en + f"{-missing} too many."
    yield Difference("SHEETS", Text(vi, en), suspects)


def _of_sides(sides: int, standing: Iterable[SheetSide]) -> Iterator[Difference]:
    by_sheet: dict[int, Counter[str]] = {}
    for side in standing:
        by_sheet.setdefault(side.sheet, Counter())[side.side] += 1
    expected = {"front", "back"} if sides == 2 else {"front"}
    lacking = tuple(sorted(n for n, has in by_sheet.items() if not expected <= has.keys()))
    twice = tuple(sorted(n for n, has in by_sheet.items() if any(c > 1 for c in has.values())))
    surplus = tuple(sorted(n for n, has in by_sheet.items() if has.keys() - expected))
    numbers = {number for number in by_sheet if number <= LAST_SHEET}
    gaps = tuple(sorted(set(range(1, max(numbers, default=0) + 1)) - numbers))
    for code, sheets, vi, en in (
        ("NUMBER_GAP", gaps, "Chưa có ảnh", "There is no picture"),
        ("SIDE_MISSING", lacking, "Thiếu một mặt", "One side is missing"),
        ("SIDE_TWICE", twice, "Một mặt được quét hai lần", "One side was scanned twice"),
        ("SIDE_UNEXPECTED", surplus, "Lô một mặt nhưng có mặt sau",
         "A back in a single-sided batch"),
    ):  # fmt: skip
        if sheets:
            text = Text(f"{vi}: {_named(sheets)}.", f"{en}: {_named_en(sheets)}.")
            yield Difference(code, text, sheets)


def odd_sizes(found: Sequence[SheetSide], rules: SizeRules = SizeRules()) -> Iterator[Issue]:
    """Pages whose length stands out in their pile: two sheets that were drawn in together."""
    pile = [side for side in found if side.role != "separator" and side.why not in GONE]
    if len(pile) < rules.least_pages:
        return
    width, height = (median(side.size_mm[n] for side in pile) for n in (0, 1))
    usual = sum(
        abs(side.size_mm[0] - width) <= rules.width_mm
        and abs(side.size_mm[1] - height) <= rules.length_mm
        for side in pile
    )
    if usual < rules.usual_share * len(pile):
        return
    named: set[int] = set()
    for side in pile:
        longer = side.size_mm[1] - height
        same_paper = abs(side.size_mm[0] - width) <= rules.width_mm
        if same_paper and abs(longer) > rules.length_mm and side.sheet not in named:
            named.add(side.sheet)
            yield _odd(side, longer, height)


@dataclass(frozen=True, slots=True)
class GroupRules:
    """When a dossier is so large that a separator between two may have been missed."""

    least_groups: int = 5
    times: float = 4.0
    """Of the usual number of sheets, where nobody declared how many dossiers there are."""
    sheets: int = 20
    """And more than usual by as many."""
    times_if_short: float = 1.6
    """The same where fewer dossiers were found than declared."""


def odd_groups(
    groups: Sequence[tuple[str, int, int]], declared: int | None, rules: GroupRules = GroupRules()
) -> Iterator[Issue]:
    """Dossiers that may be two, because the separator between them was not recognised.

    Args:
        groups: First page, its sheet, and number of sheets of each dossier of the pile.
        declared: How many dossiers there should be; as many were found: nothing is suspect.
        rules: The limits.
    """
    if len(groups) < rules.least_groups or (declared is not None and len(groups) >= declared):
        return
    usual = median(sheets for _, _, sheets in groups)
    short = declared is not None
    most = usual * (rules.times_if_short if short else rules.times)
    if not short:
        most = max(most, usual + rules.sheets)
    for page_id, first, sheets in groups:
        if sheets > most:
            text = Text(
                f"Hồ sơ bắt đầu ở tờ {first} có {sheets} tờ, các hồ sơ khác khoảng {usual:.0f}: "
                "xem có sót tờ phân cách ở giữa.",
                f"The dossier that begins at sheet {first} has {sheets} sheets, others about "
                f"{usual:.0f}: look whether a separator was missed within it.",
            )
            yield Issue(LARGE_DOSSIER, first, text, page_id)


def _odd(side: SheetSide, longer: float, usual_mm: float) -> Issue:
    length = round(side.size_mm[1])
    if longer > 0:
        text = Text(
            f"Tờ {side.sheet} dài {length} mm, các tờ khác {usual_mm:.0f} mm: nghi kéo chập. "
            "Tách giấy và quét lại tờ này.",
            f"Sheet {side.sheet} is {length} mm long, the others {usual_mm:.0f} mm: possibly two "
            "sheets at once. Part them and scan this sheet again.",
        )
        return Issue(DOUBLE_FEED, side.sheet, text, side.page_id)
    text = Text(
        f"Tờ {side.sheet} chỉ dài {length} mm, các tờ khác {usual_mm:.0f} mm: xem có bị rách, gấp.",
        f"Sheet {side.sheet} is only {length} mm long, the others {usual_mm:.0f} mm: torn, folded?",
    )
    return Issue(SHORT_PAGE, side.sheet, text, side.page_id)


def _runs(sheets: Sequence[int]) -> str:
    """7, 12-15, 20."""
    runs: list[list[int]] = []
    for number in sheets:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ", ".join(f"{r[0]}-{r[-1]}" if len(r) > 1 else str(r[0]) for r in runs)


def _named(sheets: Sequence[int]) -> str:
    return f"tờ {_runs(sheets)}"


def _named_en(sheets: Sequence[int]) -> str:
    return f"sheet {_runs(sheets)}"
