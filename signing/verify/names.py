"""Names as the eye reads them: whether a stranger's could be taken for a trusted one."""

from __future__ import annotations

import unicodedata

_LOOKALIKES = str.maketrans(
    {
        # Cyrillic
        **dict(zip("аеорсухіјѕԁɡӏһԛԝкмтвнп", "aeopcyxijsdglhqwkmtbhn", strict=True)),
        # Greek
        **dict(zip("αορτυινκεηχ", "aoptuivkenx", strict=True)),
        # Latin letters and digits that print alike
        **dict(zip("ıɑ01|ł", "iaolll", strict=True)),
    }
)
_SHORT = (
    ("ubnd", "uy ban nhan dan"),
    ("hdnd", "hoi dong nhan dan"),
    ("tp", "thanh pho"),
    ("tt", "thi tran"),
)
_LEAST_WORDS = 3
"""A name of at least so many words is also recognised within a longer one."""


def is_imitation(name: str, trusted: str) -> bool:
    """True when a name reads like a trusted one, or contains it.

    Namesakes are people's everyday; that a certificate of an uninstalled issuer bears the name of
    a signer of the same file is not.
    """
    own, real = plain(name), plain(trusted)
    if not own or not real:
        return False
    if own.replace(" ", "") == real.replace(" ", ""):
        return True
    return len(real.split()) >= _LEAST_WORDS and f" {real} " in f" {own} "


def plain(name: str) -> str:
    """No case, no tone marks, no punctuation, no look-alikes, short forms spelt out."""
    folded = unicodedata.normalize("NFKD", name[:500]).casefold().replace("đ", "d")
    letters = "".join(
        c if c.isalnum() else " "
        for c in folded.translate(_LOOKALIKES)
        if not unicodedata.combining(c) and unicodedata.category(c) != "Cf"
    )
    words = dict(_SHORT)
    return " ".join(words.get(word, word) for word in letters.split())
