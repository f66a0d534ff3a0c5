"""What the head and the foot of an office paper say, told by where it stands.

A letterhead has two columns: at the left the superior body, the agency, number and "V/v", at the
right the state's name, place and date; the foot has Nơi nhận at the left and who signs at the
right (Nghị định 30/2020/NĐ-CP, annex I). None of this has labels that could simply be looked for.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from desk_app.recognition import offices
from desk_app.recognition.doctypes import TypeRules
from desk_app.recognition.labels import Line
from desk_app.recognition.rows import Row, find, plain
from desk_app.recognition.values import Value, parse
from desk_app.recognition.vietnamese import normalise_tone
from desk_app.records import Text, Word

_MOTTOS = (
    "Cộng hòa xã hội chủ nghĩa Việt Nam", "Độc lập - Tự do - Hạnh phúc", "Đảng Cộng sản Việt Nam",
)  # fmt: skip
_LOWEST_HEAD = 0.45
"""Share of the page's height above which a letterhead ends."""
_NUMBER_LABEL = re.compile(r"^\W*S[ốôồóoõỗ0]\s*(?:[:.;,]|(?=\s*\d)|(?=\s*/))\W*", re.IGNORECASE)
_NUMBER = re.compile(
    r"(?:(?P<no>\d+[a-z]?(?:\s?/\s?(?:19|20)\d\d)?)\s*)?/\s*"
    r"(?P<sign>[A-ZĐ][\wĐđ.&]*(?:\s?[-–/]\s?[\wĐđ.&]+)*)"
)
_PARTY_NUMBER = re.compile(r"(?P<no>\d+)\s?[-–]\s?(?P<sign>[A-ZĐ]{1,6}/[A-ZĐ][\wĐ.]*)")
_REGARDING = re.compile(
    r"^\W*(?:V\s?/\s?\S{1,2}(?=\s)|V\s?[|lI1]?\s?[vw]\b|V[ềêé]\s+vi[ệêẹ]c\b)[\s:.]*", re.IGNORECASE
)
_PLACE = r"(?:^|(?<=\s))(?!Hôm nay|Sinh|Cấp|Ngày)(?P<place>(?:TP\.?\s?)?[A-ZĐÀ-Ỹ][^\d:;.…,]{1,40}?)"
_DATED = re.compile(
    rf"(?:{_PLACE}\s*,|(?:^|(?<=\s))[.…_,][.…_,\s]*|^\W*)\s*"
    r"(?P<date>[Nn]g.y\s+\d{1,2}\s+th.ng\s+\d{1,2}\s+n.m\s+\d{4})\W*$"
)
_YEAR_BELOW = re.compile(
    rf"{_PLACE}\s*,\s*(?P<date>[Nn]g.y\s+\d{{1,2}}\s+th.ng\s+\d{{1,2}}\s+n.m)\W*$"
)
_LONE_YEAR = re.compile(r"(?:^|\s)((?:19|20)\d\d)\W*$")
_PLACED = re.compile(rf"{_PLACE}\s*,\s*[Nn]g.y\b")
_BODY = re.compile(
    r"\W*(?:Kính gửi|Căn cứ|Thực hiện|Theo|Hôm nay|Để|Nhằm|Trên cơ sở|Trong|Sau khi|Ngày \d|Xét|"
    r"Điều 1|[IVX]+\.\s|\d+\.\s|Phần)\b"
)
_HANDWRITTEN = Text(
    "Số có thể được viết tay; đối chiếu với trang giấy",
    "The number may be written by hand; compare it with the page",
)
_FOR_ANOTHER = re.compile(r"^\W*(?:K/?T|T/?L|T/?[UƯ]Q)\s?[.,:]", re.IGNORECASE)
_LIST_ITEM = re.compile(r"^\W*[-–—+•]\s*|^\W*(?=L[ưu]u\s*:)")


@dataclass(frozen=True, slots=True)
class Part:
    """A value with the words it was read from."""

    value: Value
    words: tuple[Word, ...]
    page_id: str


@dataclass(frozen=True, slots=True)
class Strip:
    """The part of a row that stands in one column."""

    row: Row
    page_id: str


class Paper:
    """An office paper cut into the columns of its head and foot."""

    def __init__(
        self, lines: Sequence[Line], rules: TypeRules, sizes: dict[str, tuple[int, int]]
    ) -> None:
        """Cut a paper.

        Args:
            lines: Rows of all its pages.
            rules: Whose titles end the head.
            sizes: Width and height of each page, upright, in pixels.
        """
        self.lines, self.rules, self.sizes = lines, rules, sizes
        self.first = lines[0].page_id if lines else ""
        width, height = sizes.get(self.first, (1, 1))
        upper = [line.row for line in lines if line.page_id == self.first]
        self.upper = [row for row in upper if row.rect[1] < 0.7 * height]
        self.title = next((n for n, row in enumerate(self.upper) if self._is_title(row)), None)
        self.head = self._head_rows(height)
        if not any(_is_of_head(row) for row in self.head):
            self.head = []  # a later page came alone: its upper part is text or a signature
        self.in_head = {id(row) for row in self.head}
        self.gutter = _gutter(self.head, width)
        self.left, self.right = self._columns()

    def _is_title(self, row: Row) -> bool:
        titles = {plain(title) for title in self.rules.titles}
        heads = tuple(plain(head) for head in self.rules.heads)
        if _capitals(row.text) < 0.8:
            return False
        return row.plain in titles or any(row.plain.startswith(head) for head in heads)

    def _head_rows(self, height: int) -> list[Row]:
        end = self.title if self.title is not None else len(self.upper)
        found: list[Row] = []
        for row in self.upper[:end]:
            if row.rect[1] > _LOWEST_HEAD * height or row.plain.startswith(
                ("kinh gui", "noi nhan")
            ):
                break
            found.append(row)
        return found

    def _columns(self) -> tuple[list[Row], list[Row]]:
        if self.gutter is None:
            return [], self.head
        left: list[Row] = []
        right: list[Row] = []
        for row in self.head:
            ours, theirs = _cut(row, self.gutter)
            left += [row.part(ours)] if ours else []
            right += [row.part(theirs)] if theirs else []
        return left, right

    def part(self, value: Value | None, rows: Iterable[Row]) -> Part | None:
        """Return a value found in the head."""
        words = tuple(word for row in rows for word in row.words)
        return Part(value, words, self.first) if value is not None else None


def _is_of_head(row: Row) -> bool:
    return _NUMBER_LABEL.match(row.text) is not None or any(find(m, row) for m in _MOTTOS)


def _capitals(text: str) -> float:
    letters = [char for char in text if char.isalpha()]
    return sum(map(str.isupper, letters)) / len(letters) if letters else 0.0


def _gutter(rows: Sequence[Row], width: int) -> float | None:
    """Left edge of the state's name where it stands at the right of another column."""
    for motto in _MOTTOS:
        for row in rows:
            match = find(motto, row)
            if match is not None:
                x = row.rects[row.words_between(match.start, match.end)[0]][0]
                return x if x > 0.36 * width else None
    return None


def _cut(row: Row, x: float) -> tuple[list[int], list[int]]:
    """Cut a row at its widest hole near x; a row without a hole belongs to one side."""
    reach = 6 * row.height
    holes = [
        (row.rects[n][0] - row.rects[n - 1][2], n)
        for n in range(1, len(row.words))
        if abs((row.rects[n][0] + row.rects[n - 1][2]) / 2 - x) < reach
    ]
    gap, at = max(holes, default=(0.0, 0))
    everything = list(range(len(row.words)))
    if gap > 1.2 * row.height:
        return everything[:at], everything[at:]
    aligned = [n for n in everything[1:] if abs(row.rects[n][0] - x) < 0.6 * row.height]
    if aligned and row.rect[0] < x - reach:
        # The columns nearly touch, but a word stands just below the other column's edge.
        return everything[: aligned[0]], everything[aligned[0] :]
    middle = (row.rect[0] + row.rect[2]) / 2
    return (everything, []) if middle < x else ([], everything)


# ------------------------------------------------------------------ head, left column
def agency(paper: Paper) -> Part | None:
    """The agency's own name, the last of those above the number."""
    names, rows = _agencies(paper)
    if not names:
        return None
    own = [row for row in rows if row.plain and row.plain in plain(names[-1])]
    certainty = _agency_certainty(names[-1])
    there = place(paper)
    if there is not None and _differs_in_marks(names[-1], there.value.text):
        certainty *= 0.7
    return paper.part(Value(names[-1], names[-1], certainty), own)


def superior(paper: Paper) -> Part | None:
    """The body above the agency, where the letterhead names one."""
    names, rows = _agencies(paper)
    if len(names) < 2:
        return None
    name = " ".join(names[:-1])
    above = [row for row in rows if row.plain and row.plain in plain(name)]
    return paper.part(Value(name, name, _agency_certainty(name)), above)


def _agencies(paper: Paper) -> tuple[list[str], list[Row]]:
    rows: list[Row] = []
    for row in paper.left:
        if _NUMBER_LABEL.match(row.text) or _REGARDING.match(row.text):
            break
        if _capitals(row.text) >= 0.8 and sum(map(str.isalpha, row.text)) >= 4:
            rows.append(row)
        elif rows:
            break
    texts = [re.sub(r"^\W+|[^\w)]+$", "", row.text) for row in rows]
    return offices.agency_names(texts), rows


def _agency_certainty(name: str) -> float:
    """Lost marks on words that all agencies share show how well the line was read."""
    if not offices.is_agency(name) or name.isascii():
        return 0.7
    return 0.7 if offices.is_misspelt(name) else 1.0


def _differs_in_marks(name: str, there: str) -> bool:
    """Whether the agency names the place of signing, but with other marks: one was misread."""
    spelt = normalise_tone(there).casefold()
    return plain(there) in plain(name) and spelt not in normalise_tone(name).casefold()


def number(paper: Paper) -> Part | None:
    """The paper's number with its notation; nothing where the number was left blank."""
    found = _numbered(paper)
    if found is None:
        return None
    row, match = found
    if not match["no"]:
        return None
    text, marred = _notation(match.group())
    words = row.words_between(match.start(), match.end())
    by_hand = _was_filled_in(row, words)
    certainty = (0.4 if by_hand else 1.0) * (0.7 if marred else 1.0)
    value = Value(text, match.group(), certainty, _HANDWRITTEN if by_hand else None)
    return paper.part(value, [row.part(words)])


def notation(paper: Paper) -> Part | None:
    """The notation behind the number: UBND-KGVX."""
    found = _numbered(paper)
    if found is None:
        return None
    row, match = found
    sign, marred = _notation(match["sign"])
    words = row.words_between(match.start("sign"), match.end("sign"))
    return paper.part(Value(sign, match["sign"], 0.7 if marred else 1.0), [row.part(words)])


def _notation(text: str) -> tuple[str, bool]:
    """A number without blanks; engines read one Đ as two letters, one of them no Vietnamese."""
    joined = re.sub(r"\s", "", text.replace("–", "-"))
    mended = re.sub("[ĐÐ]*Ð[ĐÐ]*", "Đ", joined)
    return mended, mended != joined


def _numbered(paper: Paper) -> tuple[Row, re.Match[str]] | None:
    for row in (*paper.left, *paper.head, *paper.upper[:12]):
        label = _NUMBER_LABEL.match(row.text)
        if label is None:
            continue
        end = label.end() - (row.text[label.end() - 1] == "/")
        match = _NUMBER.match(row.text, end) or _PARTY_NUMBER.match(row.text, end)
        if match is not None:
            return row, match
    return None


def _was_filled_in(row: Row, words: Sequence[int]) -> bool:
    """A hole between number and notation was printed for a pen."""
    gaps = [row.rects[b][0] - row.rects[a][2] for a, b in itertools.pairwise(words)]
    split = any(row.words[n].text.startswith("/") for n in words[1:])
    return split and max(gaps, default=0.0) > 0.45 * row.height


def subject(paper: Paper) -> Part | None:
    """What the paper is about: behind V/v in the head, or centred below its title."""
    return _regarding(paper) or _below_title(paper)


def _regarding(paper: Paper) -> Part | None:
    rows: list[Row] = []
    for row in paper.left or paper.head:
        if rows and row.rect[1] - rows[-1].rect[3] > 1.3 * rows[-1].height:
            break
        if rows or _REGARDING.match(row.text):
            rows.append(row)
    return _summary(paper, rows)


def _below_title(paper: Paper) -> Part | None:
    """Lines centred below the title down to the rule, a gap or the body."""
    if paper.title is None:
        return None
    title = paper.upper[paper.title]
    middle = (title.rect[0] + title.rect[2]) / 2
    text_width = max(row.rect[2] for row in paper.upper) - min(row.rect[0] for row in paper.upper)
    rows: list[Row] = []
    for row in paper.upper[paper.title + 1 : paper.title + 8]:
        above = rows[-1] if rows else title
        near = row.rect[1] - above.rect[3] < (1.1 if rows else 2.2) * above.height
        centred = abs((row.rect[0] + row.rect[2]) / 2 - middle) < 0.03 * text_width
        if not near or not centred or _BODY.match(row.text):
            break
        if rows and (_capitals(row.text) >= 0.8) != (_capitals(rows[0].text) >= 0.8):
            break
        rows.append(row)
    tail = _title_tail(paper, title)
    if not rows and tail:
        return paper.part(Value(tail, tail, 0.8), [title])
    return _summary(paper, rows)


def _title_tail(paper: Paper, title: Row) -> str:
    """What follows the kind's name on the title's own line: BIÊN BẢN HỌP."""
    for head in sorted(paper.rules.heads, key=len, reverse=True):
        match = find(head, title)
        if match is not None and match.end < len(title.text):
            return title.text[match.end :].strip(" :.-")
    return ""


def _summary(paper: Paper, rows: Sequence[Row]) -> Part | None:
    text = " ".join(re.sub(r"^[\W_]+(?=\w)|\s[-–—_.]+$", "", row.text) for row in rows)
    text = _REGARDING.sub("", text).strip(" .-–—_:;")
    if sum(map(str.isalpha, text)) < 6:
        return None
    return paper.part(Value(text, text), rows)


# ------------------------------------------------------------------ head, right column
def place(paper: Paper) -> Part | None:
    """Where the paper was signed."""
    for row in (*paper.right, *paper.head):
        match = _PLACED.search(row.text)
        if match is not None:
            words = row.words_between(match.start("place"), match.end("place"))
            text = match["place"].strip()
            return paper.part(Value(text, text), [row.part(words)])
    return None


def dated(lines: Sequence[Row]) -> tuple[Row, int, int, str] | None:
    """Return the first row that ends in place and date of signing.

    Returns:
        The row, where the date stands on it, and the date as printed; a year that a narrow column
        put on the next row belongs to it.
    """
    for number_, row in enumerate(lines):
        match = _DATED.search(row.text)
        if match is not None:
            return row, match.start("date"), match.end("date"), match["date"]
        match = _YEAR_BELOW.search(row.text)
        below = lines[number_ + 1].text if match and number_ + 1 < len(lines) else ""
        year = _LONE_YEAR.search(below)
        if match is not None and year is not None:
            return row, match.start("date"), match.end("date"), f"{match['date']} {year[1]}"
    return None


# ------------------------------------------------------------------ to whom, and the foot
def addressee(paper: Paper) -> Part | None:
    """To whom the paper speaks: behind Kính gửi, or the list below it."""
    for number_, row in enumerate(paper.upper):
        match = find("Kính gửi", row)
        if match is None or any(map(str.isalpha, row.text[: match.start])):
            continue
        behind = [
            n for n in row.words_between(match.end, len(row.text)) if row.starts[n] >= match.end
        ]
        rows = [row.part(behind)] if behind else []
        rows += _list_below(paper.upper[number_ + 1 :], row, is_open=not _has_letters(rows))
        return _joined(rows, paper.first)
    return None


def _has_letters(rows: Sequence[Row]) -> bool:
    return any(map(str.isalpha, "".join(row.text for row in rows)))


def _list_below(rows: Sequence[Row], above: Row, *, is_open: bool) -> list[Row]:
    """Rows of a list with marks, and those that go on with an item."""
    found: list[Row] = []
    for row in rows[:12]:
        last = found[-1] if found else above
        if row.rect[1] - last.rect[3] > 1.2 * last.height:
            break
        if not _LIST_ITEM.match(row.text):
            ended = found and found[-1].text.rstrip()[-1:] in ".;:"
            if not (found and not ended) and not (is_open and not found):
                break
        found.append(row)
    return found


def _joined(rows: Sequence[Row], page_id: str) -> Part | None:
    items: list[str] = []
    for row in rows:
        text = _LIST_ITEM.sub("", row.text).strip(" :")
        if items and not _LIST_ITEM.match(row.text):
            items[-1] = f"{items[-1]} {text}"
        else:
            items.append(text)
    text = "; ".join(item.strip(" .;,:/") for item in items if any(map(str.isalpha, item)))
    words = tuple(word for row in rows for word in row.words)
    return Part(Value(text, text), words, page_id) if len(text) > 2 else None


def recipients(paper: Paper) -> Part | None:
    """The list below Nơi nhận."""
    for number_, line in enumerate(paper.lines):
        match = find("Nơi nhận", line.row)
        if match is None or line.row.text[match.end : match.end + 2].strip()[:1] != ":":
            continue
        if any(map(str.isalpha, line.row.text[: match.start])):
            continue
        below = _left_column(paper.lines[number_ + 1 :], line, match.start)
        return _joined(below, line.page_id)
    return None


def _left_column(lines: Sequence[Line], head: Line, start: int) -> list[Row]:
    """The list items below a heading at the left, without the column that signs."""
    first = head.row.words_between(start, start + 1)[0]
    left, height = head.row.rects[first][0], head.row.height
    found: list[Row] = []
    bottom = head.row.rect[3]
    for line in lines[:24]:
        row = line.row
        if line.page_id != head.page_id or row.rect[1] - bottom > 4 * height:
            break
        kept = _until_hole(row)
        if row.rects[0][0] > left + 5 * height:
            continue
        item = row.part(kept)
        is_item = _LIST_ITEM.match(item.text) is not None
        if not is_item and (not found or row.rect[1] - bottom > 1.5 * height):
            break
        found.append(item)
        bottom = row.rect[3]
        if "luu" in item.plain.split()[:1]:
            break
    return found


def _until_hole(row: Row) -> list[int]:
    kept = [0]
    for n in range(1, len(row.words)):
        if row.rects[n][0] - row.rects[n - 1][2] > 1.5 * row.height:
            break
        kept.append(n)
    return kept


@dataclass(frozen=True, slots=True)
class _Signature:
    """Who signed, in what position."""

    position: tuple[Row, ...]
    name: Row | None
    value: Value | None
    page_id: str


def signer(paper: Paper) -> Part | None:
    """The name below the position of who signs."""
    found = _signature(paper)
    if found is None or found.name is None or found.value is None:
        return None
    return Part(found.value, found.name.words, found.page_id)


def signer_position(paper: Paper) -> Part | None:
    """The own position: before the name, or the last line above the signature."""
    found = _signature(paper)
    if found is None:
        return None
    rank: Part | None = None
    for row in reversed([*found.position, *([found.name] if found.name else [])]):
        text = _without_debris(offices.AUTHORITY.sub("", row.text)).strip(" .,:;'\"")
        count = offices.opening_position(text)
        if row is found.name:
            text = " ".join(text.split()[:count])
        # KT. CHỦ TỊCH says for whom one signs; the own position stands below.
        foreign = text.casefold().startswith(("người ", "đại diện")) or _FOR_ANOTHER.match(row.text)
        if not count or foreign:
            continue
        words = row.words[: len(text.split())] if row is found.name else row.words
        # Of a position that nobody signs below, only capitals tell that it is one.
        sure = 1.0 if found.name or _capitals(text) >= 0.8 else 0.7
        part = Part(Value(text, text, sure), words, found.page_id)
        if not offices.is_rank(text):
            return part
        rank = rank or part
    return rank


def _signature(paper: Paper) -> _Signature | None:
    """The last block of a position in capitals with a name below it."""
    strips = [strip for line in paper.lines for strip in _strips(line, paper)]
    starts = [n for n, strip in enumerate(strips) if _signs(strip.row)]
    best: _Signature | None = None
    for start in reversed(starts):
        if start - 1 in starts and _stand_together(strips[start - 1], strips[start]):
            continue
        found = _block(strips[start:])
        if found.name is not None:
            return found
        # A position that is signed stands in capitals; a word of a table does not.
        if best is None or _capitals(found.position[0].text) > _capitals(best.position[0].text):
            best = found
    return best


def _strips(line: Line, paper: Paper) -> list[Strip]:
    """The columns of a row, below the head."""
    if id(line.row) in paper.in_head:
        return []
    cut: list[list[int]] = [[0]]
    for n in range(1, len(line.row.words)):
        if line.row.rects[n][0] - line.row.rects[n - 1][2] > 1.8 * line.row.height:
            cut.append([])
        cut[-1].append(n)
    return [Strip(line.row.part(numbers), line.page_id) for numbers in cut]


def _signs(row: Row) -> bool:
    if len(row.plain) < 4 or len(row.plain) > 60:
        return False
    if offices.AUTHORITY.match(row.text):
        return _capitals(row.text) >= 0.8
    text = _without_debris(row.text)
    if _capitals(text) < 0.8:
        # On certificates the position stands in small letters, but alone.
        return offices.opening_position(text) == len(text.split())
    return offices.is_position(text)


def _without_debris(text: str) -> str:
    """Drop a mark or single letter that a stamp left before the first word."""
    return re.sub(r"^(?:\W+|\w\s+(?=[A-ZĐÀ-Ỹ]{2}))+", "", text)


def _stand_together(above: Strip, below: Strip) -> bool:
    return above.page_id == below.page_id and (
        below.row.rect[1] - above.row.rect[3] < 2.5 * below.row.height
    )


def _block(strips: Sequence[Strip]) -> _Signature:
    """Positions one below the other, then, in their column, a name."""
    head = strips[0]
    middle = (head.row.rect[0] + head.row.rect[2]) / 2
    position = [head.row]
    for strip in strips[1:40]:
        row = strip.row
        if strip.page_id != head.page_id or row.rect[1] - head.row.rect[3] > 16 * head.row.height:
            break
        if abs((row.rect[0] + row.rect[2]) / 2 - middle) > 6 * head.row.height:
            continue
        value = _person(row)
        if value is None and _signs(row):
            position.append(row)
            continue
        if value is not None:
            return _Signature(tuple(position), row, value, head.page_id)
    return _Signature(tuple(position), None, None, head.page_id)


def _person(row: Row) -> Value | None:
    """A line that is a name and nothing else."""
    if offices.is_agency(row.text) or offices.names_place(row.text):
        return None
    text = re.sub(r"^\W+", "", row.text)
    words = text.split()[offices.opening_position(text) :]
    value = parse("name", " ".join(words))
    letters = sum(map(str.isalpha, "".join(words)))
    if value is None or sum(map(str.isalpha, value.text)) < 0.7 * letters:
        return None
    return value


READERS = {
    "agency": agency,
    "superior": superior,
    "document_number": number,
    "notation": notation,
    "subject": subject,
    "place": place,
    "addressee": addressee,
    "recipients": recipients,
    "signer": signer,
    "signer_position": signer_position,
}
"""Kinds of values that are told by their place on an office paper."""
