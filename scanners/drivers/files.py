"""Import of files: JPEG and PNG byte for byte, TIFF frame by frame, PDF page by page.

What a file is, its content says, never its name. A file or page that cannot be used is refused in
words and the rest goes on. A PDF page that is nothing but one JPEG gives that JPEG untouched; every
other page is rendered.
"""

from __future__ import annotations

import os
import stat
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Protocol, cast

from scanners import pictures
from scanners.device import PageLanded, PageSink, Picture
from scanners.errors import RefusedFile, words_of
from scanners.pictures import DECODER_ERRORS, BadPicture, Flaw

if TYPE_CHECKING:
    from PIL.Image import Image

MAX_PAGES = 2000
MAX_IMAGE_BYTES = 1 << 29
MAX_DOCUMENT_BYTES = 2 << 30
MAX_FRAME_PIXELS = 150_000_000
"""A TIFF frame has to be decoded in full."""
SETTLE_S = 0.5
FRESH_S = 5.0
"""A damaged file that changed this recently is looked at again: it may still be on its way."""
_PIECE = 1 << 20


@dataclass(frozen=True, slots=True)
class Item:
    """One file of an import, from a page on (pages before it were dealt with)."""

    path: str
    first_page: int = 1


class ImportSink(PageSink, Protocol):
    """A sink that also hears of what is refused."""

    sheet: int

    def refuse(self, refused: RefusedFile, file: str, page: int | None = None) -> None:
        """Say that a file, or one page of it, is not imported."""


def import_all(items: list[Item], sink: ImportSink, stop: threading.Event, folder: Path) -> None:
    """Import files one after the other.

    Args:
        items: The files.
        sink: Where their pages go.
        stop: Stops between two pages.
        folder: Where a snapshot of a document may lie while it is read.
    """
    importer = _Importer(sink, stop, folder)
    for item in items:
        if stop.is_set():
            return
        importer.take(item)


class _Importer:
    def __init__(self, sink: ImportSink, stop: threading.Event, folder: Path) -> None:
        self.sink, self.stop, self.folder = sink, stop, folder
        self.sheet = sink.sheet

    def take(self, item: Item) -> None:
        # A start without a page number: the file is being opened.
        self.sink.sheet_started(self.sheet, origin=item.path)
        try:
            with _open(item.path) as file:
                self._take_open(item, file)
        except RefusedFile as refused:
            self.sink.refuse(_settled(refused, item.path), item.path)

    def _take_open(self, item: Item, file: BinaryIO) -> None:
        kind = pictures.sniff(file.read(1024))
        size = os.fstat(file.fileno()).st_size
        most = MAX_IMAGE_BYTES if kind in pictures.SUFFIXES else MAX_DOCUMENT_BYTES
        if kind in (*pictures.SUFFIXES, pictures.TIFF, pictures.PDF) and size > most:
            raise RefusedFile("FILE_TOO_LARGE", detail=f"{size >> 20} MB")
        if kind in pictures.SUFFIXES:
            if item.first_page == 1:
                self.sink.sheet_started(self.sheet, origin=item.path, origin_page=1)
                self._land(item, 1, Picture(_copy(file), kind, self.sheet, origin=item.path))
        elif kind in (pictures.TIFF, pictures.PDF):
            with tempfile.TemporaryFile(dir=self.folder) as handle:
                snapshot = cast(BinaryIO, handle)
                _copy(file)(snapshot)
                self._take_document(item, kind, snapshot)
        else:
            raise RefusedFile("FILE_WRONG_TYPE", detail=kind)

    def _take_document(self, item: Item, kind: str, snapshot: BinaryIO) -> None:
        if kind == pictures.TIFF:
            pages = tiff_frames(snapshot, item.first_page)
        else:
            from scanners.drivers.pdf import pdf_pages

            pages = pdf_pages(snapshot, item.first_page)
        for number, make in pages:
            if self.stop.is_set():
                return
            self.sink.sheet_started(self.sheet, origin=item.path, origin_page=number)
            try:
                self._land(item, number, make())
            except (RefusedFile, BadPicture) as error:
                self.sink.refuse(_broken(error, number), item.path, number)

    def _land(self, item: Item, number: int, picture: Picture) -> PageLanded:
        picture = replace(picture, sheet=self.sheet, origin=item.path, origin_page=number)
        try:
            page = self.sink.land(picture)
        except BadPicture as bad:
            raise _refusal(bad) from bad
        self.sheet += 1
        return page


_CODES: dict[Flaw, str] = {
    "empty": "FILE_EMPTY",
    "truncated": "FILE_TRUNCATED",
    "broken": "FILE_TRUNCATED",
    "wrong_size": "FILE_TRUNCATED",
    "too_large": "FILE_TOO_LARGE",
    "wrong_type": "FILE_WRONG_TYPE",
}


def _refusal(bad: BadPicture) -> RefusedFile:
    return RefusedFile(_CODES[bad.flaw], raw=str(bad), detail=bad.detail)


def _broken(error: RefusedFile | BadPicture, page: int) -> RefusedFile:
    if isinstance(error, BadPicture) and error.flaw == "too_large":
        error = _refusal(error)
    if isinstance(error, RefusedFile) and error.code == "FILE_TOO_LARGE":
        return error
    return RefusedFile("FILE_BROKEN_PAGE", raw=str(error), page=page)


def _open(path: str) -> BinaryIO:
    """Open a regular file; a pipe or device is never waited for."""
    try:
        if stat.S_ISDIR(Path(path).stat().st_mode):
            raise RefusedFile("FILE_WRONG_TYPE", detail="a folder", detail_vi="thư mục")
        file = os.fdopen(os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0)), "rb")
    except (OSError, ValueError) as error:
        raise RefusedFile("FILE_UNREADABLE", **words_of(error)) from error
    mode = os.fstat(file.fileno())
    if stat.S_ISREG(mode.st_mode) and mode.st_size:
        return file
    file.close()
    if stat.S_ISREG(mode.st_mode):
        raise RefusedFile("FILE_EMPTY")
    raise RefusedFile(
        "FILE_WRONG_TYPE", detail="not a regular file", detail_vi="không phải tệp thường"
    )


def _stamp(file: BinaryIO) -> tuple[int, int]:
    now = os.fstat(file.fileno())
    return now.st_size, now.st_mtime_ns


def _copy(file: BinaryIO) -> Callable[[BinaryIO], None]:
    """A writer that copies an open file and notices if it changes meanwhile."""

    def write(target: BinaryIO) -> None:
        before = _stamp(file)
        file.seek(0)
        left = before[0]
        while left > 0 and (piece := _read(file, min(left, _PIECE))):
            target.write(piece)
            left -= len(piece)
        if left or _stamp(file) != before:
            raise RefusedFile("FILE_GROWING")

    return write


def _read(file: BinaryIO, size: int) -> bytes:
    try:
        return file.read(size)
    except OSError as error:
        # Not to be mistaken for a landing disk that cannot be written.
        raise RefusedFile("FILE_UNREADABLE", **words_of(error)) from error


def _settled(refused: RefusedFile, path: str) -> RefusedFile:
    """A damaged file that still changes is not damaged but on its way."""
    if refused.code not in ("FILE_TRUNCATED", "FILE_EMPTY", "FILE_UNREADABLE"):
        return refused
    try:
        before = Path(path).stat()
        if abs(time.time() - before.st_mtime) > FRESH_S:
            return refused
        time.sleep(SETTLE_S)
        after = Path(path).stat()
    except (OSError, ValueError):
        return refused
    same = (before.st_size, before.st_mtime_ns) == (after.st_size, after.st_mtime_ns)
    return refused if same else RefusedFile("FILE_GROWING")


# --- TIFF ------------------------------------------------------------------------------------

_PNG_MODES = {"1", "L", "LA", "P", "RGB", "RGBA", "I;16"}
_REDUCED = 254  # NewSubfileType, bit 0: a thumbnail of another frame
_BAD_FRAMES_IN_A_ROW = 3


def tiff_frames(file: BinaryIO, first: int = 1) -> Iterator[tuple[int, Callable[[], Picture]]]:
    """The frames of a TIFF, each with a function that makes its picture.

    Raises:
        RefusedFile: The file as a whole cannot be used.
    """
    from PIL import Image as Pillow
    from PIL import TiffImagePlugin

    Pillow.MAX_IMAGE_PIXELS = None  # bounded here, and by the worker's address space
    try:
        file.seek(0)
        image = TiffImagePlugin.TiffImageFile(file)
        if _reaches(image, MAX_PAGES):
            raise RefusedFile("FILE_TOO_MANY_PAGES", detail=f"> {MAX_PAGES}")
    except DECODER_ERRORS as error:
        raise RefusedFile("FILE_TRUNCATED", raw=str(error)) from error
    bad = 0
    for number in range(first, MAX_PAGES + 1):
        try:
            image.seek(number - 1)
            bad = 0
        except EOFError:
            return
        except DECODER_ERRORS as error:
            bad += 1
            if bad == _BAD_FRAMES_IN_A_ROW:
                return
            yield number, _raiser(RefusedFile("FILE_BROKEN_PAGE", raw=str(error), page=number))
            continue
        tags = image.tag_v2
        if not (int(tags.get(_REDUCED, 0) or 0) & 1 and number > 1):
            yield number, lambda: _frame_picture(image)


def _reaches(image: Image, index: int) -> bool:
    try:
        image.seek(index)
    except EOFError:
        return False
    finally:
        image.seek(0)
    return True


def _raiser(error: RefusedFile) -> Callable[[], Picture]:
    def raise_it() -> Picture:
        raise error

    return raise_it


def _frame_picture(image: Image) -> Picture:
    width, height = image.size
    if width * height > MAX_FRAME_PIXELS or width < 1 or height < 1:
        raise BadPicture("too_large", f"{width} × {height} px")
    lossy = image.info.get("compression") == "jpeg"
    try:
        image.load()
        mode = image.mode
        if mode in ("F", "I"):
            raise BadPicture("wrong_type", f"mode {mode}")
        frame = image.copy() if mode in _PNG_MODES else image.convert(_plain_mode(mode))
    except MemoryError:
        raise BadPicture("too_large", f"{width} × {height} px") from None
    except DECODER_ERRORS as error:
        raise BadPicture("broken", str(error)[:200]) from error
    dpi = image.info.get("dpi")
    stated = float(dpi[0]) if dpi else None
    dots = pictures.plausible_dpi(stated, frame.size)
    media = pictures.JPEG if lossy and frame.mode in ("L", "RGB") else pictures.PNG
    return Picture(_save(frame, media, dots), media, 1, dpi=dots, size=frame.size)


def _plain_mode(mode: str) -> str:
    return "I;16" if mode.startswith("I;16") else "RGB"


def _save(frame: Image, media: str, dpi: int) -> Callable[[BinaryIO], None]:
    def write(file: BinaryIO) -> None:
        if media == pictures.JPEG:
            # Lossy already: a second compression should not be seen.
            frame.save(file, "JPEG", quality=95, subsampling=0, dpi=(dpi, dpi))
        else:
            frame.save(file, "PNG", compress_level=1, dpi=(dpi, dpi))

    return write
