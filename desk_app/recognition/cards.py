"""Values from codes: the card's QR and machine-readable zone, the receipt slip's QR.

A code is more certain than print, so it comes first; print and codes of one paper are compared,
and each disagreement becomes a finding.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from desk_app.recognition.checks import masked, names_differ
from desk_app.recognition.codes import parse_card_qr, parse_receipt_qr
from desk_app.recognition.doctypes import TypeRules
from desk_app.recognition.mrz import MrzData, parse_mrz
from desk_app.records import Code, Field, Finding, PageReading, Severity, Source, Text

Pages = Sequence[tuple[str, PageReading]]

_QR_CONFIDENCE = 0.99
_ZONE_CONFIDENCE = 0.97
_DOUBTED = 0.5
"""What is left of a value's confidence when two codes of one card contradict each other."""
_NUMBERS = ("citizen_number", "passport_number", "dossier_code")
_SOURCE_VI = {"qr": "mã QR", "mrz": "dòng MRZ", "ocr": "chữ in", "clerk": "người nhập"}
_SOURCE_EN = {"qr": "QR code", "mrz": "machine-readable zone", "ocr": "print", "clerk": "clerk"}


def is_card_code(code: Code) -> bool:
    """Whether a code is the QR or the machine-readable zone of a citizen card."""
    if code.kind == "mrz":
        zone = parse_mrz(code.text.splitlines())
        return zone is not None and zone.layout == "TD1" and zone.issuer == "VNM"
    return code.kind == "qr" and parse_card_qr(code.text) is not None


def is_passport_zone(code: Code) -> bool:
    """Whether a code is the machine-readable zone of a passport."""
    zone = parse_mrz(code.text.splitlines()) if code.kind == "mrz" else None
    return zone is not None and zone.layout == "TD3"


def with_codes(
    rules: TypeRules, read: Sequence[Field], pages: Pages
) -> tuple[list[Field], list[Finding]]:
    """Put what the codes of a document say before what was read in print.

    Args:
        rules: What the document is; only cards and receipt slips carry codes with values.
        read: Values read in print.
        pages: Id and reading of each page.

    Returns:
        The values in the order of the rules, and every disagreement between sources.
    """
    if rules.type.id == "citizen_card":
        coded = [*_from_card_qr(pages), *_from_zone(pages, "TD1")]
    elif rules.type.id == "passport":
        coded = [*_from_zone(pages, "TD3")]
    elif rules.type.id == "receipt_slip":
        coded = [*_from_receipt_qr(pages)]
    else:
        return list(read), []
    names = dict.fromkeys([rule.name for rule in rules.fields] + [field.name for field in coded])
    fields: list[Field] = []
    findings = [*_several_cards(pages), *_doubtful_zones(pages)]
    for name in names:
        readings = [field for field in (*coded, *read) if field.name == name]
        if readings:
            chosen, found = _settled(_preferred(name, readings), readings, rules)
            fields.append(chosen)
            findings += found
    return fields, findings


def _several_cards(pages: Pages) -> list[Finding]:
    """Two persons' cards copied onto one sheet: only the first is read, so the clerk must know."""
    numbers: dict[str, Finding] = {}
    text = Text(
        "Giấy này có thẻ của nhiều người; chỉ đọc thẻ thứ nhất. Nhập tay phần còn lại.",
        "This paper shows several persons' cards; only the first was read. Type the others.",
    )
    for page_id, reading in pages:
        for code in reading.codes:
            card = parse_card_qr(code.text) if code.kind == "qr" else None
            if card is not None:
                found = Finding("SEVERAL_CARDS", "warning", text, page_id=page_id, box=code.box)
                numbers.setdefault(card.number, found)
    return list(numbers.values())[1:2]


_GUARDED = {
    "document": ("số thẻ", "document number"),
    "birth": ("ngày sinh", "date of birth"),
    "expiry": ("ngày hết hạn", "date of expiry"),
    "composite": ("toàn dòng", "whole zone"),
    "personal": ("số cá nhân", "personal number"),
    "numbers_agree": ("số định danh", "citizen number"),
}


def _doubtful_zones(pages: Pages) -> Iterator[Finding]:
    """A check digit that fails: a digit was misread, or the paper was altered."""
    for page_id, reading in pages:
        for code in reading.codes:
            zone = parse_mrz(code.text.splitlines()) if code.kind == "mrz" else None
            if zone is None or zone.valid:
                continue
            broken = [_GUARDED[name] for name, holds in zone.checks if not holds]
            vi = ", ".join(each[0] for each in broken) or "ngày tháng"
            en = ", ".join(each[1] for each in broken) or "dates"
            text = Text(
                f"Dòng MRZ không khớp số kiểm tra ({vi}); giá trị đó không được dùng. "
                "Đối chiếu với bản chính.",
                f"Check digits of the machine-readable zone fail ({en}); its values there are not "
                "used. Compare with the original.",
            )
            yield Finding("ZONE_DOUBTFUL", "warning", text, page_id=page_id, box=code.box)


def _from_card_qr(pages: Pages) -> Iterator[Field]:
    for page_id, reading in pages:
        for code in reading.codes:
            card = parse_card_qr(code.text) if code.kind == "qr" else None
            if card is None:
                continue
            values = {
                "citizen_number": card.number,
                "full_name": card.name,
                "date_of_birth": card.birth_date,
                "sex": card.sex,
                "address": card.address,
                "issue_date": card.issue_date,
                "old_citizen_number": card.old_number,
            }
            for name, value in values.items():
                if value:
                    yield Field(name, value, _QR_CONFIDENCE, "qr", page_id, code.box)
            return


def _from_zone(pages: Pages, layout: str) -> Iterator[Field]:
    for page_id, reading in pages:
        for code in reading.codes:
            zone = parse_mrz(code.text.splitlines()) if code.kind == "mrz" else None
            if zone is None or zone.layout != layout:
                continue
            for name, value, holds in _zone_values(zone):
                if value and holds:
                    sure = _name_confidence(zone) if name == "full_name" else _ZONE_CONFIDENCE
                    yield Field(name, value, sure, "mrz", page_id, code.box)
            return


def _name_confidence(zone: MrzData) -> float:
    """No check digit guards a name: alone it is sure only as Vietnamese syllables."""
    is_sure = zone.has_vietnamese_name and not zone.name_is_mended
    return _ZONE_CONFIDENCE if is_sure else _DOUBTED


def _zone_values(zone: MrzData) -> Iterator[tuple[str, str | None, bool]]:
    """Name, value and whether the check digits that guard it hold."""
    checks = dict(zone.checks)
    if zone.layout == "TD3":
        yield "passport_number", zone.document_number, checks["document"]
    else:
        agree = checks.get("numbers_agree", False) and checks["document"]
        yield "citizen_number", zone.personal_number, agree
    yield "full_name", zone.name, bool(zone.surname)
    yield "date_of_birth", zone.birth_date, checks["birth"]
    # No digit guards the sex but the composite's neighbours: it counts in a whole zone only.
    yield "sex", {"M": "Nam", "F": "Nữ"}.get(zone.sex), zone.valid
    yield "expiry_date", zone.expiry_date, checks["expiry"]


def _from_receipt_qr(pages: Pages) -> Iterator[Field]:
    for page_id, reading in pages:
        for code in reading.codes:
            found = parse_receipt_qr(code.text)
            if found:
                yield Field("dossier_code", found, _QR_CONFIDENCE, "qr", page_id, code.box)
                return


def _preferred(name: str, readings: Sequence[Field]) -> Field:
    """QR before zone before print; but the zone writes names without their marks.

    For the marks of a printed name it does not speak: the print is as sure as it was read.
    """
    best = readings[0]
    if name != "full_name" or best.source != "mrz":
        return best
    printed = [field for field in readings if field.source == "ocr"]
    agreeing = [field for field in printed if not names_differ(field.value, best.value)]
    return agreeing[0] if agreeing else best


def _settled(
    chosen: Field, readings: Sequence[Field], rules: TypeRules
) -> tuple[Field, list[Finding]]:
    """Compare the chosen value with every other source's."""
    findings: list[Finding] = []
    for other in readings:
        grade = _disagreement(chosen, other)
        if grade is None:
            continue
        finding = _finding(chosen, other, grade, rules)
        findings.append(finding)
        if grade == "problem":
            chosen = replace(chosen, confidence=_DOUBTED, problem=finding.text)
    return chosen, findings


def _disagreement(chosen: Field, other: Field) -> Severity | None:
    """How bad it is that two sources differ: codes weigh more than print."""
    if chosen.source == other.source or chosen.value == other.value:
        return None
    if chosen.name == "address":
        # The code abbreviates the printed address.
        return None
    if chosen.name == "full_name":
        differ = names_differ(chosen.value, other.value)
        if not differ:
            return None
        if differ == "marks":
            return "info"
        if other.source == "mrz" and _is_cut(other.value, chosen.value):
            return None
    return "warning" if other.source == "ocr" else "problem"


def _is_cut(zone: str, full: str) -> bool:
    """The zone holds 30 characters of a name; the rest is cut off."""
    return len(zone) >= 27 and not names_differ(zone, full[: len(zone)])


def _finding(chosen: Field, other: Field, grade: Severity, rules: TypeRules) -> Finding:
    labels = {rule.name: (rule.label, rule.label_en) for rule in rules.fields}
    vi, en = labels.get(chosen.name, (chosen.name, chosen.name))
    one, two = chosen.value, other.value
    if chosen.name in _NUMBERS:
        one, two = masked(chosen.value, other.value), masked(other.value, chosen.value)
    text = Text(
        f"{vi} không thống nhất: {_SOURCE_VI[chosen.source]} ghi {one}, "
        f"{_SOURCE_VI[other.source]} ghi {two}. Đối chiếu với bản chính.",
        f"{en} disagrees: the {_source_en(chosen.source)} says {one}, "
        f"the {_source_en(other.source)} {two}. Compare with the original.",
    )
    code = "CARD_DISAGREES" if rules.type.id == "citizen_card" else "CODE_DISAGREES"
    return Finding(code, grade, text, page_id=other.page_id, box=other.box)


def _source_en(source: Source) -> str:
    return _SOURCE_EN[source]
