"""Full-text search over what was read, what the fields say, and the codes of dossiers.

Marks are optional: the index holds letters without them (FTS5 takes off all but the stroke of đ,
which the view `search_plain` takes off). What was typed with marks stands first where the text has
the same ones. The index is fed by triggers that note, in the transaction of the change itself, what
has to be read anew (`search_due`); `refresh` reads it, so that a search which refreshes first knows
every committed page and value.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import json
import logging
import re
import time
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass

from desk_app.errors import NotFound, StorageError
from desk_app.records import Box, Word
from desk_app.store.database import Change, Store
from desk_app.store.people import station_secret
from desk_app.store.sql import sqlite3

log = logging.getLogger(__name__)

MOST_HITS = 200
MOST_COUNTED = 1000
LONGEST_QUERY = 200
"""Characters of a query that are looked at."""
BATCH = 50
"""Entries that are read anew in one transaction: others wait for it a tenth of a second at most."""
COMPACT_PAGES = 500
"""Pages of the index that are merged in one transaction."""
PATIENCE_S = 2.0
"""A search that takes longer ends with what it found."""
_BEFORE, _AFTER = 40, 100
_WORD = re.compile(r"[^\W_]+")
_DATE = re.compile(r"(?<!\d)(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})(?!\d)")
_ISO_DATE = re.compile(r"(?<!\d)(\d{4})-(\d{1,2})-(\d{1,2})(?!\d)")
_NUMBER = re.compile(
    r"\d{9,}"  # as printed, and within the machine-readable zone
    r"|(?<![\d.])\d{3}(?:[ .]\d{3}){2,3}(?![\d.]\d)"  # in groups of three
    r"|(?<![\d.])\d{1,8}(?: \d{1,8})+(?![\d.]\d)"  # torn apart by the engine
)
MORE_TO_RANK = 40
"""So many more than are shown are looked at: among them the same marks and papers come first."""
NOWHERE = (1, 0)
_ORDER = {"dossier": 0, "document": 1, "page": 2}


@dataclass(frozen=True, slots=True)
class Query:
    """What is looked for; empty parts do not narrow."""

    text: str = ""
    person: bool = False
    """Only among names and numbers of persons in fields."""
    paper: str = ""
    """Id of a document type."""
    procedure: str = ""
    """Id of a procedure."""
    since: str = ""
    """First day of reception, YYYY-MM-DD."""
    until: str = ""
    """Last day of reception, YYYY-MM-DD."""
    limit: int = 20


@dataclass(frozen=True, slots=True)
class Hit:
    """One place where it was found. Numbers of persons are masked in the snippet."""

    kind: str
    """dossier (its code), document (its title or a field) or page (its text)."""
    dossier_id: str
    code: str
    state: str
    procedure: str
    received: str
    """Day of reception, YYYY-MM-DD."""
    document_id: str | None
    title: str
    type: str | None
    page_id: str | None
    page: int | None
    """Number of the page within the dossier."""
    snippet: str
    marks: tuple[tuple[int, int], ...]
    """Where the words stand in the snippet, as start and end of slices."""
    entry: int = 0
    """Names the place within the index, so that an answer can go on behind it."""
    page_of_paper: int | None = None
    """Index of the page within its paper, and so within the signed file."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a search found."""

    hits: tuple[Hit, ...]
    complete: bool
    """False where time ran out or pages still wait to be indexed."""
    milliseconds: float
    more: bool = False
    """Whether there are places beyond the limit; `find` goes on with them."""


# --- the index --------------------------------------------------------------------------------


def behind(store: Store) -> int:
    """How many pages, papers and dossiers the index has not read yet."""
    row = store.row("SELECT count(*) FROM search_due")
    return int(row[0]) if row else 0


def refresh(store: Store, *, patience_s: float | None = None) -> int:
    """Read what changed into the index.

    Args:
        store: The store.
        patience_s: Stop after this many seconds; None goes on to the end.

    Returns:
        How many entries were read anew.
    """
    started, done = time.monotonic(), 0
    while store.row("SELECT 1 FROM search_due LIMIT 1"):
        done += _refresh_some(store)
        if patience_s is not None and time.monotonic() - started > patience_s:
            break
    return done


def _refresh_some(store: Store) -> int:
    """Read and index inside one transaction: nothing may change in between."""
    with store.transaction() as change:
        rows = change.conn.execute("SELECT kind, of FROM search_due LIMIT ?", (BATCH,)).fetchall()
        for kind, of in rows:
            _index(change, kind, of)
            change.conn.execute("DELETE FROM search_due WHERE kind = ? AND of = ?", (kind, of))
        return len(rows)


def _index(change: Change, kind: str, of: str) -> None:
    found = _READ[kind](change, of)
    if found is None:
        change.conn.execute("DELETE FROM search_entry WHERE kind = ? AND of = ?", (kind, of))
        return
    change.conn.execute(
        "INSERT INTO search_entry(kind, of, code, person, text) VALUES(?,?,?,?,?) "
        "ON CONFLICT(kind, of) DO UPDATE SET code = excluded.code, person = excluded.person, "
        "text = excluded.text",
        (kind, of, *found),
    )


def forget_in(change: Change, dossier_id: str) -> None:
    """What was read of a dossier is found no more; its code and its papers' titles are."""
    of_pages = "kind = 'page' AND of IN (SELECT id FROM page WHERE dossier_id = ?)"
    for table in ("search_entry", "search_due"):
        change.conn.execute(f"DELETE FROM {table} WHERE {of_pages}", (dossier_id,))
    papers = change.conn.execute("SELECT id FROM document WHERE dossier_id = ?", (dossier_id,))
    for (paper,) in papers.fetchall():
        _index(change, "document", paper)
        change.conn.execute("DELETE FROM search_due WHERE kind = 'document' AND of = ?", (paper,))


def compact(store: Store, *, patience_s: float = 10.0) -> None:
    """Merge the index until words that were forgotten are gone from it, in short transactions."""
    ends, pages = time.monotonic() + patience_s, -COMPACT_PAGES
    while time.monotonic() < ends:
        with store.transaction() as change:
            before = change.conn.total_changes
            change.conn.execute(
                "INSERT INTO search_index(search_index, rank) VALUES('merge', ?)", (pages,)
            )
            if change.conn.total_changes - before < 2:  # nothing left to merge, says FTS5
                return
        pages = COMPACT_PAGES


Columns = tuple[str, str, str]
"""Code, persons, and all other text."""


def _read_dossier(change: Change, of: str) -> Columns | None:
    row = change.conn.execute("SELECT code FROM dossier WHERE id = ?", (of,)).fetchone()
    return (row["code"], "", "") if row else None


def _read_document(change: Change, of: str) -> Columns | None:
    row = change.conn.execute("SELECT title FROM document WHERE id = ?", (of,)).fetchone()
    if row is None:
        return None
    persons: list[str] = []
    others: list[str] = [row["title"]]
    for name, value in change.conn.execute(
        "SELECT name, value FROM field WHERE document_id = ? ORDER BY rowid", (of,)
    ):
        is_person = name.endswith(("full_name", "citizen_number"))
        (persons if is_person else others).append(value)
    return "", _nfc(" · ".join(dict.fromkeys(persons))), _nfc(" · ".join(dict.fromkeys(others)))


def _read_page(change: Change, of: str) -> Columns | None:
    row = change.conn.execute("SELECT reading_sha256 FROM page WHERE id = ?", (of,)).fetchone()
    if row is None or row["reading_sha256"] is None:
        return None
    try:
        reading = json.loads(change.store.blobs.read(row["reading_sha256"]))
        return "", "", page_text(reading["text"]["words"])
    except (NotFound, StorageError, ValueError, KeyError) as fault:
        # One damaged file must not keep all the others from being found.
        log.warning("page %s is not searchable: %s", of, type(fault).__name__)
        return None


def page_text(words: Sequence[dict[str, object]]) -> str:
    """The words of a stored reading, one printed line a line."""
    lines: dict[object, list[str]] = {}
    for word in words:
        lines.setdefault(word["line"], []).append(str(word["text"]))
    return _nfc("\n".join(" ".join(line) for line in lines.values()))


_READ = {"dossier": _read_dossier, "document": _read_document, "page": _read_page}


# --- searching --------------------------------------------------------------------------------


def find(
    store: Store,
    query: Query,
    *,
    known: Collection[int] = (),
    stopped: Callable[[], bool] = lambda: False,
) -> Answer:
    """Search; codes first, then papers, then pages, the newest first in each.

    A text without a word, and without a narrowing day, paper or procedure, finds nothing.

    Args:
        store: The store.
        query: What is looked for.
        known: Entries (`Hit.entry`) of an earlier answer, behind which this one goes on.
        stopped: Asked while it searches; True ends it with what it found so far.
    """
    started = time.perf_counter()
    text = _nfc(query.text)[:LONGEST_QUERY]
    limit = max(1, min(query.limit, MOST_HITS))
    found: dict[int, tuple[int, sqlite3.Row]] = {}
    is_whole = True
    edges = _edges(store, _narrowing(query))
    for width, match in enumerate(_matches(text, person=query.person)):
        sql, values = _statement(_SELECT, query, match, known, edges)
        rows, in_time = _rows(store, sql, [*values, limit + MORE_TO_RANK], stopped)
        is_whole = is_whole and in_time
        found |= {row["id"]: (width, row) for row in rows if row["id"] not in found}
        if len(found) > limit or not in_time:
            break
    words = [word.group() for word in _WORD.finditer(_plain(text))]
    ranked = sorted(found.values(), key=lambda each: (each[0], *_rank(each[1], text)))
    hits = tuple(_hit(row, words) for _, row in ranked[:limit])
    taken = (time.perf_counter() - started) * 1000
    return Answer(
        hits, is_whole and not behind(store), round(taken, 1), len(found) > limit or not is_whole
    )


def count(store: Store, query: Query, most: int = MOST_COUNTED) -> tuple[int, bool]:
    """How many places there are, counted up to `most`, and whether these are all.

    What is set aside is not counted, as it is not found.
    """
    edges = _edges(store, _narrowing(query))
    found: set[int] = set()
    for match in _matches(_nfc(query.text)[:LONGEST_QUERY], person=query.person):
        sql, values = _statement("SELECT e.id", query, match, (), edges)
        rows, in_time = _rows(store, sql, [*values, most + 1], lambda: False)
        found |= {row["id"] for row in rows}
        if len(found) > most or not in_time:
            return min(len(found), most), False
    return len(found), True


def _matches(text: str, *, person: bool) -> Iterator[str | None]:
    """FTS expressions from the narrowest to the widest; None lists without words."""
    words = [word.group() for word in _WORD.finditer(_plain(text))]
    if not words:
        if not text.strip() and not person:
            yield None
        return
    column = "{person} : " if person else ""
    yield f"{column}({' OR '.join([_phrase(words), *_dates(text)])})"
    if len(words) > 1:
        apart = [f'"{word}"' for word in words[:-1]]
        yield f"{column}({' AND '.join([*apart, _phrase(words[-1:])])})"
        if len(words[-1]) == 1:
            yield f'{column}"{" ".join(words)}"*'


def _phrase(words: Sequence[str]) -> str:
    """Words side by side; the last one may go on, so that an answer comes while one types.

    One letter begins too many words: it goes on only where nothing else was found.
    """
    phrase = f'"{" ".join(words)}"'
    return phrase + "*" if len(words[-1]) > 1 else phrase


def _dates(text: str) -> Iterator[str]:
    """The other ways to write the day that was asked for: in a field, on a form."""
    for match in _DATE.finditer(text):
        yield from _day(*map(int, match.groups()))
    for match in _ISO_DATE.finditer(text):
        year, month, day = map(int, match.groups())
        yield from _day(day, month, year)


def _day(day: int, month: int, year: int) -> Iterator[str]:
    yield f'"{year} {month:02} {day:02}"'
    for shape in ("{:02}", "{}"):
        yield f'"{shape.format(day)} {shape.format(month)} {year}"'
        yield f'"{shape.format(day)} thang {shape.format(month)} nam {year}"'


_SELECT = """
SELECT e.id, e.kind, e.code AS own_code, e.person, e.text, p.id AS page_id,
  p.position, m.id AS document_id, m.title, m.type, d.id AS dossier_id, d.code, d.state,
  d.procedure, substr(d.created_at, 1, 10) AS received,
  iif(p.document_id IS NULL, NULL, (SELECT count(*) FROM page q WHERE q.dossier_id = p.dossier_id
    AND q.position < p.position AND q.document_id = p.document_id)) AS page_of_paper
"""
_JOIN = """
LEFT JOIN page p ON e.kind = 'page' AND p.id = e.of
LEFT JOIN document m ON m.id = iif(e.kind = 'document', e.of, p.document_id)
CROSS JOIN dossier d ON d.id = iif(e.kind = 'dossier', e.of, coalesce(p.dossier_id, m.dossier_id))
"""
_IN_USE = "coalesce(json_extract(p.clerk, '$.set_aside'), p.set_aside, 0) = 0"


def _statement(
    select: str, query: Query, match: str | None, known: Collection[int], edges: Sequence[int]
) -> tuple[str, list[object]]:
    """What SQLite is asked, but for the limit; nothing where nothing is asked for."""
    parts = _narrowing(query)
    if edges == NOWHERE or (match is None and not parts):
        return "", []
    # The plus keeps SQLite from gathering all of a period to sort it.
    where = "".join(f" AND +s.{sql}" for sql, _ in parts)
    values: list[object] = [value for _, value in parts]
    if known:
        where += " AND +e.id NOT IN (SELECT value FROM json_each(?))"
        values.append(json.dumps(list(known)))
    if match is None:
        kind = "document" if query.paper else "dossier"
        sql = (
            f"{select} FROM search_place s CROSS JOIN search_entry e ON e.id = s.entry {_JOIN} "
            f"WHERE s.entry BETWEEN ? AND ? AND e.kind = '{kind}' {where} "
            "ORDER BY s.entry DESC LIMIT ?"
        )
        return sql, [*edges, *values]
    narrow = "CROSS JOIN search_place s ON s.entry = i.rowid" if parts else ""
    within = "AND i.rowid BETWEEN ? AND ?" if parts else ""
    # The order of the index is the order of the answer: it ends at the limit, unsorted.
    sql = (
        f"{select} FROM search_index i {narrow} CROSS JOIN search_entry e ON e.id = i.rowid "
        f"{_JOIN} WHERE search_index MATCH ? {within} AND {_IN_USE} {where} "
        "ORDER BY i.rowid DESC LIMIT ?"
    )
    return sql, [match, *edges, *values]


def _rows(
    store: Store, sql: str, values: Sequence[object], stopped: Callable[[], bool]
) -> tuple[list[sqlite3.Row], bool]:
    """What is found, and whether all of it was in the time there is."""
    rows: list[sqlite3.Row] = []
    if not sql:
        return rows, True
    with _within(store.conn, PATIENCE_S, stopped) as clock:
        rows.extend(store.conn.execute(sql, values))
    return rows, not clock.ran_out


def _narrowing(query: Query) -> list[tuple[str, str]]:
    """Conditions on `search_place`, which knows nothing of the texts and is small."""
    parts = (
        ("day >= ?", query.since),
        ("day <= ?", query.until),
        ("type = ?", query.paper),
        ("procedure = ?", query.procedure),
    )
    return [(sql, value) for sql, value in parts if value]


def _edges(store: Store, parts: Sequence[tuple[str, str]]) -> tuple[int, ...]:
    """Between which entries an answer can lie: FTS5 leaps over what lies before and behind."""
    lowest, highest = 0, 2**62
    days = [part for part in parts if part[0].startswith("day")]
    for group in (days, *([part] for part in parts if part not in days)):
        if not group:
            continue
        where, values = " AND ".join(sql for sql, _ in group), [value for _, value in group]
        row = store.row(
            f"SELECT (SELECT min(entry) FROM search_place WHERE {where}), "
            f"(SELECT max(entry) FROM search_place WHERE {where})", *values, *values,
        )  # fmt: skip
        if row is None or row[0] is None:
            return NOWHERE
        lowest, highest = max(lowest, row[0]), min(highest, row[1])
    return () if not parts else (lowest, highest) if lowest <= highest else NOWHERE


@dataclass(slots=True)
class _Clock:
    end: float
    stopped: Callable[[], bool]
    ran_out: bool = False

    def tick(self) -> bool:
        """Whether SQLite has to stop."""
        self.ran_out = self.ran_out or time.monotonic() > self.end or self.stopped()
        return self.ran_out


@contextlib.contextmanager
def _within(
    conn: sqlite3.Connection, seconds: float, stopped: Callable[[], bool]
) -> Iterator[_Clock]:
    """Let statements run so long and no longer; one that is stopped ends without an error."""
    clock = _Clock(time.monotonic() + seconds, stopped)
    conn.set_progress_handler(clock.tick, 20_000)
    try:
        yield clock
    except Exception:  # SQLCipher's binding has an OperationalError of its own
        if not clock.ran_out:
            raise
    finally:
        conn.set_progress_handler(None, 0)


# --- what is shown ----------------------------------------------------------------------------


def _rank(row: sqlite3.Row, text: str) -> tuple[bool, int, int]:
    """As typed, marks included, before the same letters with other marks."""
    is_other = text != _plain(text) and text.casefold() not in _shown(row).casefold()
    return is_other, _ORDER[row["kind"]], -row["id"]


def _shown(row: sqlite3.Row) -> str:
    return " · ".join(filter(None, (row["own_code"], row["person"], row["text"])))


def _hit(row: sqlite3.Row, words: Sequence[str]) -> Hit:
    snippet, marks = cut(_shown(row), words)
    return Hit(
        row["kind"], row["dossier_id"], row["code"], row["state"], row["procedure"],
        row["received"], row["document_id"], row["title"] or "", row["type"], row["page_id"],
        None if row["position"] is None else int(row["position"]), snippet, marks, row["id"],
        row["page_of_paper"],
    )  # fmt: skip


def cut(text: str, words: Sequence[str]) -> tuple[str, tuple[tuple[int, int], ...]]:
    """The neighbourhood of the first match, numbers of persons masked, and where the words stand.

    >>> cut("Họ tên: Nguyễn Văn An, số 022196999001", ["nguyen", "van"])
    ('Họ tên: Nguyễn Văn An, số ••••••••9001', ((8, 18),))
    """
    places = _places(_plain(text), words)  # before the mask: a number is found by its own digits
    text = mask(text.replace("\n", " "))
    at = places[0][0] if places else 0
    start = _edge(text, at - _BEFORE) if at > _BEFORE else 0
    end = _edge(text, at + _AFTER) if at + _AFTER < len(text) else len(text)
    head, tail = "… " if start else "", " …" if end < len(text) else ""
    inside = [(a, b) for a, b in places if a >= start and b <= end]
    shift = len(head) - start
    shown = f"{head}{text[start:end]}{tail}"
    return shown, tuple((a + shift, b + shift) for a, b in inside)


def _places(letters: str, words: Sequence[str]) -> list[tuple[int, int]]:
    """Where all words stand side by side, or else where each of them stands."""
    if not words:
        return []
    whole = r"[\W_]+".join(map(re.escape, words))
    found = [match.span() for match in re.finditer(rf"(?<![^\W_]){whole}", letters)]
    if not found:
        either = "|".join(map(re.escape, words))
        found = [match.span() for match in re.finditer(rf"(?<![^\W_])(?:{either})", letters)]
    return found


def says(value: str, text: str) -> bool:
    """Whether a value has all words of a query side by side, marks aside."""
    wanted = " ".join(word.group() for word in _WORD.finditer(_plain(_nfc(text)[:LONGEST_QUERY])))
    return bool(wanted) and wanted in " ".join(_WORD.findall(_plain(_nfc(value))))


def boxes(words: Sequence[Word], text: str) -> tuple[Box, ...]:
    """Where on a page the words of a query were read, as a search finds them."""
    wanted = [word.group() for word in _WORD.finditer(_plain(_nfc(text)[:LONGEST_QUERY]))]
    starts, at = [], 0
    for word in words:
        starts.append(at)
        at += len(_nfc(word.text)) + 1
    places = _places(_plain(" ".join(_nfc(word.text) for word in words)), wanted)
    found = {
        number
        for start, end in places
        for number in range(bisect_right(starts, start) - 1, bisect_left(starts, end))
    }
    return tuple(words[number].box for number in sorted(found))


def note(store: Store, answer: Answer, text: str = "") -> None:
    """Record that somebody searched and which dossiers they saw; not for what: that names people.

    One record stands for one answer that was looked at, however it was asked for. Of the words
    only a keyed fingerprint is kept: whoever has the words can find who searched for them.
    """
    with store.transaction() as change:
        dossiers = sorted({hit.dossier_id for hit in answer.hits})
        mark = fingerprint(change, text) if text.strip() else ""
        change.audit("search", "search", hits=len(answer.hits), dossiers=dossiers, text=mark)


def fingerprint(change: Change, text: str) -> str:
    """The words of a search under the station's secret, marks and case aside."""
    words = " ".join(word.group() for word in _WORD.finditer(_plain(_nfc(text)[:LONGEST_QUERY])))
    return hmac.new(station_secret(change), words.encode(), hashlib.sha256).hexdigest()[:32]


def _edge(text: str, at: int) -> int:
    """The next beginning of a word."""
    space = text.find(" ", at)
    return at if space < 0 or space > at + 20 else space + 1 if at < len(text) else at


def mask(text: str) -> str:
    """Numbers of persons but for their last four digits; the length stays.

    Any run of nine digits or more is taken for one; digits that stand apart are where they come to
    nine or twelve. Codes of dossiers and procedures have other separators.

    >>> mask("CCCD 022196999001, mã H49.64-261120-0147, TTHC 1.001193.000.00.00.H49")
    'CCCD ••••••••9001, mã H49.64-261120-0147, TTHC 1.001193.000.00.00.H49'
    """
    return _NUMBER.sub(_masked, text)


def _masked(match: re.Match[str]) -> str:
    number, shown = match.group(), 4
    digits = sum(char.isdigit() for char in number)
    if digits < 9 or (" " in number and digits not in (9, 12)):
        return number
    out = []
    for char in reversed(number):
        is_hidden = char.isdigit() and shown <= 0
        shown -= char.isdigit()
        out.append("•" if is_hidden else char)
    return "".join(reversed(out))


def _nfc(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def _plain_letter(char: str) -> str:
    if char in "đĐ":
        return "d"
    letter = unicodedata.normalize("NFD", char)[0].lower()
    return letter if len(letter) == 1 else char


_LETTERS = {code: _plain_letter(chr(code)) for code in (*range(0x250), *range(0x1E00, 0x1F00))}
"""Latin letters, of which Vietnamese has all its own."""


def _plain(text: str) -> str:
    """Letters without marks in lower case, each in its place: the length stays."""
    return text.translate(_LETTERS)
