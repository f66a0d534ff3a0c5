"""Vietnamese writing: marks, syllables, names and dates."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from functools import lru_cache

_TONES = {
    "\u0300": "grave",
    "\u0301": "acute",
    "\u0303": "tilde",
    "\u0309": "hook",
    "\u0323": "dot",
}
_TONE_MARKS = {name: mark for mark, name in _TONES.items()}
_VOWELS = "aăâeêioôơuưy"
_MARKED_VOWELS = "ăâêôơư"

_ONSETS_FRONT = str.split("b ch d đ gh gi h k kh l m n ngh nh ph r s t th tr v x p")
_ONSETS_BACK = str.split("b c ch d đ g gi h kh l m n ng nh ph r s t th tr v x p")
_RIMES = str.split(
    "a ac ach ai am an ang anh ao ap at au ay ăc ăm ăn ăng ăp ăt âc âm ân âng âp ât âu ây "
    "e ec em en eng eo ep et ê êch êm ên ênh êp êt êu "
    "i ia ich im in inh ip it iu iêc iêm iên iêng iêp iêt iêu y "
    "o oc oi om on ong op ot ooc oong oa oac oach oai oam oan oang oanh oao oap oat oay "
    "oăc oăm oăn oăng oăp oăt oe oen oeo oet ô ôc ôi ôm ôn ông ôp ôt ôông ơ ơi ơm ơn ơp ơt "
    "u ua uc ui um un ung up ut uân uâng uât uây uê uêch uên uênh uêt uơ uy uya uych uyn uynh "
    "uyp uyt uyu uyên uyêt uôc uôi uôm uôn uông uôt "
    "ư ưa ưc ưi ưm ưn ưng ưt ưu ươc ươi ươm ươn ương ươp ươt ươu"
)
_RIMES_AFTER_QU = str.split(
    "a ac ach ai an ang anh ao ap at au ay ăc ăm ăn ăng ăp ăt ân âng ât âu ây "
    "e en eo et ê êch ên ênh êt ôc ôi ơ ơi ơn ơt i y ych yn ynh yt yên yêt yêu"
)
_RIMES_BARE_Y = str.split("y yêm yên yêng yêt yêu")
_STOPS = ("c", "ch", "p", "t")


_ALIKE = str.maketrans({"Ð": "Đ", "Ɖ": "Đ", "ð": "đ", "ɖ": "đ", "\u2044": "/", "\u2215": "/"})
"""Foreign letters for Đ, a fraction's slash for a date's: engines and old keyboards give them."""


def nfc(text: str) -> str:
    """Composed form: one Vietnamese letter is one character; Đ and the slash are the usual ones."""
    return unicodedata.normalize("NFC", text).translate(_ALIKE)


def strip_diacritics(text: str) -> str:
    """Letters without any mark; đ becomes d. Keeps case, and the length of composed text."""
    plain = unicodedata.normalize("NFD", nfc(text).replace("đ", "d").replace("Đ", "D"))
    return nfc("".join(char for char in plain if not unicodedata.combining(char)))


def fold(text: str) -> str:
    """What is left for a lenient comparison: no marks, lower case, single spaces."""
    return " ".join(strip_diacritics(text).lower().split())


def name_key(name: str) -> str:
    """A person's name as compared between sources: QR, machine-readable zone, print."""
    letters = re.sub(r"[^a-z ]+", " ", fold(name))
    return " ".join(letters.split()).upper()


def split_tone(syllable: str) -> tuple[str, str]:
    """Syllable without its tone, and the tone's name ('' = level; more than one: 'many').

    >>> split_tone("toàn")
    ('toan', 'grave')
    """
    found = []
    kept = []
    for char in unicodedata.normalize("NFD", syllable):
        if char in _TONES:
            found.append(_TONES[char])
        else:
            kept.append(char)
    tone = "many" if len(found) > 1 else "".join(found)
    return nfc("".join(kept)), tone


def is_syllable(word: str) -> bool:
    """Whether a word can be a Vietnamese syllable, in either style of placing the tone."""
    return _is_syllable(nfc(word).lower())


def is_plain_syllable(word: str) -> bool:
    """Whether a word can be a syllable whose diacritics were left out (NGUYEN)."""
    return nfc(word).lower() in _plain_syllables()


@lru_cache(maxsize=1)
def _plain_syllables() -> frozenset[str]:
    return frozenset(map(strip_diacritics, _bare_syllables()))


@lru_cache(maxsize=20_000)
def _is_syllable(word: str) -> bool:
    bare, tone = split_tone(word)
    if tone == "many" or bare not in _bare_syllables():
        return False
    return not bare.endswith(_STOPS) or tone in ("acute", "dot")


@lru_cache(maxsize=1)
def _bare_syllables() -> frozenset[str]:
    """Every syllable without its tone, from onsets and rimes."""
    made = set(_RIMES) | set(_RIMES_BARE_Y) | {"gi", "gin", "giêng", "quôc"}
    for rime in _RIMES:
        onsets = _ONSETS_FRONT if rime[0] in "eêiy" else _ONSETS_BACK
        made.update(onset + rime for onset in onsets)
    made.update("qu" + rime for rime in _RIMES_AFTER_QU)
    made.update("gi" + rime[1:] for rime in _RIMES if rime.startswith("i"))
    return frozenset(made)


def normalise_tone(text: str) -> str:
    """Every syllable's tone where the older spelling puts it (hoà → hòa, thuý → thúy)."""
    return re.sub(r"[^\W\d_]+", lambda match: _with_placed_tone(match.group()), nfc(text))


def _with_placed_tone(word: str) -> str:
    bare, tone = split_tone(word)
    if not tone or tone == "many" or bare.lower() not in _bare_syllables():
        return word
    place = _tone_place(bare.lower())
    marked = unicodedata.normalize("NFC", bare[place] + _TONE_MARKS[tone])
    return bare[:place] + marked + bare[place + 1 :]


def _tone_place(bare: str) -> int:
    start = 2 if bare.startswith("qu") or (bare.startswith("gi") and len(bare) > 2) else 0
    if bare.startswith("gi") and not any(char in _VOWELS for char in bare[2:]):
        start = 0
    vowels = [i for i in range(start, len(bare)) if bare[i] in _VOWELS]
    marked = [i for i in vowels if bare[i] in _MARKED_VOWELS]
    if marked:
        return marked[-1]
    has_coda = vowels[-1] < len(bare) - 1
    if len(vowels) == 1:
        return vowels[0]
    return vowels[1] if has_coda or len(vowels) > 2 else vowels[0]


_DATE_IN_WORDS = re.compile(
    r"(?:ngay|ngiy|nga)\W{0,4}(\d{1,2})\W{0,4}thang\W{0,4}(\d{1,2})\W{0,4}nam\W{0,4}(\d{4})(?!\d)"
)
_DATE_IN_DIGITS = re.compile(r"(?<!\d)(\d{1,2})\s?([/.-])\s?(\d{1,2})\s?\2\s?(\d{4})(?!\d)")


def find_dates(text: str) -> tuple[str, ...]:
    """Every valid date in a text, ISO 8601, in the order written."""
    folded = fold(text)
    found = [
        (match.start(), iso_date(*map(int, match.group(1, 2, 3))))
        for match in _DATE_IN_WORDS.finditer(folded)
    ]
    found += [
        (match.start(), iso_date(*map(int, match.group(1, 3, 4))))
        for match in _DATE_IN_DIGITS.finditer(folded)
    ]
    return tuple(date for _, date in sorted(found, key=lambda item: item[0]) if date)


def parse_date(text: str) -> str | None:
    """The first valid date: "ngày 05 tháng 3 năm 2026" or "05/03/2026" → "2026-03-05"."""
    return next(iter(find_dates(text)), None)


def parse_compact_date(digits: str) -> str | None:
    """DDMMYYYY, as in the card's QR, to ISO 8601."""
    if not re.fullmatch(r"[0-9]{8}", digits):
        return None
    return iso_date(int(digits[:2]), int(digits[2:4]), int(digits[4:]))


def iso_date(day: int, month: int, year: int) -> str | None:
    """ISO 8601 of a day that exists between 1850 and 2150, else None."""
    if not 1850 <= year <= 2150:
        return None
    try:
        return dt.date(year, month, day).isoformat()
    except ValueError:
        return None
