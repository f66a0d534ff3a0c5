"""What print never looks like: codes torn in two, specks among words, capitals out of place."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, pairwise
from statistics import median

from desk_app.recognition import rows, vietnamese
from desk_app.recognition.language import tokens
from desk_app.recognition.language.ngrams import Model
from desk_app.records import PageText, Word

_TORN_CODE = re.compile(r"^\W?\d[\w/.]*/[\w/.]*[-/]$")
"""1368/QĐ- ; 15/2020/TT- ; 5442/"""
_CODE_TAIL = re.compile(r"^-?[A-ZĐ][\w-]*[.,;:)]*$")
_TORN_DATE = re.compile(r"^\W?\d{1,2}/(?:\d{1,2}/)?$")
_DATE_TAIL = re.compile(r"^(?:\d{1,2}/)?\d{4}[.,;:)]*$|^\d{1,2}/$")
_SPECKS = frozenset("'`´ˆ¨_|¦¿¡")
"""Signs that stand alone in no line of print."""
_RULED = re.compile(r"^[ˆ¨¦|_]+(?=[^\W_])")
_QUOTED = re.compile(r"^['`´\"][^\W_]")
_QUOTES = frozenset("\"'“”‘’`´")
_TWICE = re.compile(r"[ĐÐ]*Ð[ĐÐ]+|[ĐÐ]+Ð[ĐÐ]*")
"""One fat Đ, read as two letters of which one at least is the Icelandic look-alike."""
_SMALL_WORDS = frozenset(str.split("các của cho có cùng cũng sau sẽ với vào vậy và vì ở"))
"""Words that no title or name begins with within a sentence, and whose capital is only larger."""
_RULES = frozenset("|¦_")
"""Of these, what ruling is read as; they may be long."""
_DASHES = frozenset("-–—")
_LONE_WORDS = frozenset("aàáạảãăâbcdđeêghiìíklmnoòóôơởờợớpqrstuưvxyýỳỷ")
_LIST = re.compile(r"^[-–—•]$")
_LETTERED = re.compile(r"^[^\s()]{1,2}\)$")
_ORDER = "abcdđeghiklmnopqrstuvxy"
"""Letters of lists, in the order in which papers count with them."""
_LOOKS_LIKE = {
    "a": "4äå",
    "b": "6",
    "c": ("e", "€", "©", "¢", "c©", "o"),
    "d": "đ",
    "đ": "d",
    "e": ("c", "€", "©", "ce"),
    "g": ("ø", "gø", "8", "9", "q"),
    "i": ("1", "ï", "í", "¡", "ì"),
    "l": ("1", "I", "}", "]", "|", "ï", "t"),
}
_SIDE_BY_SIDE = -4.0
"""Logarithm of P(word | word before) from which two small words belong side by side."""
_OPENERS = frozenset(str.split("đây sau gồm là vụ"))
"""Words behind which a colon opens a list."""
_GLUED = re.compile(r"^([^\W\d_]{2,7})([.\-])([^\W\d_]{2,7})([.,;:)]*)$")
_GLUED_DATE = re.compile(r"^(ngày|số)[.,:](\d[\w/.-]*)$", re.IGNORECASE)
_ROUND = frozenset("cosuvxzwCOSUVXZW")
"""Letters whose capital is only larger."""


@dataclass(frozen=True, slots=True)
class Limits:
    """When a sign is a speck and a gap no gap."""

    speck: float = 0.6
    """Engine confidence below which a lone full stop, colon or dash within a line is a speck."""
    size: float = 0.5
    """Longest side of a speck, in heights of the page's usual word; a lost letter is larger."""
    letter: float = 0.5
    """The same for a lone letter."""
    rule: float = 0.8
    """Engine confidence below which a dash with nothing beside it is a rule."""
    rule_reach: float = 4.0
    """How far beside it, in heights of the page's usual word, what it leads on to may stand."""
    gap: float = 0.7
    """Widest gap within a torn code, in heights of its line."""


def joined(words: Sequence[Word], text: PageText, limits: Limits) -> list[Word]:
    """Codes and dates that the engine tore in two are one word again, as one box."""
    made: list[Word] = []
    for word in words:
        if made and _is_torn(made[-1], word) and _is_near(made[-1], word, text, limits):
            made[-1] = _one(made[-1], word)
        else:
            made.append(word)
    return made


def _is_torn(left: Word, right: Word) -> bool:
    if left.line != right.line:
        return False
    code = _TORN_CODE.match(left.text) and _CODE_TAIL.match(right.text)
    return bool(code or (_TORN_DATE.match(left.text) and _DATE_TAIL.match(right.text)))


def _is_near(left: Word, right: Word, text: PageText, limits: Limits) -> bool:
    a, b = _upright(left, text), _upright(right, text)
    return b[0] - a[2] <= limits.gap * max(a[3] - a[1], b[3] - b[1])


def _one(left: Word, right: Word) -> Word:
    tail = right.text
    if left.text.endswith("-"):
        tail = tail.removeprefix("-")
    return replace(
        left,
        text=left.text + tail,
        read=f"{left.read} {right.read}",
        box=rows.union([left.box, right.box]),
        confidence=min(left.confidence, right.confidence),
    )


def without_specks(
    words: Sequence[Word], text: PageText, limits: Limits
) -> tuple[list[Word], list[Word]]:
    """The words, and what of them is only dirt, ruling or the edge of a stamp."""
    kept: list[Word] = []
    dropped: list[Word] = []
    size = limits.size * median([_short_side(word) for word in words])
    for number, word in enumerate(words):
        starts_line = number == 0 or words[number - 1].line != word.line
        is_small = _long_side(word) <= size or word.text in _RULES
        is_speck = is_small and _is_speck(word, starts_line, limits)
        if word.text in _DASHES and word.confidence < limits.rule:
            tall = _is_tall(word, text) and not starts_line
            is_speck |= tall or not _leads_on(word, words, text, limits)
        (dropped if is_speck else kept).append(word)
    return kept, dropped


def _is_tall(word: Word, text: PageText) -> bool:
    """A dash lies; what stands was read into smudges and pen strokes."""
    x0, y0, x1, y1 = _upright(word, text)
    return y1 - y0 > x1 - x0


def _leads_on(word: Word, words: Sequence[Word], text: PageText, limits: Limits) -> bool:
    """A dash with nothing beside it underlines something."""
    own = _upright(word, text)
    reach = limits.rule_reach * median([_short_side(other) for other in words])
    for other in words:
        box = _upright(other, text)
        is_level = min(own[3], box[3]) > max(own[1], box[1])
        if other is not word and is_level and -reach < box[0] - own[2] < reach:
            return True
    return False


def _upright(word: Word, text: PageText) -> tuple[float, float, float, float]:
    return rows.upright(word.box, text.rotation, text.width, text.height)


def _short_side(word: Word) -> int:
    """Height of a word of more than a letter, however the page lies."""
    return min(word.box[2] - word.box[0], word.box[3] - word.box[1])


def _long_side(word: Word) -> int:
    return max(word.box[2] - word.box[0], word.box[3] - word.box[1])


def _is_speck(word: Word, starts_line: bool, limits: Limits) -> bool:
    text = word.text
    if len(text) > 1:
        return text == ".." and not starts_line
    if text in _SPECKS:
        return True
    if text.isalpha():
        return _is_odd_letter(text, word.confidence, limits)
    if text.isdigit() or (starts_line and text != "."):
        return False
    return word.confidence < limits.speck and text in ".:;,-–—="


def _is_odd_letter(text: str, confidence: float, limits: Limits) -> bool:
    if text.isascii():
        return False
    return text.lower() not in _LONE_WORDS or confidence < limits.letter


def parted(words: Sequence[Word], text: PageText, model: Model) -> list[Word]:
    """Words that dirt in the gap glued together ("trương.xây", "ngày.01/11/2024") are two."""
    made: list[Word] = []
    for word in words:
        match = _GLUED_DATE.match(word.text) or _glued(word, model)
        if match is None:
            made.append(word)
        else:
            left, right = word.text[: match.end(1)], word.text[match.end(1) + 1 :]
            made += _two(word, left, right, text.rotation)
    return made


def _glued(word: Word, model: Model) -> re.Match[str] | None:
    """Two small words that the model knows side by side, with a sign and no space between."""
    match = _GLUED.match(word.text)
    if match is None or not word.text.islower():
        return None
    left, right = (model.id_of(tokens.key(match.group(n))) for n in (1, 3))
    if tokens.OTHER in (left, right):
        return None
    return match if model.score(left, right) > _SIDE_BY_SIDE else None


def _two(word: Word, left: str, right: str, rotation: int) -> list[Word]:
    """Share the box by letters, along the line."""
    x0, y0, x1, y1 = word.box
    share = (len(left) + 0.5) / (len(left) + len(right) + 1)
    if rotation in (90, 180):
        share = 1 - share
    x, y = round(x0 + (x1 - x0) * share), round(y0 + (y1 - y0) * share)
    boxes = [(x0, y0, x, y1), (x, y0, x1, y1)]
    if rotation in (90, 270):
        boxes = [(x0, y0, x1, y), (x0, y, x1, y1)]
    if rotation in (90, 180):
        boxes.reverse()
    # What the engine said goes with the first, so that nothing is said twice.
    first = replace(word, text=left, box=boxes[0])
    return [first, replace(word, text=right, box=boxes[1], read=right)]


def listed(words: Sequence[Word]) -> list[Word]:
    """Items of a list are marked and end alike.

    "e)" between "b)" and "d)" is "c)"; ":" or "," between items that end with ";" is ";".
    """
    made = list(words)
    lines = [list(group) for _, group in groupby(range(len(words)), lambda n: words[n].line)]
    _mend_letters(made, [line[0] for line in lines if _LETTERED.match(made[line[0]].text)])
    starts = [_LIST.match(made[line[0]].text) for line in lines]
    _mend_ends(made, lines, [n for n, kind in enumerate(starts) if kind])
    return made


def _mend_letters(words: list[Word], items: Sequence[int]) -> None:
    """A letter that does not follow the one before but looks like the one that would."""
    for before, here, after in zip(items, items[1:], [*items[2:], None], strict=False):
        last, read = words[before].text[:-1], words[here].text[:-1]
        at = _ORDER.find(last)
        meant = _ORDER[at + 1] if len(last) == 1 and 0 <= at < len(_ORDER) - 1 else ""
        if not meant or read == meant or read not in _LOOKS_LIKE.get(meant, ()):
            continue
        follows = words[after].text[:-1] if after is not None else ""
        if follows == read or follows == _ORDER[at + 2 : at + 3] or read not in _ORDER:
            words[here] = replace(words[here], text=meant + ")")


def _mend_ends(words: list[Word], lines: Sequence[Sequence[int]], items: Sequence[int]) -> None:
    """The last signs of items of one line; behind a longer one a list of its own may begin."""
    ends = [lines[before][-1] for before, after in pairwise(items) if after == before + 1]
    if sum(words[end].text.endswith(";") for end in ends) < 2:
        return
    for end in ends:
        text = words[end].text
        if len(text) > 1 and text[-1] in ":," and text[:-1].lower() not in _OPENERS:
            words[end] = replace(words[end], text=text[:-1] + ";")


def reshaped(words: Sequence[Word], model: Model) -> list[Word]:
    """Signs that stand for a letter, and capitals that are only their small letter's shape."""
    rules: tuple[Callable[[Sequence[Word], int, Model], str], ...] = (
        _without_lead, _without_rings, _single, _small,
    )  # fmt: skip
    made = list(words)
    for number in range(len(made)):
        for rule in rules:
            text = rule(made, number, model)
            if text != made[number].text:
                made[number] = replace(made[number], text=text)
    return made


def _without_lead(words: Sequence[Word], number: int, _: Model) -> str:
    """Ruling beside a word is read as a sign in front of it, or as a quote that nothing closes."""
    text = _RULED.sub("", words[number].text)
    if not _QUOTED.match(text):
        return text
    later = (text[1:], *(word.text for word in words[number + 1 :]))
    closed = any(char in _QUOTES for other in later for char in other)
    return text if closed else text[1:]


def _single(words: Sequence[Word], number: int, _: Model) -> str:
    """One fat Đ of a small word ("ĐÐịnh"); capitals may be a code or a name: see `suggested`."""
    word = words[number]
    once = _once(word)
    return once if not once.isupper() and vietnamese.is_syllable(once) else word.text


def _once(word: Word) -> str:
    """The word as read with each fat Đ as one letter; its text where none was read twice."""
    read = word.read.replace(" ", "")  # a code that was torn has been joined
    if not _TWICE.search(read) or vietnamese.nfc(read) != word.text:
        return word.text
    return vietnamese.nfc(_TWICE.sub("Đ", read))


def suggested(words: Sequence[Word]) -> list[Word]:
    """Codes and names in capitals whose Đ was read as two letters, with what they likely are."""
    return [
        replace(word, suggestion=once, flagged=True) if (once := _once(word)) != word.text else word
        for word in words
    ]


def _without_rings(words: Sequence[Word], number: int, _: Model) -> str:
    """A "c" with dirt in it is read as "©": "c©)" and "©)" are "c)", "TTH©" is "TTHC"."""
    text = words[number].text
    if "©" not in text or text == "©":
        return text
    starts_line = number == 0 or words[number - 1].line != words[number].line
    if re.fullmatch(r"c?©\)", text):
        return "c)" if starts_line or "c" in text else text
    before = text[: text.index("©")]
    return text.replace("©", "C" if before.isupper() else "c") if before else text


def _small(words: Sequence[Word], number: int, model: Model) -> str:
    """A word of letters like C, O, S in capitals between small words is small."""
    text = words[number].text
    match = re.fullmatch(r"([^\W\d_]+)([,;.)]*)", text)
    if match is None or not _follows_small(words, number):
        return text
    core = match.group(1)
    round_letters = [vietnamese.strip_diacritics(char) in _ROUND for char in core]
    known = model.knows(tokens.key(core)) and vietnamese.is_syllable(core)
    if not known or not _is_before_small(words, number):
        return text
    if len(core) > 1 and core.isupper() and all(round_letters):
        return text.lower()
    if core.istitle() and core.lower() in _SMALL_WORDS:
        return text.lower()
    odd = core[0].islower() and core != core.lower() and core.lower() != core
    return text.lower() if odd else text


def _follows_small(words: Sequence[Word], number: int) -> bool:
    if not number or words[number - 1].line != words[number].line:
        return False
    before = words[number - 1].text
    return before.isalpha() and before[1:] == before[1:].lower() and len(before) > 1


def _is_before_small(words: Sequence[Word], number: int) -> bool:
    """Whether what follows is a small word, a number, a sign or the end of the line."""
    if number + 1 == len(words) or words[number].text.endswith((",", ";", ".", ")")):
        return True
    after = words[number + 1].text
    return after[:1].islower() or after[:1].isdigit()
