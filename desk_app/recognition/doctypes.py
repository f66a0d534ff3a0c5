"""What the document types look like: titles, tell-tale phrases and fields, read from types.toml."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, cast, get_args

from desk_app.errors import NotFound, UsageError
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


@dataclass(frozen=True, slots=True)
class TypeRules:
    """Everything that tells one document type from the others."""

    type: DocumentType
    titles: tuple[str, ...]
    anchors: tuple[Anchor, ...] = ()
    against: tuple[Anchor, ...] = ()
    continues: tuple[Anchor, ...] = ()
    """Phrases of the second and later pages."""
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


@dataclass(frozen=True)
class TypeBook:
    """All document types that the desk knows."""

    rules: Mapping[str, TypeRules] = field(default_factory=dict)
    paper_heads: tuple[str, ...] = ()
    """Words with which the title of some paper, known or not, begins."""
    provinces: Mapping[str, str] = field(default_factory=dict)
    """First three digits of a citizen number: place where the birth was registered."""

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
            raise NotFound(f"{type_id} (loại giấy tờ / document type)")
        return self.rules[type_id].type


def load_types(folder: Path) -> TypeBook:
    """Read types.toml of a procedures folder.

    Raises:
        UsageError: the file is missing or wrong; the text names file, line and fault.
    """
    table = Table.read(folder / "types.toml")
    rules: dict[str, TypeRules] = {}
    for entry in table.entries("type"):
        found = _type_rules(entry)
        if found.type.id in rules:
            entry.fail(f"type id {found.type.id!r} occurs twice")
        rules[found.type.id] = found
    provinces = {str(k): str(v) for k, v in table.optional("provinces", dict, {}).items()}
    return TypeBook(rules, table.strings("paper_heads"), provinces)


@lru_cache(maxsize=4)
def types_at(folder: Path) -> TypeBook:
    """As load_types, kept for the life of a worker process."""
    return load_types(folder)


def _type_rules(entry: Table) -> TypeRules:
    entry.only(
        "id title title_en confirmed pages_max titles anchors against continues stops field"
        " title_anywhere office_paper note"
    )
    kind = DocumentType(entry.word("id"), entry.text("title"), entry.text("title_en"))
    return TypeRules(
        kind,
        titles=entry.strings("titles") or (kind.title,),
        anchors=_anchors(entry, "anchors"),
        against=_anchors(entry, "against"),
        continues=_anchors(entry, "continues"),
        fields=tuple(_field_rule(row) for row in entry.entries("field")),
        stops=entry.strings("stops"),
        pages_max=entry.optional("pages_max", int, 0),
        title_anywhere=entry.optional("title_anywhere", bool, False),
        office_paper=entry.optional("office_paper", bool, False),
        confirmed=entry.optional("confirmed", bool, False),
    )


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
            entry.fail(f"{key!r} wants phrases or [phrase, weight], not {item!r}")
    return tuple(found)


def _field_rule(row: Table) -> FieldRule:
    row.only("name label label_en kind labels after until rows required")
    kind = row.text("kind")
    if kind not in get_args(Kind):
        row.fail(f"kind {kind!r} is not one of {', '.join(get_args(Kind))}")
    return FieldRule(
        name=row.word("name"),
        label=row.text("label"),
        label_en=row.text("label_en"),
        kind=cast("Kind", kind),
        labels=row.strings("labels") or (row.text("label"),),
        after=row.strings("after"),
        until=row.strings("until"),
        rows=row.optional("rows", int, 1),
        required=row.optional("required", bool, False),
    )


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
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(f"{path}: {error}") from error
        except tomllib.TOMLDecodeError as error:
            raise UsageError(f"{path}: {error}") from error

    def fail(self, what: str) -> None:
        """Raise UsageError with file, line and fault."""
        raise UsageError(f"{self.path}:{self.line}: {what}")

    def only(self, keys: str) -> None:
        """Refuse a key outside this list: a misspelt key would silently do nothing."""
        unknown = sorted(set(self.data) - set(keys.split()))
        if unknown:
            self.fail(f"unknown key {unknown[0]!r}")

    def text(self, key: str) -> str:
        """Return a required, non-empty string."""
        value = self.data.get(key)
        if not isinstance(value, str) or not value.strip():
            self.fail(f"{key!r} is missing or not a text")
        return cast("str", value)

    def word(self, key: str) -> str:
        """Return a required identifier."""
        value = self.text(key)
        if not value.isidentifier():
            self.fail(f"{key!r} must be an identifier, not {value!r}")
        return value

    def strings(self, key: str) -> tuple[str, ...]:
        """Return an optional list of strings."""
        value = self.data.get(key, [])
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            self.fail(f"{key!r} is not a list of texts")
        return tuple(value)

    def optional(self, key: str, kind: type[Any], default: Any) -> Any:  # noqa: ANN401 TOML values
        """Return a value of this kind, or the default."""
        value = self.data.get(key, default)
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            self.fail(f"{key!r} must be of kind {kind.__name__}, not {value!r}")
        return value

    def entries(self, key: str) -> Iterator[Table]:
        """Yield the tables of an array of tables, each with its own line."""
        rows = self.data.get(key, [])
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            self.fail(f"{key!r} is not an array of tables")
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
