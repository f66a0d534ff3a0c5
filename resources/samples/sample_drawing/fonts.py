"""Fonts that can write Vietnamese, found on the machine and checked letter by letter."""

from __future__ import annotations

import os
import sys
from functools import cache
from pathlib import Path

from fontTools.ttLib import TTFont
from PIL import ImageFont

Style = str
"""'' regular, 'b' bold, 'i' italic, 'bi' bold italic."""

_VOWELS = "aàáảãạăằắẳẵặâầấẩẫậeèéẻẽẹêềếểễệiìíỉĩịoòóỏõọôồốổỗộơờớởỡợuùúủũụưừứửữựyỳýỷỹỵđ"
VIETNAMESE = frozenset(_VOWELS + _VOWELS.upper())
"""The letters that a font must have; Debian's Liberation 1.x, for one, lacks most of them."""
_ZONE = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789<")

_FAMILIES: dict[str, tuple[tuple[str, dict[Style, str]], ...]] = {
    "serif": (
        ("Tinos", {"": "Tinos-Regular", "b": "Tinos-Bold", "i": "Tinos-Italic",
                   "bi": "Tinos-BoldItalic"}),
        ("Times New Roman", {"": "times", "b": "timesbd", "i": "timesi", "bi": "timesbi"}),
    ),
    "sans": (
        ("Arimo", {"": "Arimo-Regular", "b": "Arimo-Bold", "i": "Arimo-Italic",
                   "bi": "Arimo-BoldItalic"}),
        ("Arial", {"": "arial", "b": "arialbd", "i": "ariali", "bi": "arialbi"}),
    ),
    "zone": (
        ("OCR-B", {"": "OCRB"}),
        ("Cousine", {"": "Cousine-Regular"}),
        ("DejaVu Sans Mono", {"": "DejaVuSansMono"}),
    ),
}  # fmt: skip
"""Office papers are set in Times; only fonts as wide as it leave every line where it belongs."""


class NoFontError(RuntimeError):
    """No installed font of a role has every Vietnamese letter."""


def _font_folders() -> list[Path]:
    """Where the three systems keep their fonts."""
    home = Path.home()
    if sys.platform == "win32":
        return [Path(os.environ.get("WINDIR", "C:/Windows")) / "Fonts"]
    return [
        Path("/usr/share/fonts"),
        Path("/usr/local/share/fonts"),
        home / ".local/share/fonts",
        Path("/Library/Fonts"),
        Path("/System/Library/Fonts"),
    ]


@cache
def _installed() -> dict[str, Path]:
    """File stem in lower case to path, of every TrueType file."""
    found: dict[str, Path] = {}
    for folder in _font_folders():
        for path in sorted(folder.rglob("*.[to]tf")):
            found.setdefault(path.stem.lower(), path)
    return found


def covers(path: Path, letters: frozenset[str]) -> bool:
    """Whether the font has a glyph for every one of these letters.

    Args:
        path: A TrueType or OpenType file.
        letters: What will be written with it.

    Returns:
        True when none is missing.
    """
    with TTFont(path, lazy=True) as font:
        cmap = font.getBestCmap() or {}
    return all(ord(letter) in cmap for letter in letters)


@cache
def family(role: str) -> tuple[str, dict[Style, Path]]:
    """The first family of a role that is installed and covers what it must write.

    Args:
        role: ``serif``, ``sans`` or ``zone`` (machine-readable zones).

    Returns:
        The family's name and the file of each style.

    Raises:
        NoFontError: None is installed; the message names what to install.
    """
    installed = _installed()
    letters = _ZONE if role == "zone" else VIETNAMESE
    for name, styles in _FAMILIES[role]:
        files = {style: installed.get(stem.lower()) for style, stem in styles.items()}
        present = {style: path for style, path in files.items() if path is not None}
        if len(present) == len(styles) and all(covers(path, letters) for path in present.values()):
            return name, present
    wanted = ", ".join(name for name, _ in _FAMILIES[role])
    raise NoFontError(
        f"no {role} font with all the letters that it needs is installed (looked for {wanted}); "
        "on Debian install fonts-croscore"
    )


@cache
def font(role: str, style: Style, size_px: int) -> ImageFont.FreeTypeFont:
    """A font ready to draw with.

    Args:
        role: ``serif``, ``sans`` or ``zone`` (machine-readable zones).
        style: '', 'b', 'i' or 'bi'.
        size_px: Em size in pixels.

    Returns:
        The font in basic layout: precomposed letters need no shaping, and the result is the same
        with and without libraqm.
    """
    _, files = family(role)
    path = str(files.get(style, files[""]))
    return ImageFont.truetype(path, size_px, layout_engine=ImageFont.Layout.BASIC)
