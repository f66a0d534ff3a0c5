"""What the desk prints: separator sheets, and the list of sheets to scan again."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from desk_app import paths, workspace
from desk_app.capture.separation import Separator
from desk_app.errors import UsageError
from desk_app.records import Word
from desk_app.store.batches import Issue
from desk_app.store.blobs import storage_faults

if TYPE_CHECKING:
    from PIL import Image, ImageDraw, ImageFont

    from desk_app.pdf.placement import PdfPage

DPI = 200
A4_PX = 1654, 2339
FONT = paths.RESOURCES.parent / "signing" / "appearance" / "mark.ttf"
"""Tinos with every Vietnamese letter, as in the signature's mark."""
MOST_SHEETS = 2000
QR_MM = 62
_HEADINGS = {
    "dossier": ("TỜ PHÂN CÁCH HỒ SƠ", "Dossier separator",
                "Đặt tờ này ngay trước trang đầu của hồ sơ. Không đưa vào hồ sơ lưu."),
    "batch": ("TỜ ĐẦU LÔ", "Batch header", "Đặt tờ này trên cùng của lô."),
    "paper": ("TỜ PHÂN CÁCH GIẤY TỜ", "Paper separator",
              "Đặt tờ này giữa hai giấy tờ của cùng một hồ sơ."),
}  # fmt: skip
_ROWS_PER_PAGE = 34


@dataclass(slots=True)
class _Sheet:
    """One page while it is drawn; the words stay searchable in the file."""

    image: Image.Image
    words: list[Word] = field(default_factory=list)

    @property
    def draw(self) -> ImageDraw.ImageDraw:
        from PIL import ImageDraw

        return ImageDraw.Draw(self.image)

    def write(self, text: str, left: int, top: int, size: int, *, centred: bool = False) -> int:
        """Write one line and return its height; made smaller where it would not fit."""
        while size > 20 and _font(size).getlength(text) > A4_PX[0] - 2 * 120:
            size -= 4
        font = _font(size)
        if centred:
            left = round((A4_PX[0] - font.getlength(text)) / 2)
        self.draw.text((left, top), text, font=font, fill=0)
        line = len({word.line for word in self.words})
        for word, start in _words(text):
            x0 = left + round(font.getlength(text[:start]))
            box = (x0, top, x0 + max(1, round(font.getlength(word))), top + size)
            self.words.append(Word(word, box, 1.0, word, line))
        return round(size * 1.35)


def _words(text: str) -> Iterator[tuple[str, int]]:
    start = 0
    for word in text.split():
        start = text.index(word, start)
        yield word, start
        start += len(word)


@cache
def _font(size: int) -> ImageFont.FreeTypeFont:
    from PIL import ImageFont

    return ImageFont.truetype(str(FONT), size, layout_engine=ImageFont.Layout.BASIC)


def _blank() -> _Sheet:
    from PIL import Image

    return _Sheet(Image.new("1", A4_PX, 1))


def separators(wanted: Sequence[Separator], out: Path, created: str) -> int:
    """Write separator sheets, one page each; returns how many.

    Args:
        wanted: In the order of printing.
        out: The PDF file; it appears whole or not at all.
        created: Time for the file's metadata.

    Raises:
        UsageError: None, or too many.
    """
    if not 0 < len(wanted) <= MOST_SHEETS:
        raise UsageError(
            f"{len(wanted)} separators (1 … {MOST_SHEETS})",
            detail_vi=f"{len(wanted)} tờ phân cách (1 … {MOST_SHEETS})",
        )

    def sheet(number: int) -> _Sheet:
        return _separator(wanted[number], number + 1, len(wanted))

    return _write_pdf(len(wanted), sheet, "Tờ phân cách", out, created)


def _separator(which: Separator, number: int, total: int) -> _Sheet:
    sheet = _blank()
    title, title_en, use = _HEADINGS[which.kind]
    width, height = A4_PX
    for inset in (60, 78):
        sheet.draw.rectangle((inset, inset, width - inset, height - inset), outline=0, width=8)
    # Twice, so that a punch hole, a fold or a torn edge costs one of them at most.
    side = round(QR_MM / 25.4 * DPI)
    for top in (200, height - 200 - side):
        _draw_qr(sheet, which.payload, ((width - side) // 2, top), side)
    top = 820
    top += sheet.write(title, 0, top, 92, centred=True)
    top += sheet.write(title_en, 0, top, 44, centred=True) + 60
    if which.code:
        top += sheet.write(which.code, 0, top, 96, centred=True) + 60
    top += sheet.write(use, 0, top, 40, centred=True)
    sheet.write(f"{number} / {total}", 0, top + 20, 40, centred=True)
    return sheet


def _draw_qr(sheet: _Sheet, text: str, place: tuple[int, int], side: int) -> None:
    from PIL import Image

    from desk_app.recognition.symbols import qr_modules

    modules = qr_modules(text)
    scale = max(1, side // len(modules))
    drawn = Image.fromarray(~modules).resize(
        (len(modules) * scale, len(modules) * scale), Image.Resampling.NEAREST
    )
    inset = (side - drawn.width) // 2
    sheet.image.paste(drawn, (place[0] + inset, place[1] + inset))


def rescan_list(batch_code: str, issues: Sequence[Issue], out: Path, created: str) -> int:
    """Write the sheets to fetch from a pile, as PDF or, for a name in .txt, as text.

    Returns how many lines it has.
    """
    heading = f"Lô {batch_code}: tờ cần xem hoặc quét lại"
    lines = [f"[  ]  {n}. {each.text.vi}" for n, each in enumerate(issues, start=1)]
    lines = lines or ["Không có tờ nào."]
    if out.suffix.lower() == ".txt":
        with storage_faults():
            out.parent.mkdir(parents=True, exist_ok=True)
            out.write_text("\n".join([heading, created[:16], *lines]) + "\n", encoding="utf-8")
        return len(issues)
    pages = [lines[n : n + _ROWS_PER_PAGE] for n in range(0, len(lines), _ROWS_PER_PAGE)]

    def sheet(number: int) -> _Sheet:
        page = _blank()
        top = 140 + page.write(heading, 120, 140, 56)
        top += page.write(f"{created[:16]}   {number + 1}/{len(pages)}", 120, top, 32) + 30
        for line in pages[number]:
            top += page.write(line, 120, top, 38)
        return page

    _write_pdf(len(pages), sheet, heading, out, created)
    return len(issues)


def _write_pdf(
    count: int, sheet: Callable[[int], _Sheet], title: str, out: Path, created: str
) -> int:
    from desk_app.pdf import compose

    with storage_faults(), workspace.folder() as folder:
        pages = [_page(sheet(number), folder / f"{number}.png") for number in range(count)]
        out.parent.mkdir(parents=True, exist_ok=True)
        about = compose.DocumentInfo(
            title=title, author="", subject="", keywords=(), created=created
        )
        compose.run(pages, about, out, compose.Params(profile="bilevel"))
    return count


def _page(sheet: _Sheet, path: Path) -> PdfPage:
    from desk_app.pdf.placement import PdfPage

    sheet.image.save(path, dpi=(DPI, DPI))
    return PdfPage(path, *A4_PX, DPI, 0, 0.0, tuple(sheet.words))
