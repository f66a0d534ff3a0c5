"""What a mark looks like, in millimetres: the ``[appearance]`` table of a signing profile."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from string import Formatter
from typing import Any

from signing.errors import PolicyViolated

PROFILES = Path(__file__).parent.parent / "profiles"

POSITIONS = (
    *("top-right", "top-left", "bottom-right", "bottom-left"),
    "over-signature",  # beside the last visible signature, covering a part of it
    "above-name",  # between the printed title and the printed name of the signer
)
ALIGNMENTS = ("left", "right", "center")
ON_PRINT = ("move", "keep")
INKS = ("any", "blue", "red")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the mark: a template and its size."""

    template: str
    """Text with ``{names}`` that the caller's values fill."""
    size_pt: float
    leading_pt: float

    def __post_init__(self) -> None:
        if not 0 < self.size_pt <= _MAX_SIZE_PT:
            raise ValueError(f"{self.template!r}: a letter size of {self.size_pt} pt")
        if not self.leading_pt >= _LEAST_LEADING * self.size_pt:
            raise ValueError(f"{self.template!r}: letters with two accents would be cut off")

    @property
    def names(self) -> list[str]:
        """The names that the template asks values for.

        Raises:
            ValueError: there is more than a plain name between braces.
        """
        found = []
        for _, name, spec, conversion in Formatter().parse(self.template):
            if name is not None and (spec or conversion or not name.isidentifier()):
                raise ValueError(f"{self.template!r}: only names may stand between braces")
            if name is not None:
                found.append(name)
        return found


_MAX_SIZE_PT = 72.0
_LEAST_LEADING = 1.125
"""Room from the hook of Ể to the tail of g, as a share of the letter size."""


@dataclass(frozen=True, slots=True)
class ImageRule:
    """What the picture in a mark must be; it fills one side of its room, in its proportions."""

    value: str
    """Name of the value that holds the picture's path, such as ``seal_image``."""
    width_mm: float
    height_mm: float
    ink: str = "any"
    """``blue`` for a signature, ``red`` for a seal (Decree 30/2020/ND-CP, Annex I)."""
    required: bool = True

    def __post_init__(self) -> None:
        sides = (self.width_mm, self.height_mm)
        if self.ink not in INKS or not all(0 < side < _MAX_MM for side in sides):
            raise ValueError(f"image {self.value!r}: ink {self.ink!r} or its size is wrong")


@dataclass(frozen=True, slots=True)
class Appearance:
    """A mark: lines of text, perhaps a picture, perhaps more lines below it."""

    lines: tuple[Line, ...]
    page: int = 0
    """Page index; negative counts from the end."""
    corner: str = "top-right"
    """Corner of the page as it is shown, after /Rotate and /CropBox; or another position."""
    margin_top_mm: float = 5.0
    """From the shown page's upper (or lower) edge."""
    margin_side_mm: float = 8.0
    """From the shown page's left or right edge."""
    width_mm: float = 70.0
    """Width of the box; longer lines are broken at spaces."""
    align: str = "left"
    values: Mapping[str, str] = field(default_factory=dict)
    """Defaults for the names in the lines."""
    image: ImageRule | None = None
    lines_below: tuple[Line, ...] = ()
    on_print: str = "keep"
    """``move`` looks for a place clear of print near the profile's, ``keep`` does not look."""
    give_mm: float = 15.0
    """How far a mark may move along the page's edge to stay clear."""
    overlap: float = 1 / 3
    """Share of the signature's width that a mark ``over-signature`` covers."""
    over_width_mm: float = 0.0
    """Width of the signature in the middle of the field it covers; 0 for the field's own."""
    over_middle_mm: float = 0.0
    """How high above the field's lower edge that signature's middle is; 0 for half-way."""
    confirmed: bool = False
    """Whether the layout is read off the text of a law, or a practice to be confirmed."""

    def __post_init__(self) -> None:
        if self.corner not in POSITIONS or self.align not in ALIGNMENTS:
            raise ValueError(f"corner {self.corner!r} or align {self.align!r} is not known")
        if self.on_print not in ON_PRINT:
            raise ValueError(f"on_print {self.on_print!r} is not known")
        texts = (*self.lines, *self.lines_below)
        if not texts and self.image is None:
            raise ValueError("a mark needs lines or an image")
        lengths = (self.margin_top_mm, self.margin_side_mm, self.give_mm, self.over_width_mm)
        if not 0 < self.width_mm < _MAX_MM or not all(0 <= mm < _MAX_MM for mm in lengths):
            raise ValueError("a width, margin or distance is out of range")
        if not 0 <= self.overlap <= 1:
            raise ValueError("overlap is a share from 0 to 1")
        _ = [line.names for line in texts]

    @property
    def value_names(self) -> tuple[str, ...]:
        """Names that the caller may fill, in the order of the lines; the picture's last."""
        names = [name for line in (*self.lines, *self.lines_below) for name in line.names]
        return tuple(dict.fromkeys(names + ([self.image.value] if self.image else [])))

    @classmethod
    def from_table(cls, table: Mapping[str, Any]) -> Appearance:
        """Read the ``[appearance]`` table of a profile."""
        if unknown := sorted(set(table) - _KEYS):
            raise ValueError(f"appearance: {unknown[0]!r} is not known")
        size, leading = float(table.get("font_size_pt", 10)), float(table.get("leading_pt", 11.5))
        image = table.get("image")
        return cls(
            lines=_lines(table.get("lines", ()), size, leading),
            page=int(table.get("page", 0)),
            corner=table["corner"],
            margin_top_mm=float(table.get("margin_top_mm", 5)),
            margin_side_mm=float(table.get("margin_side_mm", 8)),
            width_mm=float(table["width_mm"]),
            align=table.get("align", "left"),
            values=dict(table.get("values", {})),
            image=ImageRule(**image) if image else None,
            lines_below=_lines(table.get("lines_below", ()), size, leading),
            on_print=table.get("on_print", "keep"),
            give_mm=float(table.get("give_mm", 15)),
            overlap=float(table.get("overlap", 1 / 3)),
            over_width_mm=float(table.get("over_width_mm", 0)),
            over_middle_mm=float(table.get("over_middle_mm", 0)),
            confirmed=bool(table.get("confirmed", False)),
        )


_MAX_MM = 2_000.0
_KEYS = {each.name for each in fields(Appearance)} | {"font_size_pt", "leading_pt"}


def _lines(entries: Sequence[Any], size_pt: float, leading_pt: float) -> tuple[Line, ...]:
    if isinstance(entries, str):
        raise TypeError("lines must be a list")
    return tuple(_line(entry, size_pt, leading_pt) for entry in entries)


def _line(entry: str | Mapping[str, Any], size_pt: float, leading_pt: float) -> Line:
    if isinstance(entry, str):
        return Line(entry, size_pt, leading_pt)
    own = float(entry.get("size_pt", size_pt))
    return Line(entry["text"], own, leading_pt * own / size_pt)


@dataclass(frozen=True, slots=True)
class Choice:
    """A profile as a person picks it from a list."""

    name: str
    """For :func:`load_appearance` and :func:`signing.policy.load_policy`."""
    title_vi: str
    title_en: str
    marks: tuple[tuple[str, Appearance], ...]
    """The visible marks by role, in the order of signing; empty: it signs invisibly."""


def choices(folder: Path = PROFILES) -> list[Choice]:
    """The profiles of a folder, in the order of their names.

    Raises:
        PolicyViolated: a profile of the folder is wrong.
    """
    return [choice(path) for path in sorted(folder.glob("*.toml"))]


def choice(profile: str | Path) -> Choice:
    """One profile by name or path.

    Raises:
        PolicyViolated: there is no such profile, or its appearance is wrong.
    """
    path = Path(profile)
    if path.suffix != ".toml":
        path = PROFILES / f"{profile}.toml"
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
        title = str(table.get("title_vi", path.stem))
        english = str(table.get("title_en", title))
        return Choice(path.stem, title, english, tuple(_marks(table)))
    except OSError:
        raise PolicyViolated(
            f"there is no profile {path.stem!r}", f"không có hồ sơ ký {path.stem!r}"
        ) from None
    except (UnicodeDecodeError, AttributeError, KeyError, TypeError, ValueError) as error:
        raise PolicyViolated(
            f"profile {path.name}: {error}", f"hồ sơ ký {path.name} sai: {error}"
        ) from None


def _marks(table: Mapping[str, Any]) -> Iterator[tuple[str, Appearance]]:
    for signer in table.get("signers", ()):
        if "appearance" in signer:
            yield str(signer["role"]), Appearance.from_table(signer["appearance"])
    if "appearance" in table:
        yield "", Appearance.from_table(table["appearance"])


def load_appearance(profile: str | Path, role: str = "") -> Appearance:
    """The visible mark of a profile; of its first signer where no role is named.

    Raises:
        PolicyViolated: there is no such profile, it is wrong, or it signs invisibly.
    """
    for name, look in choice(profile).marks:
        if role in ("", name):
            return look
    raise PolicyViolated(
        f"profile {profile!s} has no visible mark", f"hồ sơ ký {profile!s} không có dấu hiển thị"
    )
