"""Document cameras: a page is taken when it lies still, cut out and set straight.

    camera:0                 the first camera
    camera:FILE              a video file, played as a camera would
    camera:FOLDER/f%02d.jpg  stills in the order of their numbers, each one a page (or one still)

Sharpness and glare are measured and told; a page is taken all the same, and named as doubtful if it
is not sharp. Extra options: `capture` (auto, manual or each), `crop` (yes or no), `pace` (frames a
second at which a file is played; as fast as it can be read unless given).
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO, Literal

import cv2  # noqa: TID251 - in a worker process, which has no Qt
import numpy as np
from numpy.typing import NDArray

from scanners import pictures
from scanners.device import (
    AppliedSettings,
    Capabilities,
    DeviceStatus,
    Difference,
    Mode,
    PageLanded,
    PageSink,
    Picture,
    Preview,
    ScanSettings,
)
from scanners.differences import difference
from scanners.drivers.document_camera import CAPABILITIES
from scanners.errors import BadRequest, DeviceFault

Frame = NDArray[Any]
"""8-bit samples, rows × columns (× blue, green, red)."""
Quad = NDArray[np.float32]
"""Four points."""

cv2.setNumThreads(1)

THUMB = (256, 360)
LOOK_PX = 640
"""Width at which frames are compared and shown."""
MOVING = 2.0
"""Mean difference (0 … 255) between two frames from which something moves; noise gives below 1."""
OTHER_PAGE = 1.2
"""Mean difference between two pages, cut out and small, from which they are not the same: drawn
pages gave 0.5 when they were the same, 0.8 when nudged, 7 and more when they were others."""
OTHER_SPOTS = 0.001
"""The same by the share of spots that differ by 20 and more: a form that was filled otherwise."""
STILL_FRAMES = 3
FOCUS_FRAMES = 12
"""How many still frames a camera gets to find its focus."""
SHARP = 330.0
"""Sobel units: drawn pages gave 580 to 730 in focus, 430 blurred by 2 px, 320 by 3 px, 250 by 4."""
LEAST_PAGE = 0.12
"""Share of the picture that a page covers at least."""
GLARE_LEVEL, GLARE_MEDIAN, GLARE_SHARE = 252, 244, 0.004
PREVIEW_EVERY_S = 0.4
JPEG_QUALITY = 92
WANTED_PX = (4656, 3496)
"""What a camera is asked for; it gives the nearest that it has."""
_STILLS = {".jpg", ".jpeg", ".png", ".bmp", ".webp"}
_OPTIONS = {"capture": ("auto", "manual", "each"), "crop": ("yes", "no")}
State = Literal["no_page", "moving", "blurred", "still", "taken"]


# --- where frames come from ------------------------------------------------------------------


class Source:
    """Frames one after the other."""

    def __init__(
        self, read: Callable[[], Frame | None], kind: str, close: Callable[[], None]
    ) -> None:
        self.read, self.kind, self.close = read, kind, close


def open_source(rest: str) -> Source:
    """The frames of a camera's number, a video, a numbered sequence of stills, or one still.

    Raises:
        BadRequest: There is no such file, or no picture in it.
        DeviceFault: OFFLINE, the camera cannot be opened.
    """
    if rest.isdigit():
        capture = cv2.VideoCapture(int(rest))
        if not capture.isOpened():
            raise DeviceFault("OFFLINE", raw=f"VideoCapture({rest})", name=f"camera:{rest}")
        capture.set(cv2.CAP_PROP_FRAME_WIDTH, WANTED_PX[0])
        capture.set(cv2.CAP_PROP_FRAME_HEIGHT, WANTED_PX[1])
        return Source(_reader(capture), "device", capture.release)
    path = Path(rest).absolute()
    sequence = "%" in path.name
    if not (path.parent.is_dir() if sequence else path.is_file()):
        raise BadRequest("BAD_DEVICE", detail=f"camera:{rest}")
    if path.suffix.lower() in _STILLS and not sequence:
        return _one_still(path)
    capture = cv2.VideoCapture(str(path))
    if not capture.isOpened():
        raise BadRequest(
            "BAD_DEVICE",
            detail=f"camera:{rest}: no video",
            detail_vi=f"camera:{rest}: không có hình",
        )
    return Source(_reader(capture), "stills" if sequence else "video", capture.release)


def _reader(capture: Any) -> Callable[[], Frame | None]:  # noqa: ANN401 - cv2.VideoCapture
    def read() -> Frame | None:
        came, frame = capture.read()
        return frame if came else None

    return read


def _one_still(path: Path) -> Source:
    frames = [cv2.imdecode(np.frombuffer(path.read_bytes(), np.uint8), cv2.IMREAD_COLOR)]
    if frames[0] is None:
        raise BadRequest(
            "BAD_DEVICE",
            detail=f"camera:{path.name}: no picture",
            detail_vi=f"camera:{path.name}: không có ảnh",
        )
    return Source(lambda: frames.pop() if frames else None, "stills", frames.clear)


# --- what a frame shows ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Look:
    """One frame, reduced."""

    small: Frame
    """Grey, LOOK_PX wide."""
    scale: float
    """From `small` to the frame."""
    quad: Quad | None
    """The page's corners in the frame, clockwise from top left."""


def look_at(frame: Frame) -> Look:
    """Reduce a frame and find the page in it."""
    scale = max(1.0, frame.shape[1] / LOOK_PX)
    size = (round(frame.shape[1] / scale), round(frame.shape[0] / scale))
    small = cv2.cvtColor(cv2.resize(frame, size, interpolation=cv2.INTER_AREA), cv2.COLOR_BGR2GRAY)
    quad = find_page(small)
    return Look(small, scale, None if quad is None else quad * scale)


def find_page(grey: Frame) -> Quad | None:
    """Corners of the brightest large sheet with four straight edges, clockwise from top left."""
    smooth = cv2.GaussianBlur(grey, (5, 5), 0)
    _, bright = cv2.threshold(smooth, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    edges = cv2.dilate(cv2.Canny(smooth, 40, 120), np.ones((3, 3), np.uint8), iterations=2)
    best: Quad | None = None
    most = LEAST_PAGE * grey.size
    for mask in (bright, edges):
        closed = cv2.morphologyEx(mask, cv2.MORPH_CLOSE, np.ones((9, 9), np.uint8))
        for contour in cv2.findContours(closed, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)[0]:
            area = cv2.contourArea(contour)
            if area > most and (quad := _straight_quad(contour, area)) is not None:
                best, most = quad, area
        if best is not None:
            break
    return best


def _straight_quad(contour: Frame, area: float) -> Quad | None:
    """Four corners, each where two fitted edges meet; None if the outline is no quadrangle."""
    hull = cv2.convexHull(contour)
    rough = cv2.approxPolyDP(hull, 0.03 * cv2.arcLength(hull, True), True)
    if len(rough) != 4 or not cv2.isContourConvex(rough) or cv2.contourArea(hull) > 1.06 * area:
        return None
    corners = rough.reshape(4, 2).astype(np.float32)
    points = contour.reshape(-1, 2).astype(np.float32)
    lines = [_edge(points, corners[i], corners[(i + 1) % 4]) for i in range(4)]
    met = [_meet(lines[i - 1], lines[i]) for i in range(4)]
    if any(one is None for one in met):
        return None
    quad = np.array(met, np.float32)
    if np.abs(quad - corners).max() > 0.05 * np.ptp(points):
        return None
    return _in_order(quad)


def _edge(points: Quad, a: Quad, b: Quad) -> tuple[float, float, float, float]:
    """A line through the outline's points along the middle of one side."""
    along = b - a
    length = float(np.hypot(*along)) or 1.0
    share = (points - a) @ along / length**2
    away = np.abs((points - a) @ np.array([-along[1], along[0]]) / length)
    near = points[(share > 0.1) & (share < 0.9) & (away < 0.03 * length + 2)]
    if len(near) < 8:
        near = np.array([a, b])
    vx, vy, x, y = (float(v) for v in cv2.fitLine(near, cv2.DIST_HUBER, 0, 0.01, 0.01).ravel())
    return vx, vy, x, y


def _meet(
    one: tuple[float, float, float, float], two: tuple[float, float, float, float]
) -> tuple[float, float] | None:
    across = one[0] * two[1] - one[1] * two[0]
    if abs(across) < 1e-3:
        return None
    t = ((two[2] - one[2]) * two[1] - (two[3] - one[3]) * two[0]) / across
    return one[2] + t * one[0], one[3] + t * one[1]


def _in_order(quad: Quad) -> Quad:
    """Clockwise from the corner that is nearest to the top left."""
    import numpy as np

    middle = quad.mean(axis=0)
    turned = quad[np.argsort(np.arctan2(*(quad - middle).T[::-1]))]
    return np.roll(turned, -int(np.argmin(turned.sum(axis=1))), axis=0)


def sharpness_of(frame: Frame) -> float:
    """Mean of the strongest half per cent of gradients at half size, page edges included."""
    half = cv2.cvtColor(frame[::2, ::2], cv2.COLOR_BGR2GRAY)
    dx, dy = (cv2.Sobel(half, cv2.CV_32F, *way) for way in ((1, 0), (0, 1)))
    strength = cv2.magnitude(dx, dy).ravel()
    count = max(1, strength.size // 200)
    return float(np.partition(strength, strength.size - count)[-count:].mean())


def glare_of(page: Frame) -> float:
    """Share of a page that is burnt out although the paper around it is not."""
    import numpy as np

    darkest = cv2.blur(page, (9, 9)).min(axis=2)  # noise and sharpened edges are no glare
    if float(np.median(darkest)) > GLARE_MEDIAN:
        return 0.0  # bright paper, or all of it burnt out: that cannot be told apart
    return float((darkest >= GLARE_LEVEL).mean())


def size_of(quad: Quad) -> tuple[int, int]:
    """Width and height of the page in the frame's own pixels: its longer sides, so none is lost."""
    import numpy as np

    sides = [float(np.hypot(*(quad[(i + 1) % 4] - quad[i]))) for i in range(4)]
    return max(1, round(max(sides[0], sides[2]))), max(1, round(max(sides[1], sides[3])))


def straighten(frame: Frame, quad: Quad, size: tuple[int, int]) -> Frame:
    """The page cut out of the frame and set straight."""
    width, height = size
    target = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32) - 0.5
    matrix = cv2.getPerspectiveTransform(quad.astype(np.float32), target)
    return cv2.warpPerspective(frame, matrix, size, flags=cv2.INTER_CUBIC,
                               borderMode=cv2.BORDER_REPLICATE)  # fmt: skip


def shape_of(quad: Quad) -> float:
    """Width to height, by the mean of opposite sides."""
    sides = [float(np.hypot(*(quad[(i + 1) % 4] - quad[i]))) for i in range(4)]
    return (sides[0] + sides[2]) / max(1.0, sides[1] + sides[3])


def paper_size(
    size: tuple[int, int], shape: float, paper_mm: tuple[float, float] | None
) -> tuple[int, int, int]:
    """Columns, rows and dpi of the picture of a page.

    A page whose sides are to each other as the paper's (within 6 %, upright or not) gets exactly
    these; any other keeps what was measured.
    """
    width, height = size
    if paper_mm is not None:
        short, long = sorted(paper_mm)
        across = (short, long) if width <= height else (long, short)
        if abs(shape / (across[0] / across[1]) - 1) < 0.06:
            dpi = max(1, round(max(width / across[0], height / across[1]) * 25.4))
            return round(across[0] / 25.4 * dpi), round(across[1] / 25.4 * dpi), dpi
    return width, height, pictures.plausible_dpi(None, size)


def _jpeg(frame: Frame, quality: int) -> Callable[[BinaryIO], None]:
    def write(file: BinaryIO) -> None:
        done, data = cv2.imencode(".jpg", frame, [cv2.IMWRITE_JPEG_QUALITY, quality])
        if not done:
            raise DeviceFault("DRIVER_ERROR", detail="JPEG")
        file.write(data.tobytes())

    return write


# --- the session -----------------------------------------------------------------------------


class CameraSession:
    """A camera that looks at a table."""

    def __init__(self, source: Source, lock: int | None) -> None:
        self._source, self._lock = source, lock
        self._settings = ScanSettings()
        self._applied: AppliedSettings | None = None
        self._options: dict[str, str] = {}
        self._wanted = threading.Event()
        self._last: Frame | None = None
        self._taken: Frame | None = None
        self._armed, self._still, self._shown_at = True, 0, 0.0
        self._state: State = "no_page"

    def capabilities(self) -> Capabilities:
        """Colour and grey, at whatever resolution the page has in the picture."""
        return CAPABILITIES

    def status(self) -> DeviceStatus:
        """A camera does not know before it looks."""
        return DeviceStatus()

    def apply(self, settings: ScanSettings) -> AppliedSettings:
        """Note what is wanted; the resolution shows with the first page."""
        self._options = dict(_option(name, text) for name, text in settings.extra)
        found: list[Difference] = []
        if settings.source == "duplex":
            found.append(difference("source", "duplex", "feeder"))
        if settings.mode == "bw":
            found.append(difference("mode", "bw", "gray"))
        mode: Mode = "color" if settings.mode == "color" else "gray"
        count = 1 if settings.source == "glass" and settings.count is None else settings.count
        self._settings = replace(settings, source="feeder", mode=mode, count=count)
        self._applied = AppliedSettings(settings, self._settings, tuple(found))
        return self._applied

    def trigger(self) -> None:
        """Take the next frame, whatever it shows."""
        self._wanted.set()

    def pages(self, sink: PageSink, stop: threading.Event) -> Iterator[PageLanded]:
        """Take each page that comes to lie still, until the count, the file's end or a stop."""
        landed = 0
        count = self._settings.count
        pace_s = 1 / float(self._options["pace"]) if "pace" in self._options else 0.0
        while not stop.is_set() and (count is None or landed < count):
            began = time.monotonic()
            frame = self._source.read()
            if frame is None:
                if self._source.kind == "device":
                    raise DeviceFault("COMM_LOST", raw="no frame")
                break
            page = self._see(sink, frame, self._settings.first_sheet + landed)
            if page is not None:
                landed += 1
                yield page
            if pace_s and stop.wait(max(0.0, pace_s - (time.monotonic() - began))):
                break
        if not landed and not stop.is_set():
            raise DeviceFault("FEEDER_EMPTY", raw="no page lay still")

    def _see(self, sink: PageSink, frame: Frame, sheet: int) -> PageLanded | None:
        """Look at one frame and take it if its page lies still and is a new one."""
        look = look_at(frame)
        way = self._options.get("capture", "each" if self._source.kind == "stills" else "auto")
        moving = self._moves(look)
        sharpness = sharpness_of(frame) if not moving or way == "each" else 0.0
        wanted = self._wanted.is_set() or way == "each"
        take = wanted or (way == "auto" and self._is_ready(look, moving, sharpness))
        page = self._take(sink, frame, look, sheet, sharpness) if take else None
        self._show(sink, frame, look, sharpness, at_once=page is not None)
        return page

    def _moves(self, look: Look) -> bool:
        before, self._last = self._last, look.small
        if before is None or before.shape != look.small.shape:
            return True
        moving = float(cv2.absdiff(before, look.small).mean()) > MOVING
        self._still = 0 if moving else self._still + 1
        return moving

    def _is_ready(self, look: Look, moving: bool, sharpness: float) -> bool:
        self._state = "moving"
        if moving or self._still < STILL_FRAMES - 1:
            return False
        if look.quad is None:
            self._state = "no_page"
            self._armed = True
            return False
        if not self._armed and not self._is_other(look):
            self._state = "taken"
            return False
        self._state = "still"
        if sharpness < SHARP and self._still < FOCUS_FRAMES:
            self._state = "blurred"
            return False
        return True

    def _thumb(self, look: Look) -> Frame:
        if look.quad is None:
            return cv2.resize(look.small, THUMB, interpolation=cv2.INTER_AREA)
        page = straighten(look.small, look.quad / look.scale, THUMB)
        return cv2.GaussianBlur(page, (5, 5), 0)

    def _is_other(self, look: Look) -> bool:
        if self._taken is None:
            return True
        apart = cv2.absdiff(self._taken, self._thumb(look))
        return float(apart.mean()) > OTHER_PAGE or float((apart > 20).mean()) > OTHER_SPOTS

    # --- taking ---

    def _take(
        self, sink: PageSink, frame: Frame, look: Look, sheet: int, sharpness: float
    ) -> PageLanded:
        self._wanted.clear()
        sink.sheet_started(sheet)
        quad = look.quad if self._options.get("crop") != "no" else None
        if quad is None:
            picture, dpi = frame, pictures.plausible_dpi(None, (frame.shape[1], frame.shape[0]))
        else:
            width, height, dpi = paper_size(size_of(quad), shape_of(quad), self._settings.paper_mm)
            picture = straighten(frame, quad, (width, height))
        self._doubt(sink, sheet, picture, quad, sharpness)
        self._say_resolution(sink, dpi, known=quad is not None)
        if self._settings.mode == "gray":
            picture = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
        self._taken, self._armed, self._state = self._thumb(look), False, "taken"
        size = (picture.shape[1], picture.shape[0])
        return sink.land(
            Picture(_jpeg(picture, JPEG_QUALITY), pictures.JPEG, sheet, dpi=dpi, size=size)
        )

    def _doubt(
        self, sink: PageSink, sheet: int, picture: Frame, quad: Quad | None, sharpness: float
    ) -> None:
        if quad is None and self._options.get("crop") != "no":
            sink.suspect(sheet, "no_page_edges")
        if sharpness and sharpness < SHARP:
            sink.suspect(sheet, "blurred")
        if glare_of(picture) > GLARE_SHARE:
            sink.suspect(sheet, "glare")

    def _say_resolution(self, sink: PageSink, dpi: int, *, known: bool) -> None:
        """Say it once if the page has clearly fewer dots than were asked for."""
        applied = self._applied
        if applied is None or not known or dpi >= 0.9 * applied.asked.dpi:
            return
        if any(one.what == "resolution" for one in applied.differences):
            return
        less = difference("resolution", f"{applied.asked.dpi} dpi", f"{dpi} dpi")
        got = replace(applied.got, dpi=dpi)
        self._applied = replace(applied, got=got, differences=(*applied.differences, less))
        sink.applied(self._applied)

    def _show(
        self, sink: PageSink, frame: Frame, look: Look, sharpness: float, *, at_once: bool
    ) -> None:
        """Put the moment's picture on disk, but not more often than eyes need."""
        now = time.monotonic()
        if not at_once and now - self._shown_at < PREVIEW_EVERY_S:
            return
        self._shown_at = now
        small = cv2.resize(frame, look.small.shape[::-1], interpolation=cv2.INTER_AREA)
        corners: tuple[tuple[int, int], ...] = ()
        glare = 0.0
        if look.quad is not None:
            spots = look.quad / look.scale
            corners = tuple((round(float(x)), round(float(y))) for x, y in spots)
            glare = glare_of(straighten(small, spots, (256, 360)))
        shown = Preview(Path(), self._state, round(sharpness, 1), round(glare, 4), corners)
        sink.previewed(_jpeg(small, 75), shown)

    def interrupt(self) -> None:
        """A blocked camera cannot be woken; the process is ended instead."""

    def close(self) -> None:
        """Let go of the camera."""
        self._source.close()
        if self._lock is not None:
            os.close(self._lock)


def _option(name: str, text: str) -> tuple[str, str]:
    if name == "pace" and text.isascii() and text.isdigit() and 1 <= int(text[:6]) <= 240:
        return name, text
    if text not in _OPTIONS.get(name, ()):
        raise BadRequest(
            "BAD_SETTINGS",
            detail=f"option {name[:60]!r}={text[:40]!r}",
            detail_vi=f"tùy chọn {name[:60]!r}={text[:40]!r}",
        )
    return name, text
