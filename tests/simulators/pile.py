"""A pile of sheets as a feeder sends it: separators, forms, stamps, blank backs, a double feed."""

from __future__ import annotations

from pathlib import Path

from PIL import Image, ImageFilter

from desk_app import printing
from desk_app.capture.separation import Separator
from tests.imaging import drawn

DPI = 100
A4 = 827, 1169


def code(number: int) -> str:
    return f"H49.64-261122-{number:04}"


def separator(number: int, which: Separator | None = None) -> Image.Image:
    """A separator sheet as it is printed, then scanned."""
    sheet = printing._separator(which or Separator("dossier", code(number)), number, 999)
    return sheet.image.convert("L").resize(A4, Image.Resampling.LANCZOS)


def form(number: int) -> Image.Image:
    page = drawn.sheet()
    drawn.write(page, (f"TỜ KHAI SỐ {number}", *drawn.LINES))
    return page.convert("L").resize(A4, Image.Resampling.LANCZOS)


def stamped_back() -> Image.Image:
    page = drawn.sheet()
    drawn.stamp(page, (900, 1200))
    return page.resize(A4, Image.Resampling.LANCZOS)


def blank() -> Image.Image:
    return Image.new("L", A4, 248)


def two_at_once(page: Image.Image) -> Image.Image:
    """Two sheets that overlap: 60 mm longer than one."""
    longer = Image.new("L", (A4[0], A4[1] + round(60 / 25.4 * DPI)), 248)
    longer.paste(page, (0, 0))
    return longer.filter(ImageFilter.BoxBlur(0))


class Pile:
    """Pictures of a duplex feed, two to a sheet, in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.sheets = folder, 0
        folder.mkdir(parents=True, exist_ok=True)
        self._blank = self._saved(blank())

    def add(self, front: Image.Image, back: Image.Image | None = None) -> int:
        """One sheet; without a back, a blank one. Returns its number."""
        self.sheets += 1
        for side, picture in (("a", front), ("b", back)):
            data = self._saved(picture) if picture else self._blank
            (self.folder / f"s{self.sheets:05}{side}.jpg").write_bytes(data)
        return self.sheets

    def _saved(self, picture: Image.Image) -> bytes:
        import io

        out = io.BytesIO()
        picture.save(out, "JPEG", quality=80, dpi=(DPI, DPI))
        return out.getvalue()


def typical(folder: Path, dossiers: int, sheets_each: int, double_at: int | None = None) -> Pile:
    """Dossiers behind their separators; every third back carries a stamp, the others are blank.

    At sheet `double_at` of the pile two sheets were drawn in at once, so the pile is one short.
    """
    pile = Pile(folder)
    back, forms = stamped_back(), [form(n) for n in range(6)]
    for number in range(1, dossiers + 1):
        pile.add(separator(number))
        for sheet in range(sheets_each):
            front = forms[(number + sheet) % len(forms)]
            if pile.sheets + 1 == double_at:
                front = two_at_once(front)
            pile.add(front, back if sheet % 3 == 0 else None)
    return pile
