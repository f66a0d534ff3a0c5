"""What print never looks like: codes torn in two, specks among words, capitals out of place."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, pairwise

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
_SMALL_WORDS = frozenset(str.split("các của cho có cùng cũng sau sẽ số so với vào vậy và vì ở"))
"""Words that no title or name begins with within a sentence, and whose capital is only larger."""
_LONE_WORDS = frozenset("aàáạảãăâbcdđeêghiìíklmnoòóôơởờợớpqrstuưvxyýỳỷ")
_LIST = re.compile(r"^[-–—+*•]$")
_ROUND = frozenset("cosuvxzwCOSUVXZW")
"""Letters whose capital is only larger."""


@dataclass(frozen=True, slots=True)
class Limits:
    """When a sign is a speck and a gap no gap."""

    speck: float = 0.6
    """Engine confidence below which a lone full stop, colon or dash within a line is a speck."""
    letter: float = 0.5
    """The same for a lone letter."""
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
    a, b = (
        rows.upright(word.box, text.rotation, text.width, text.height) for word in (left, right)
    )
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


def without_specks(words: Sequence[Word], limits: Limits) -> tuple[list[Word], list[Word]]:
    """The words, and what of them is only dirt, ruling or the edge of a stamp."""
    kept: list[Word] = []
    dropped: list[Word] = []
    for number, word in enumerate(words):
        starts_line = number == 0 or words[number - 1].line != word.line
        (dropped if _is_speck(word, starts_line, limits) else kept).append(word)
    return kept, dropped


def _is_speck(word: Word, starts_line: bool, limits: Limits) -> bool:
    text = word.text
    if len(text) > 1:
        return text == ".." and not starts_line
    if text in _SPECKS:
        return True
    if text.isalpha():
        return _is_odd_letter(text, word.confidence, limits)
    if text.isdigit() or starts_line:
        return False
    return word.confidence < limits.speck and text in ".:;,-–—="


def _is_odd_letter(text: str, confidence: float, limits: Limits) -> bool:
    if text.isascii():
        return False
    return text.lower() not in _LONE_WORDS or confidence < limits.letter


def line_ends(words: Sequence[Word]) -> list[Word]:
    """Items of a list end alike: ':' or ',' between items that end with ';' is ';'."""
    made = list(words)
    lines = [list(group) for _, group in groupby(range(len(words)), lambda n: words[n].line)]
    for line, after in pairwise(lines):
        last = made[line[-1]]
        item = _LIST.match(made[line[0]].text) and made[line[0]].text == made[after[0]].text
        if item and last.text[-1] in ":," and _semicolons(made, lines, made[line[0]].text) > 1:
            made[line[-1]] = replace(last, text=last.text[:-1] + ";")
    return made


def _semicolons(words: Sequence[Word], lines: Sequence[Sequence[int]], sign: str) -> int:
    return sum(words[line[0]].text == sign and words[line[-1]].text.endswith(";") for line in lines)


def reshaped(words: Sequence[Word], model: Model) -> list[Word]:
    """Signs that stand for a letter, and capitals that are only their small letter's shape."""
    rules: tuple[Callable[[Sequence[Word], int, Model], str], ...] = (_without_rings, _small)
    made = list(words)
    for number in range(len(made)):
        for rule in rules:
            text = rule(made, number, model)
            if text != made[number].text:
                made[number] = replace(made[number], text=text)
    return made


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
    if number + 1 == len(words) or words[number].text[-1] in ",;.)":
        return True
    after = words[number + 1].text
    return after[0].islower() or after[0].isdigit()
