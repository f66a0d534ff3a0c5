"""What the document types look like: titles, tell-tale phrases and fields, read from data.

`types.toml` and every file of the folder `types` beside it; one set of ids for all of them.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, cast, get_args

from desk_app.errors import NotFound, UsageError, file_words
from desk_app.records import DocumentType

Kind = Literal[
    "name",
    "date",
    "year",
    "sex",
    "citizen_number",
    "number",
    "dossier_code",
    "quantity",
    "text",
    "place_date",
    "signature",
    "code",
    "enterprise_code",
    # Told by their place on an office paper (letterhead.READERS).
    "agency",
    "superior",
    "document_number",
    "notation",
    "subject",
    "place",
    "addressee",
    "recipients",
    "signer",
    "signer_position",
]


@dataclass(frozen=True, slots=True)
class Anchor:
    """A phrase that speaks for (or against) a type wherever it stands on the page."""

    text: str
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class FieldRule:
    """Where one value stands on the paper and what it must look like."""

    name: str
    label: str
    label_en: str
    kind: Kind
    labels: tuple[str, ...]
    """Wordings printed before the value, old and new."""
    after: tuple[str, ...] = ()
    """The value stands below one of these phrases (a section heading)."""
    until: tuple[str, ...] = ()
    """The value stands above all of these phrases."""
    rows: int = 1
    """How many printed rows the value may take."""
    required: bool = False
    """A paper without this value is worth a look."""
    alternative: bool = False
    """Another place of a value already described (the name below the signature)."""


@dataclass(frozen=True, slots=True)
class TypeRules:
    """Everything that tells one document type from the others."""

    type: DocumentType
    titles: tuple[str, ...]
    heads: tuple[str, ...] = ()
    """Words with which a title of this kind begins, whatever follows (BIÊN BẢN họp …)."""
    anchors: tuple[Anchor, ...] = ()
    against: tuple[Anchor, ...] = ()
    continues: tuple[Anchor, ...] = ()
    """Phrases of the second and later pages."""
    openings: tuple[Anchor, ...] = ()
    """Phrases with which a line of the first page's upper part begins (V/v of a letter)."""
    notations: tuple[str, ...] = ()
    """Abbreviations before the agency's in the paper's number: QĐ in 12/QĐ-UBND."""
    untitled: bool = False
    """Such a paper bears no title; a page that states one is another paper."""
    fields: tuple[FieldRule, ...] = ()
    stops: tuple[str, ...] = ()
    """Other printed labels at which a value ends."""
    pages_max: int = 0
    """Most pages such a paper has; 0 where it is not known."""
    title_anywhere: bool = False
    """The title may stand low on the page (a card copied onto an A4 sheet)."""
    office_paper: bool = False
    """Written by the desk itself, so no procedure asks for it (receipt slip)."""
    confirmed: bool = False
    """Whether wording and fields were checked against a published form."""

    @property
    def asked(self) -> tuple[FieldRule, ...]:
        """Each value once, as a form shows it."""
        return tuple(rule for rule in self.fields if not rule.alternative)


@dataclass(frozen=True, slots=True)
class Calibration:
    """How often an answer with a score was right on the pages that this was fitted on."""

    scores: tuple[float, ...] = (0.0, 1.0)
    """Rising scores of the rules; between two of them the stated confidence is interpolated."""
    stated: tuple[float, ...] = (0.0, 1.0)
    """The confidence to state at each score."""
    unknown: float = 0.9
    """Share of right answers among pages said to be unknown that bear another paper's title."""
    silent: float = 0.6
    """The same for unknown pages without a title."""
    fitted_on: str = ""
    """The pages behind these figures."""


@dataclass(frozen=True)
class TypeBook:
    """All document types that the desk knows."""

    rules: Mapping[str, TypeRules] = field(default_factory=dict)
    paper_heads: tuple[str, ...] = ()
    """Words with which the title of some paper, known or not, begins."""
    provinces: Mapping[str, str] = field(default_factory=dict)
    """First three digits of a citizen number: place where the birth was registered."""
    calibration: Calibration = field(default=Calibration(), kw_only=True)
    """From the classifier's score to the confidence that it states."""

    @property
    def types(self) -> dict[str, DocumentType]:
        """The types themselves, by id."""
        return {key: rules.type for key, rules in self.rules.items()}

    def type(self, type_id: str) -> DocumentType:
        """Return the type with this id.

        Raises:
            NotFound: there is no such type.
        """
        if type_id not in self.rules:
            raise NotFound(f"document type {type_id}", detail_vi=f"loại giấy tờ {type_id}")
        return self.rules[type_id].type


def load_types(folder: Path) -> TypeBook:
    """Read types.toml of a procedures folder and the files of its folder `types`.

    Raises:
        UsageError: a file is missing or wrong; the text names file, line and fault.
    """
    table = Table.read(folder / "types.toml")
    files = [table, *(Table.read(path) for path in sorted((folder / "types").glob("*.toml")))]
    rules: dict[str, TypeRules] = {}
    shared = table.sub("labels")
    for entry in (entry for file in files for entry in file.entries("type")):
        found = _type_rules(entry, rules, shared)
        if found.type.id in rules:
            entry.fail(
                f"type id {found.type.id!r} occurs twice", f"mã {found.type.id!r} có hai lần"
            )
        rules[found.type.id] = found
    provinces = {str(k): str(v) for k, v in table.optional("provinces", dict, {}).items()}
    return TypeBook(rules, table.strings("paper_heads"), provinces, calibration=_calibration(table))


def _calibration(table: Table) -> Calibration:
    data = table.optional("calibration", dict, {})
    if not data:
        return Calibration()
    scores, stated = (data.get(name, []) for name in ("scores", "stated"))
    sound = all(isinstance(value, int | float) for value in (*scores, *stated))
    if not sound or not scores or len(scores) != len(stated) or sorted(scores) != scores:
        table.fail(
            "[calibration] wants as many 'stated' as 'scores', and the scores rising",
            "[calibration] cần số 'stated' bằng số 'scores', và 'scores' tăng dần",
        )
    return Calibration(
        tuple(map(float, scores)),
        tuple(map(float, stated)),
        float(data.get("unknown", 0.9)),
        float(data.get("silent", 0.6)),
        str(data.get("fitted_on", "")),
    )


@lru_cache(maxsize=4)
def types_at(folder: Path) -> TypeBook:
    """As load_types, kept for the life of a worker process."""
    return load_types(folder)


def _type_rules(entry: Table, known: Mapping[str, TypeRules], shared: Table) -> TypeRules:
    entry.only(
        "id title title_en confirmed pages_max titles heads anchors against continues openings"
        " notations untitled stops field fields_of title_anywhere office_paper note"
    )
    kind = DocumentType(entry.word("id"), entry.text("title"), entry.text("title_en"))
    model = _model(entry, known)
    return TypeRules(
        kind,
        titles=entry.strings("titles") or (kind.title,),
        heads=entry.strings("heads"),
        anchors=_anchors(entry, "anchors"),
        against=_anchors(entry, "against"),
        continues=_anchors(entry, "continues"),
        openings=_anchors(entry, "openings"),
        notations=entry.strings("notations"),
        untitled=entry.optional("untitled", bool, False),
        fields=(*_field_rules(entry, shared), *(model.fields if model else ())),
        stops=(*entry.strings("stops"), *(model.stops if model else ()), *shared.strings("stops")),
        pages_max=entry.optional("pages_max", int, 0),
        title_anywhere=entry.optional("title_anywhere", bool, False),
        office_paper=entry.optional("office_paper", bool, False),
        confirmed=entry.optional("confirmed", bool, False),
    )


def _model(entry: Table, known: Mapping[str, TypeRules]) -> TypeRules | None:
    """Return the type whose fields and stops this one shares (all papers of an office do)."""
    name = entry.optional("fields_of", str, "")
    if name and name not in known:
        entry.fail(
            f"'fields_of' names {name!r}, which is not described above",
            f"'fields_of' nêu {name!r}, chưa được mô tả ở trên",
        )
    return known.get(name)


def _anchors(entry: Table, key: str) -> tuple[Anchor, ...]:
    """Each anchor is a phrase, or [phrase, weight]."""
    found = []
    for item in entry.optional(key, list, []):
        if isinstance(item, str):
            found.append(Anchor(item))
        elif (
            isinstance(item, list)
            and len(item) == 2
            and isinstance(item[0], str)
            and isinstance(item[1], int | float)
        ):
            found.append(Anchor(item[0], float(item[1])))
        else:
            entry.fail(
                f"{key!r} wants phrases or [phrase, weight], not {item!r}",
                f"{key!r} cần cụm từ hoặc [cụm từ, trọng số], không phải {item!r}",
            )
    return tuple(found)


def _field_rules(entry: Table, shared: Table) -> tuple[FieldRule, ...]:
    """The values of a type; a second rule for one value must say that it is an alternative."""
    found: dict[str, FieldRule] = {}
    rules: list[FieldRule] = []
    for row in entry.entries("field"):
        first = found.get(row.word("name"))
        if row.optional("alternative", bool, False) != (first is not None):
            row.fail(
                f"field {row.word('name')!r}: the second rule of one value, and no other, "
                "says 'alternative = true'",
                f"field {row.word('name')!r}: quy tắc thứ hai của một giá trị, và chỉ nó, "
                "phải ghi 'alternative = true'",
            )
        rule = _field_rule(row, first, shared)
        found.setdefault(rule.name, rule)
        rules.append(rule)
    return tuple(rules)


def _field_rule(row: Table, first: FieldRule | None, shared: Table) -> FieldRule:
    row.only("name label label_en kind labels after until rows required alternative")
    kind = row.text("kind")
    if kind not in get_args(Kind):
        kinds = ", ".join(get_args(Kind))
        row.fail(f"kind {kind!r} is not one of {kinds}", f"kind {kind!r} không thuộc {kinds}")
    label = first.label if first else row.text("label")
    rule = FieldRule(
        name=row.word("name"),
        label=label,
        label_en=first.label_en if first else row.text("label_en"),
        kind=cast("Kind", kind),
        labels=_labels(row, shared) or (label,),
        after=row.strings("after"),
        until=row.strings("until"),
        rows=row.optional("rows", int, 1),
        required=row.optional("required", bool, False),
    )
    return replace(rule, alternative=first is not None)


def _labels(row: Table, shared: Table) -> tuple[str, ...]:
    """Labels of a field; "@person" stands for the shared wordings of that name."""
    found: list[str] = []
    for label in row.strings("labels"):
        if label.startswith("@") and label[1:] not in shared.data:
            row.fail(
                f"labels {label!r}: there is no such entry in [labels] of types.toml",
                f"labels {label!r}: không có mục này trong [labels] của types.toml",
            )
        found += shared.strings(label[1:]) if label.startswith("@") else [label]
    return tuple(found)


class Table:
    """One TOML table that knows its file and line, so that a fault in it can be named."""

    def __init__(self, data: dict[str, Any], path: Path, line: int, source: str) -> None:
        self.data = data
        self.path = path
        self.line = line
        self.source = source

    @classmethod
    def read(cls, path: Path) -> Table:
        """Parse a file.

        Raises:
            UsageError: it cannot be read or is not TOML.
        """
        try:
            source = path.read_text(encoding="utf-8")
            return cls(tomllib.loads(source), path, 1, source)
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            en, vi = file_words(error)
            raise UsageError(f"{path}: {en}", detail_vi=f"{path}: {vi}") from error

    def fail(self, en: str, vi: str = "") -> None:
        """Raise UsageError with file, line and fault; no Vietnamese where it is names only."""
        place = f"{self.path}:{self.line}"
        raise UsageError(f"{place}: {en}", detail_vi=f"{place}: {vi or en}")

    def only(self, keys: str) -> None:
        """Refuse a key outside this list: a misspelt key would silently do nothing."""
        unknown = sorted(set(self.data) - set(keys.split()))
        if unknown:
            self.fail(f"unknown key {unknown[0]!r}", f"không có khóa {unknown[0]!r}")

    def text(self, key: str) -> str:
        """Return a required, non-empty string."""
        value = self.data.get(key)
        if not isinstance(value, str) or not value.strip():
            self.fail(f"{key!r} is missing or not a text", f"thiếu {key!r} hoặc không phải chữ")
        return cast("str", value)

    def word(self, key: str) -> str:
        """Return a required identifier."""
        value = self.text(key)
        if not value.isidentifier():
            self.fail(
                f"{key!r} must be an identifier, not {value!r}", f"{key!r} = {value!r}: phải là tên"
            )
        return value

    def strings(self, key: str) -> tuple[str, ...]:
        """Return an optional list of strings."""
        value = self.data.get(key, [])
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            self.fail(f"{key!r} is not a list of texts", f"{key!r} không phải danh sách chữ")
        return tuple(value)

    def optional(self, key: str, kind: type[Any], default: Any) -> Any:  # noqa: ANN401 TOML values
        """Return a value of this kind, or the default."""
        value = self.data.get(key, default)
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            self.fail(
                f"{key!r} must be of kind {kind.__name__}, not {value!r}",
                f"{key!r} = {value!r}: cần {kind.__name__}",
            )
        return value

    def sub(self, key: str) -> Table:
        """Return an optional table below this one."""
        return Table(self.optional(key, dict, {}), self.path, self.line, self.source)

    def entries(self, key: str) -> Iterator[Table]:
        """Yield the tables of an array of tables, each with its own line."""
        rows = self.data.get(key, [])
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            self.fail(f"{key!r} is not an array of tables", f"{key!r} không phải dãy bảng")
        lines = self._header_lines(key)
        for number, row in enumerate(rows):
            line = lines[number] if number < len(lines) else self.line
            yield Table(row, self.path, line, self.source)

    def _header_lines(self, key: str) -> list[int]:
        """Line numbers of this table's own [[key]] headers; tomllib does not keep them."""
        found: list[int] = []
        for number, text in enumerate(self.source.splitlines(), start=1):
            header = text.strip()
            if number <= self.line or not header.startswith("[["):
                continue
            name = header.strip("[] ")
            if name.split(".")[-1] == key:
                found.append(number)
            elif "." not in name and self.line > 1:
                break
        return found
