"""Whether the papers of one dossier say the same about the same person."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from rapidfuzz import fuzz

from desk_app.recognition.checks import masked, names_differ
from desk_app.recognition.vietnamese import fold
from desk_app.records import Document, Field, Finding, Severity, Text

_SAME_PERSON = {"wife": "mother", "husband": "father", "agent": "requester"}
"""Roles on other papers under which parents and requester appear."""
_ROLES = {
    "child": ("Trẻ", "Child"),
    "mother": ("Mẹ", "Mother"),
    "father": ("Cha", "Father"),
    "requester": ("Người yêu cầu", "Requester"),
    "principal": ("Người ủy quyền", "Principal"),
    "deceased": ("Người đã chết", "The deceased"),
    "wife": ("Vợ", "Wife"),
    "husband": ("Chồng", "Husband"),
    "householder": ("Chủ hộ", "Head of household"),
    "owner": ("Chủ sở hữu", "Owner"),
    "seller": ("Bên chuyển nhượng", "Seller"),
    "buyer": ("Bên nhận chuyển nhượng", "Buyer"),
    "": ("Chủ thẻ căn cước", "Card holder"),
}
_OFFICIALS = frozenset(("old", "signer", "midwife", "representative"))
"""Each paper has its own: two signers do not contradict each other."""
_FACTS = {
    "full_name": ("họ tên", "name"),
    "citizen_number": ("số định danh", "citizen number"),
    "date_of_birth": ("ngày sinh", "date of birth"),
    "year_of_birth": ("năm sinh", "year of birth"),
}
_WEIGHT: dict[Severity, float] = {"info": 0.0, "warning": 2.0, "problem": 4.0}
_CREDIBLE = 0.55
"""A value read with less confidence accuses no other paper; the clerk sees it flagged anyway."""
_NEAR_NAME = 80.0
"""Likeness of two names (0 to 100) from which they may be one name, misread."""


@dataclass(frozen=True, slots=True)
class _Person:
    """What one paper says about one person."""

    document: Document
    role: str
    """child, mother, …; empty for the holder of a card."""
    facts: dict[str, Field]


def cross_check(documents: Sequence[Document]) -> tuple[Finding, ...]:
    """Compare names, citizen numbers and dates of birth between the papers of a dossier.

    Args:
        documents: With the fields read from each.

    Returns:
        One finding for each value that another paper contradicts, at the less certain of the two.
    """
    persons = [person for document in documents for person in _persons(document)]
    worst: dict[tuple[str, str, str], tuple[float, Finding]] = {}
    for one, other in combinations(persons, 2):
        if one.document.id == other.document.id or not _are_one(one, other):
            continue
        for fact, grade in _contradictions(one, other):
            weaker, surer = _by_certainty(one, other, fact)
            # A value that three papers contradict is one thing to look at, beside the surest.
            key = weaker.document.id, weaker.role, fact
            weight = _WEIGHT[grade] + surer.facts[fact].confidence
            if weight > worst.get(key, (-1.0, None))[0]:
                worst[key] = weight, _finding(fact, weaker, surer, grade)
    return tuple(finding for _, finding in worst.values())


def _persons(document: Document) -> Iterator[_Person]:
    """Group fields by the role before their name: mother_full_name, and so on."""
    grouped: dict[str, dict[str, Field]] = {}
    for field in document.fields:
        for fact in _FACTS:
            if field.name == fact or field.name.endswith(f"_{fact}"):
                role = field.name.removesuffix(fact).rstrip("_")
                grouped.setdefault(_SAME_PERSON.get(role, role), {})[fact] = field
    for role, facts in grouped.items():
        if (role or document.type == "citizen_card") and role not in _OFFICIALS:
            yield _Person(document, role, facts)


def _are_one(one: _Person, other: _Person) -> bool:
    """The same role is the same person; a card's holder is whoever shares number or name."""
    if one.role and one.role == other.role:
        return True
    if one.role and other.role:
        return False
    same = _same_value(one, other, "citizen_number")
    if same is not None and same:
        return True
    return _names_alike(one, other) and (same is None or _near_number(one, other))


def _by_certainty(one: _Person, other: _Person, fact: str) -> tuple[_Person, _Person]:
    if one.facts[fact].confidence <= other.facts[fact].confidence:
        return one, other
    return other, one


def _same_value(one: _Person, other: _Person, fact: str) -> bool | None:
    left, right = one.facts.get(fact), other.facts.get(fact)
    return left.value == right.value if left and right else None


def _near_number(one: _Person, other: _Person) -> bool:
    """Whether two numbers differ in few digits: more would be a namesake's."""
    left, right = one.facts["citizen_number"].value, other.facts["citizen_number"].value
    return len(left) == len(right) and sum(a != b for a, b in zip(left, right, strict=True)) <= 3


def _names_alike(one: _Person, other: _Person) -> bool:
    left, right = one.facts.get("full_name"), other.facts.get("full_name")
    if left is None or right is None:
        return False
    return not names_differ(left.value, right.value) or fold(left.value) == fold(right.value)


def _contradictions(one: _Person, other: _Person) -> Iterator[tuple[str, Severity]]:
    """Yield what two papers say differently about one person, and how bad it is."""
    for fact, one_field in one.facts.items():
        other_field = other.facts.get(fact)
        if other_field is None:
            continue
        grade = _grade(fact, one_field, other_field)
        if grade is not None:
            yield fact, grade


def _grade(fact: str, one: Field, other: Field) -> Severity | None:
    if fact != "full_name":
        if one.problem is not None or other.problem is not None:
            # The clerk is already asked about a value that cannot be true.
            return None
        if one.value == other.value or _both_kinds_of_number(one.value, other.value):
            return None
        return "warning" if min(one.confidence, other.confidence) >= _CREDIBLE else "info"
    differ = names_differ(one.value, other.value)
    if not differ:
        return None
    doubtful = min(one.confidence, other.confidence) < _CREDIBLE
    near = fuzz.ratio(fold(one.value), fold(other.value)) >= _NEAR_NAME
    return "info" if differ == "marks" or (doubtful and near) else "warning"


def _both_kinds_of_number(one: str, other: str) -> bool:
    """An old nine-digit and a twelve-digit number of one person never agree."""
    return {len(one), len(other)} == {9, 12}


def _finding(fact: str, weaker: _Person, surer: _Person, grade: Severity) -> Finding:
    here, there = weaker.facts[fact], surer.facts[fact]
    values = here.value, there.value
    if fact == "citizen_number":
        values = masked(here.value, there.value), masked(there.value, here.value)
    role_vi, role_en = _ROLES.get(weaker.role or surer.role, ("Người này", "This person"))
    fact_vi, fact_en = _FACTS[fact]
    text = Text(
        f"{role_vi}: {fact_vi} không khớp, {weaker.document.title} ghi {values[0]}, "
        f"{surer.document.title} ghi {values[1]}. Đối chiếu hai giấy tờ.",
        f"{role_en}: the {fact_en} differs, {weaker.document.title} says {values[0]}, "
        f"{surer.document.title} says {values[1]}. Compare the two papers.",
    )
    return Finding("PAPERS_DISAGREE", grade, text, weaker.document.id, here.page_id, here.box)
