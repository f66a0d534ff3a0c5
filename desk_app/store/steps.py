"""The steps that page edits are made of, and the stacks of pages that they act on.

A step names pages by their ids and a place by the page before it, never by a number, so that a
page which lands meanwhile changes nothing of its meaning. Every step that is carried out gives the
steps that take it back; the same code edits the store and replays its journal.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from desk_app.errors import NotAllowed
from desk_app.store import refusals

ASIDE = "set_aside"
"""Decision: the page is kept and in no document."""
WHY = "aside"
"""Decision: why it is set aside: deleted, replaced, surplus or taken_back."""
TAKEN_BACK = "taken_back"
LAST_SHEET = 100_000
"""Sheets beyond it were fed into a place of their own: the count of the stack goes on without them,
so that a stack which is resumed meets no number that is taken."""


@dataclass(frozen=True, slots=True)
class Land:
    """A page came from a scanner or a file."""

    page: str
    dossier: str
    after: str | None
    """The page before it; None for the first place."""
    sheet: int
    side: str


@dataclass(frozen=True, slots=True)
class Put:
    """A page goes to a place in its own dossier or in another."""

    page: str
    dossier: str
    after: str | None
    sheet: int
    side: str


@dataclass(frozen=True, slots=True)
class Decide:
    """What someone says of a page; None takes the word back."""

    page: str
    key: str
    value: object


Step = Land | Put | Decide
_KINDS: dict[str, type[Land] | type[Put] | type[Decide]] = {
    "land": Land, "put": Put, "decide": Decide,
}  # fmt: skip


def as_list(step: Step) -> list[object]:
    """A step as plain data for the journal."""
    name = type(step).__name__.lower()
    return [name, *(getattr(step, each) for each in type(step).__dataclass_fields__)]


def from_list(data: list[object]) -> Step:
    """The step that `as_list` wrote."""
    return _KINDS[str(data[0])](*data[1:])  # type: ignore[arg-type]


@dataclass(slots=True)
class Stacks:
    """The pages of some dossiers in their order, set aside or not, and what was decided of them."""

    order: dict[str, list[str]] = field(default_factory=dict)
    """Page ids by dossier."""
    sheets: dict[str, tuple[int, str]] = field(default_factory=dict)
    """Sheet and side by page."""
    decided: dict[str, dict[str, object]] = field(default_factory=dict)

    def apply(self, step: Step) -> tuple[Step, ...]:
        """Carry out a step and return what takes it back.

        Raises:
            NotAllowed: The page, or the page before its place, is not there.
        """
        match step:
            case Land(page, dossier, after, sheet, side):
                self._insert(page, dossier, after)
                self.sheets[page] = sheet, side
                self.decided.setdefault(page, {})
                return Decide(page, ASIDE, True), Decide(page, WHY, TAKEN_BACK)
            case Put():
                return (self._put(step),)
            case Decide(page, key, value):
                return (self._decide(page, key, value),)

    def apply_all(self, steps: Iterable[Step]) -> list[Step]:
        """Carry out steps in order and return what takes them back, in the order to do it."""
        back: list[Step] = []
        for step in steps:
            back[:0] = self.apply(step)
        return back

    def home(self, page: str) -> str:
        """The dossier that a page lies in."""
        for dossier, pages in self.order.items():
            if page in pages:
                return dossier
        raise NotAllowed(f"page {page} is not here", detail_vi=f"trang {page} không có ở đây")

    def before(self, page: str) -> str | None:
        """The page before a page; None for the first."""
        pages = self.order[self.home(page)]
        place = pages.index(page)
        return pages[place - 1] if place else None

    def _put(self, step: Put) -> Put:
        page = step.page
        if page == step.after:
            raise refusals.follows_itself()
        back = Put(page, self.home(page), self.before(page), *self.sheets[page])
        source = self.order[back.dossier]
        source.remove(page)
        try:
            self._insert(page, step.dossier, step.after)
        except NotAllowed:
            source.insert(source.index(back.after) + 1 if back.after else 0, page)
            raise
        self.sheets[page] = step.sheet, step.side
        return back

    def _insert(self, page: str, dossier: str, after: str | None) -> None:
        pages = self.order.setdefault(dossier, [])
        if after is not None and after not in pages:
            raise NotAllowed(
                f"the page before is gone: {after}",
                detail_vi=f"trang đứng trước đã chuyển đi: {after}",
            )
        pages.insert(pages.index(after) + 1 if after is not None else 0, page)

    def _decide(self, page: str, key: str, value: object) -> Decide:
        known = self.decided.setdefault(page, {})
        back = Decide(page, key, known.get(key))
        if value is None:
            known.pop(key, None)
        else:
            known[key] = value
        return back
