"""Pages that seem to carry a mark of secrecy: MẬT, TỐI MẬT or TUYỆT MẬT standing by itself.

The marks are small red frames of their own, apart from the text. “Bảo mật” and “bí mật” in running
text, in headings and broken over two lines are none. A suggestion blocks the dossier until the
clerk answers, so a missed mark is worse than a false one, and a false one costs one key.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Sequence

from desk_app.recognition.secret_stamps import MARKS
from desk_app.recognition.vietnamese import fold
from desk_app.records import Box, Finding, Page, PageText, Text, Word
from desk_app.store.secrecy import FINDING

EXACT = "MẬT"
_APART = 2.0
"""Heights of a word that lie between a mark and its neighbours on the same line."""
_LARGE = 1.25
"""Against the page's words: from here a misread mark (MAT, MẶT) is believed as well."""
_BEGINS = ("bao", "bi")
"""Words that a line break may part from their “mật”."""


def run(pages: Sequence[Page]) -> Iterator[Finding]:
    """A finding for each page in use that seems to carry a mark."""
    for number, page in enumerate(pages, start=1):
        found = marks(page.reading.text) if page.reading else []
        if not found or page.set_aside:
            continue
        said, box = found[0]
        where = int(page.position) or number
        text = Text(
            f"Trang {where} giống như mang dấu độ mật “{said}”. Giấy tờ mật không được gửi lên "
            "mạng. Không phải: bấm Enter. Đúng: đánh dấu hồ sơ mật.",
            f"Page {where} seems to carry the mark of secrecy “{said}”. Secret papers never go "
            "onto a network. It is none: press Enter. It is: mark the dossier as secret.",
        )
        yield Finding(FINDING, "problem", text, page_id=page.id, box=box)


def marks(text: PageText) -> list[tuple[str, Box]]:
    """What looks like a mark on a page, with its place."""
    if not text.words:
        return []
    usual = statistics.median(_height(word) for word in text.words)
    parts = list(_parts(text.words))
    return [
        (said, _around(part)) for part in parts
        if (said := _mark_of(part, usual)) and not _is_rest(part, parts)
    ]  # fmt: skip


def _parts(words: Sequence[Word]) -> Iterator[list[Word]]:
    """Words of a line that stand together."""
    lines: dict[int, list[Word]] = {}
    for word in words:
        if any(letter.isalnum() for letter in word.read or word.text):
            lines.setdefault(word.line, []).append(word)
    for line in lines.values():
        part: list[Word] = []
        for word in sorted(line, key=lambda each: each.box[0]):
            if part and word.box[0] - part[-1].box[2] > _APART * _height(word):
                yield part
                part = []
            part.append(word)
        yield part


def _mark_of(part: Sequence[Word], usual: float) -> str:
    """The mark that a part is, as it is written right; empty where it is none."""
    if len(part) > 2:
        return ""
    for read in (" ".join(_letters(word.read) for word in part),
                 " ".join(_letters(word.text) for word in part)):  # fmt: skip
        mark = MARKS.get(fold(read).replace(" ", ""), "")
        if not read.isupper() or not mark:
            continue
        is_sure = mark != EXACT or read == EXACT
        if is_sure or max(map(_height, part)) >= _LARGE * usual:
            return mark
    return ""


def _is_rest(part: Sequence[Word], parts: Sequence[Sequence[Word]]) -> bool:
    """Whether the line above, in the same column, ends with the beginning of “bảo mật”."""
    x0, y0, x1, y1 = _around(part)
    reach = 2.5 * (y1 - y0)
    for other in parts:
        left, _, right, bottom = _around(other)
        is_above = 0 <= y0 - bottom + (y1 - y0) / 2 <= reach and left < x1 + reach and right > x0
        if is_above and fold(_letters(other[-1].read)) in _BEGINS:
            return True
    return False


def _letters(text: str) -> str:
    """Without the frame's lines and punctuation that the engine reads beside a stamp."""
    return "".join(letter for letter in text if letter.isalpha())


def _height(word: Word) -> int:
    return max(1, word.box[3] - word.box[1])


def _around(part: Sequence[Word]) -> Box:
    return (
        min(word.box[0] for word in part), min(word.box[1] for word in part),
        max(word.box[2] for word in part), max(word.box[3] for word in part),
    )  # fmt: skip
