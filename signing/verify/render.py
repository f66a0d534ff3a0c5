"""Render revisions of a PDF and say where they differ: the work of a short-lived child process.

A renderer is a large program fed with hostile bytes. It runs in a process of its own with limits
on time and memory, so that a file that makes it crash or spin costs only the comparison. One JSON
request on standard input, one JSON line for each page on standard output, as soon as it is known.

A revision is read as a prefix of the file, exactly as it stood when it was signed.
"""

# ruff: noqa: ANN401 - objects of the renderer

from __future__ import annotations

import base64
import contextlib
import io
import json
import os
import sys
import time
import unicodedata
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

Box = tuple[float, float, float, float]

_LONGEST_PX = 2400
"""A page of any size becomes at most this large."""
_STEP = 12
"""Both pictures come from the same renderer: what is larger than rounding is a change."""
_CELL_PX = 8
_MOST_BOXES = 40
_INK, _COVERED = 160, 64
_LEAST_INK_PX = 12
_MEMORY = 2 << 30
_MOST_EXTRA = 100
_SEARCHED = 3
_KEPT_BYTES = 12 << 20
_MOST_TEXT = 200_000


class Prefix:
    """The first bytes of a file, as a file: what the file was before later revisions."""

    def __init__(self, file: Any, end: int) -> None:
        self._file = file
        self._end = end
        self.read_bytes = 0
        """How much was read so far."""

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Move; the end is the revision's."""
        if whence == os.SEEK_END:
            offset, whence = self._end + offset, os.SEEK_SET
        return int(self._file.seek(offset, whence))

    def tell(self) -> int:
        """Where it stands."""
        return int(self._file.tell())

    def read(self, size: int = -1) -> bytes:
        """Read up to the revision's end."""
        left = max(0, self._end - self.tell())
        data = bytes(self._file.read(left if size < 0 else min(size, left)))
        self.read_bytes += len(data)
        return data

    def readinto(self, buffer: Any) -> int:
        """Read into a buffer."""
        data = self.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)


class _Revision:
    """One state of the file, open in the renderer."""

    def __init__(self, path: str, end: int) -> None:
        self._path, self._end = path, end
        self._open()
        self.pages = len(self._document)

    def _open(self) -> None:
        import pypdfium2

        self._prefix = Prefix(open(self._path, "rb"), self._end)  # noqa: SIM115, PTH123
        self._document = pypdfium2.PdfDocument(self._prefix)
        if self._document.get_formtype():
            self._document.init_forms()

    def _freshen(self) -> None:
        """Open the file anew when much was read: the renderer keeps every object it ever saw."""
        if self._prefix.read_bytes > _KEPT_BYTES:
            self._document.close()
            self._prefix.close()
            self._open()

    def picture(self, number: int, dpi: float) -> np.ndarray | None:
        """RGB pixels of a page; None when this revision does not have it."""
        if number >= self.pages:
            return None
        self._freshen()
        page = self._document[number]
        scale = min(dpi / 72, _LONGEST_PX / (max(page.get_size()) or 1))
        bitmap = page.render(scale=scale, rev_byteorder=True)
        pixels: np.ndarray = bitmap.to_numpy()
        if pixels.ndim == 2 or pixels.shape[2] == 1:
            pixels = pixels.reshape(*pixels.shape[:2], 1).repeat(3, axis=2)
        pixels = pixels[:, :, :3].copy()
        bitmap.close()
        page.close()
        return pixels

    def text(self, number: int) -> str:
        """The words of a page, in the order of its content, and of its widgets' marks."""
        import pypdfium2

        page = self._document[number]
        # Marks are annotations: made part of the page's content, in memory, they can be read.
        pypdfium2.raw.FPDFPage_Flatten(page.raw, pypdfium2.raw.FLAT_NORMALDISPLAY)
        return str(self._document[number].get_textpage().get_text_bounded())[:_MOST_TEXT]

    def geometry(self, number: int) -> dict[str, Any]:
        """What part of the page is shown, and how it is turned."""
        if number >= self.pages:
            return {"crop": (0, 0, 1, 1), "rotate": 0}
        page = self._document[number]
        media, crop = page.get_mediabox(), page.get_cropbox()
        shown = (*map(max, media[:2], crop[:2]), *map(min, media[2:], crop[2:]))
        return {"crop": shown, "rotate": page.get_rotation()}


def compare(request: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Answers to a request, one for each page and revision."""
    last = _Revision(request["path"], request["size"])
    earlier = [_Revision(request["path"], end) for end in request["ends"]]
    drawn = 0
    for place, (number, revisions) in enumerate(_work(request, last, earlier)):
        is_needed = place < request["needed"]
        if not is_needed and time.process_time() > request["optional_seconds"]:
            return
        now = last.picture(number, request["dpi"])
        for index in revisions:
            before = earlier[index].picture(number, request["dpi"])
            marks = [mark for page, mark in request["marks"][index] if page == number]
            answer = {"page": number, "revision": index, **_differences(before, now, marks)}
            answer |= (last if now is not None else earlier[index]).geometry(number)
            if answer["changed"] and drawn < request["pictures"]:
                drawn += 1
                answer |= _pictures(before, now, answer, marks)
            yield answer


def search(request: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Which of some phrases are printed on the first and the last pages."""
    revision = _Revision(request["path"], request["size"])
    ends = [*range(revision.pages)][:_SEARCHED], [*range(revision.pages)][-_SEARCHED:]
    for number in sorted({*ends[0], *ends[1]}):
        text = _folded(revision.text(number))
        for phrase in request["phrases"]:
            if _folded(phrase) in text:
                yield {"page": number, "phrase": phrase}


def _folded(text: str) -> str:
    """Without case and with single spaces; the way that tone marks are composed does not count."""
    return " ".join(unicodedata.normalize("NFC", text).casefold().split())


def _work(
    request: dict[str, Any], last: _Revision, earlier: list[_Revision]
) -> Iterator[tuple[int, list[int]]]:
    """The pages asked for, and those that this reader finds beyond them."""
    yield from request["work"]
    most = max(last.pages, *(revision.pages for revision in earlier))
    for number in range(request["pages"], min(most, request["pages"] + _MOST_EXTRA)):
        yield number, list(range(len(earlier)))


def _differences(
    before: np.ndarray | None, now: np.ndarray | None, marks: list[Box]
) -> dict[str, Any]:
    """Where two pictures of a page differ outside the marks, and which marks hide content."""
    import numpy as np

    if before is None or now is None or before.shape != now.shape:
        same = before is None and now is None
        return {"boxes": [] if same else [(0, 0, 1, 1)], "hiding": [], "changed": not same}
    height, width = now.shape[:2]
    changed = np.zeros((height, width), dtype=bool)
    for channel in range(3):
        low = np.minimum(before[:, :, channel], now[:, :, channel])
        changed |= np.maximum(before[:, :, channel], now[:, :, channel]) - low > _STEP
    any_change = bool(changed.any())
    windows = [_window(mark, width, height) for mark in marks]
    hiding = [i for i, window in enumerate(windows) if _hides(before, now, window)]
    for rows, columns in windows:
        changed[rows, columns] = False
    return {"boxes": _boxes(changed), "hiding": hiding, "changed": any_change}


def _window(mark: Box, width: int, height: int) -> tuple[slice, slice]:
    """A mark's pixels with a rim of two for rounding."""
    x0, y0, x1, y1 = mark
    if x1 <= x0 or y1 <= y0:
        return slice(0, 0), slice(0, 0)
    return (
        slice(max(0, int(y0 * height) - 2), max(0, int(y1 * height) + 3)),
        slice(max(0, int(x0 * width) - 2), max(0, int(x1 * width) + 3)),
    )


def _hides(before: np.ndarray, now: np.ndarray, window: tuple[slice, slice]) -> bool:
    """True when most of what was printed under a mark is not to be seen any more."""
    import numpy as np

    old = before[window].astype(np.int16).mean(axis=2)
    new = now[window].astype(np.int16).mean(axis=2)
    ink = old < _INK
    amount = int(ink.sum())
    if amount < _LEAST_INK_PX:
        return False
    rows, columns = np.nonzero(ink)
    around = new[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
    was_flat = amount == around.size
    covered = int((np.abs(new - old)[ink] > _COVERED).sum())
    return covered > 0.6 * amount or (not was_flat and float(around.std()) < 4)


def _boxes(changed: np.ndarray) -> list[Box]:
    """Rectangles around connected changes, as parts of the page, origin at the upper left."""
    import numpy as np

    height, width = changed.shape
    rows, columns = np.nonzero(changed)
    cells = set(zip((rows // _CELL_PX).tolist(), (columns // _CELL_PX).tolist(), strict=True))
    found: list[Box] = []
    while cells:
        group = _connected(cells)
        ys, xs = [y for y, _ in group], [x for _, x in group]
        found.append(
            (
                min(xs) * _CELL_PX / width,
                min(ys) * _CELL_PX / height,
                min(1.0, (max(xs) + 1) * _CELL_PX / width),
                min(1.0, (max(ys) + 1) * _CELL_PX / height),
            )
        )
    found.sort(key=lambda box: (box[0] - box[2]) * (box[3] - box[1]))
    return found[:_MOST_BOXES]


def _connected(cells: set[tuple[int, int]]) -> list[tuple[int, int]]:
    """Take one group of neighbouring cells out of the set; a gap of one cell joins."""
    group = [cells.pop()]
    for y, x in group:  # grows while it is walked
        for dy in range(-2, 3):
            for dx in range(-2, 3):
                if (y + dy, x + dx) in cells:
                    cells.remove((y + dy, x + dx))
                    group.append((y + dy, x + dx))
    return group


def _pictures(
    before: np.ndarray | None, now: np.ndarray | None, answer: dict[str, Any], marks: list[Box]
) -> dict[str, str | None]:
    """The page as signed, as it is, and as it is with the changes outlined; PNG in base64."""
    marked = _outlined(now, answer["boxes"], marks) if now is not None else None
    images = {"before": before, "after": now, "marked": marked}
    return {name: None if image is None else _png(image) for name, image in images.items()}


def _outlined(page: np.ndarray, changes: list[Box], marks: list[Box]) -> np.ndarray:
    """Changes that nothing explains are outlined in red, marks of later signatures in blue."""
    import numpy as np
    from PIL import Image, ImageDraw

    image = Image.fromarray(page)
    pen = ImageDraw.Draw(image)
    width, height = image.size
    for boxes, colour in ((marks, (0, 90, 200)), (changes, (200, 0, 0))):
        for x0, y0, x1, y1 in boxes:
            edges = (x0 * width - 3, y0 * height - 3, x1 * width + 3, y1 * height + 3)
            if edges[0] < edges[2] and edges[1] < edges[3]:
                pen.rectangle(edges, outline=colour, width=3)
    return np.asarray(image)


def _png(pixels: np.ndarray) -> str:
    from PIL import Image

    held = io.BytesIO()
    Image.fromarray(pixels).save(held, "PNG", compress_level=4)
    return base64.b64encode(held.getvalue()).decode("ascii")


def _limit(seconds: int) -> None:
    """What this process may use; Windows leaves it to the parent's watch."""
    if sys.platform == "win32":
        return
    import resource

    for kind, most in ((resource.RLIMIT_CPU, seconds), (resource.RLIMIT_AS, _MEMORY)):
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(kind, (most, most))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def main() -> None:
    """Answer one request."""
    request = json.loads(sys.stdin.buffer.readline())
    _limit(int(request["seconds"]))
    for answer in search(request) if "phrases" in request else compare(request):
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()
    # The renderer may take long to let go of a hostile file, or crash doing it.
    os._exit(0)


if __name__ == "__main__":
    main()
