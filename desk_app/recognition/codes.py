"""Machine-readable codes on a page: QR and bar codes, and the zone of identity papers.

What a code says is more certain than print: the card's QR and its zone each carry the citizen's
number, so that fields can be checked against each other.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import zxingcpp

from desk_app.imaging import picture, quality
from desk_app.imaging._cv import cv2
from desk_app.imaging.geometry import Frame
from desk_app.imaging.picture import Picture, Pixels
from desk_app.recognition import mrz, tesseract
from desk_app.recognition.mrz import MrzData as MrzData
from desk_app.recognition.mrz import parse_mrz as parse_mrz
from desk_app.recognition.tesseract import Engine, ReadTimedOut
from desk_app.recognition.vietnamese import fold, iso_date, nfc, parse_compact_date
from desk_app.records import Box, Code, PageCondition, PageText, Word

_KINDS = {
    zxingcpp.BarcodeFormat.QRCode: "qr",
    zxingcpp.BarcodeFormat.MicroQRCode: "qr",
    zxingcpp.BarcodeFormat.Code128: "code128",
    zxingcpp.BarcodeFormat.Code39: "code39",
    zxingcpp.BarcodeFormat.PDF417: "pdf417",
}

DOSSIER_CODE = re.compile(
    r"(?<![\w.])(?:\d{3}\.\d{2}\.\d{2}\.)?[A-Z]\d{2}(?:\.\d{1,3})*-\d{6}-\d{4,6}(?![\w-])"
)
"""Code of a dossier at the one-stop desk (mã hồ sơ): organisation, YYMMDD, number."""


@dataclass(frozen=True, slots=True)
class Params:
    """How codes are looked for. Fitted on drawn cards of 15 and 20 mm codes at 200 and 300 dpi."""

    enlarge_below_dpi: int = 250
    """A dense part without a code is looked at again at twice the size up to this resolution."""
    search_dpi: int = 75
    window_mm: float = 5.0
    least_density: float = 0.26
    """Darkness over the window: drawn codes have 0.44 to 0.6, heavy print up to 0.3."""
    room_mm: float = 4.0
    """White around a code that its reader needs."""
    most_parts: int = 30
    """With more dense parts the page is searched whole."""
    zone_dpi: int = 300
    """Resolution at which a zone is read: its letters are then about 30 pixels high."""
    zone_timeout_s: float = 10.0


@dataclass(frozen=True, slots=True)
class CardData:
    """The QR of the chip citizen card (CCCD): seven fields by position."""

    number: str
    """Twelve digits."""
    old_number: str
    """Nine digits of the identity card (CMND) before, or ''."""
    name: str
    birth_date: str | None
    """ISO 8601, None where the card's digits are no such day."""
    sex: str
    address: str
    issue_date: str | None
    tail: tuple[str, ...]
    """Fields after the seventh, raw: newer cards have more."""


def run(
    path: Path,
    condition: PageCondition,
    text: PageText | None = None,
    params: Params = Params(),
    engine: Engine | None = None,
    shot: Picture | None = None,
) -> tuple[Code, ...]:
    """Every code on a page, with its box on disk.

    Args:
        path: Picture of the page.
        condition: With the final rotation from `ocr.run`.
        text: Words of the page, in which a machine-readable zone shows itself; None skips it.
        params: Sizes and limits.
        engine: Reads the zone; the default engine where None.
        shot: The picture, where it is decoded already.

    Raises:
        UnusableInput: The picture cannot be decoded.
        EngineError: A zone is there and the engine failed.
    """
    if condition.blank == "blank":
        return ()
    shot = shot or picture.load(path, grey=True)
    grey = shot.grey
    found = list(_barcodes(shot, condition.dpi, params))
    if text is not None:
        found += _zones(grey, condition, text, params, engine)
    return tuple(found)


def parse_card_qr(text: str) -> CardData | None:
    """Fields of a citizen card's QR, or None where the text is no such code.

    >>> parse_card_qr("001186012345||Nguyễn Thị Lan|05031986|Nữ|Hà Nội|10052021").birth_date
    '1986-03-05'
    """
    fields = [nfc(field).strip() for field in text.split("|")]
    if len(fields) == 6:
        # Some issues leave the old number out instead of empty.
        fields.insert(1, "")
    if len(fields) < 7 or not re.fullmatch(r"[0-9]{12}", fields[0]):
        return None
    if fields[1] and not re.fullmatch(r"[0-9]{9}|[0-9]{12}", fields[1]):
        return None
    number, old, name, born, sex, address, issued = fields[:7]
    # With a field more or less all others would stand under a wrong name.
    if fold(sex) not in _SEXES or not _NAME.fullmatch(name) or len(address) > _LONGEST_ADDRESS:
        return None
    return CardData(
        number=number,
        old_number=old,
        name=name,
        birth_date=_card_date(born),
        sex=_SEXES[fold(sex)],
        address=address,
        issue_date=_card_date(issued),
        tail=tuple(fields[7:]),
    )


_SEXES = {"nam": "Nam", "nu": "Nữ", "": ""}
_NAME = re.compile(r"(?:[^\W\d_]|[ .'’-]){2,100}")
_LONGEST_ADDRESS = 300


def _card_date(text: str) -> str | None:
    """Eight digits by the rule; with signs between them, or the year first, they say no less."""
    match = re.fullmatch(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})", text)
    if match is not None:
        return iso_date(*map(int, match.groups()))
    match = re.fullmatch(r"(\d{4})-(\d{2})-(\d{2})", text)
    if match is not None:
        return iso_date(*map(int, reversed(match.groups())))
    return parse_compact_date(text)


def parse_receipt_qr(text: str) -> str | None:
    """Dossier code of a receipt slip: bare, between bars, or in a web address."""
    found = DOSSIER_CODE.search(text)
    return found.group() if found else None


def _barcodes(shot: Picture, dpi: int, params: Params) -> list[Code]:
    grey = shot.grey
    found: dict[tuple[str, str], Code] = {}
    for box in _dense_parts(shot, dpi, params):
        x0, y0, x1, y1 = box
        part = np.ascontiguousarray(grey[y0:y1, x0:x1])
        read = _decoded(part, 1.0, box)
        if not read and dpi <= params.enlarge_below_dpi and part.size < picture.MAX_PIXELS // 8:
            large = cv2.resize(part, None, fx=2.0, fy=2.0, interpolation=cv2.INTER_CUBIC)
            read = _decoded(np.asarray(large, dtype=np.uint8), 2.0, box)
        for code in read:
            found.setdefault((code.kind, code.text), code)
    return list(found.values())


def _dense_parts(shot: Picture, dpi: int, params: Params) -> list[Box]:
    """Boxes of what is too dark, over some millimetres, to be print: codes, photos, stamps.

    Looking for codes in whole pages of print would cost more than all else but the engine.
    """
    rows, columns = shot.grey.shape
    scale = min(1.0, params.search_dpi / dpi)
    size = max(1, round(columns * scale)), max(1, round(rows * scale))
    # The stage before has reduced the page to twice this size already.
    half = shot.small_grey(picture.WORK_SIDE_PX)
    half = half if half.shape[1] >= size[0] else shot.grey
    small = np.asarray(cv2.resize(half, size, interpolation=cv2.INTER_AREA), np.uint8)
    depth = quality.ink_depth(small, quality.background(small, dpi * scale))
    window = max(3, round(params.window_mm / 25.4 * dpi * scale))
    dense = cv2.blur(depth, (window, window)) >= 255 * params.least_density
    room = 2 * (round(params.room_mm / 25.4 * dpi * scale) + window // 2) + 1
    wide = cv2.dilate(dense.astype(np.uint8), np.ones((room, room), np.uint8))
    count, _, stats, _ = cv2.connectedComponentsWithStats(wide)
    if count - 1 > params.most_parts:
        return [(0, 0, columns, rows)]
    return [
        (
            int(left / scale),
            int(top / scale),
            min(columns, math.ceil((left + width) / scale)),
            min(rows, math.ceil((top + height) / scale)),
        )
        for left, top, width, height, _ in stats[1:].tolist()
    ]


def _decoded(grey: Pixels, scale: float, within: Box) -> list[Code]:
    formats = zxingcpp.BarcodeFormats(list(_KINDS))
    codes = []
    for code in zxingcpp.read_barcodes(grey, formats=formats, try_invert=False):
        # The card's payload is UTF-8 without saying so.
        try:
            text = bytes(code.bytes).decode("utf-8")
        except UnicodeDecodeError:
            text = code.text
        kind = _KINDS.get(code.format, "qr")
        codes.append(Code(kind, nfc(text), _position_box(code.position, scale, within)))
    return codes


def _position_box(position: zxingcpp.Position, scale: float, within: Box) -> Box:
    corners = (
        position.top_left,
        position.top_right,
        position.bottom_right,
        position.bottom_left,
    )
    across = [within[0] + corner.x / scale for corner in corners]
    down = [within[1] + corner.y / scale for corner in corners]
    left, top = max(0, int(min(across))), max(0, int(min(down)))
    return left, top, max(left + 1, round(max(across))), max(top + 1, round(max(down)))


def _zones(
    grey: Pixels,
    condition: PageCondition,
    text: PageText,
    params: Params,
    engine: Engine | None,
) -> list[Code]:
    lines = _lines(text.words)
    hints = [words for words in lines if mrz.looks_like_zone(_joined(words))]
    if not hints:
        return []
    printed = parse_mrz([_joined(words) for words in lines])
    frame = Frame.of(condition, min(3.0, params.zone_dpi / condition.dpi))
    band = _band(hints, frame)
    best = _best_reading(frame.apply(grey), band, params, engine or tesseract.engine(), printed)
    if best is None:
        return []
    return [Code("mrz", "\n".join(best.lines), frame.to_disk(band))]


def _best_reading(
    view: Pixels, band: Box, params: Params, engine: Engine, printed: MrzData | None
) -> MrzData | None:
    """The first reading that holds and has a credible name, else the best of all."""
    x0, y0, x1, y1 = band
    cut = np.ascontiguousarray(view[y0:y1, x0:x1])
    cut = quality.divided(cut, quality.background(cut, params.zone_dpi))
    best = printed
    # The Vietnamese model was not trained on this typeface's capitals and fillers.
    for language, size in (("eng", 1.0), ("eng", 0.67), ("vie", 1.0)):
        if best and best.valid and best.rank[1]:
            break
        if tesseract.has_model(language):
            reading = _zone_reading(cut, size, language, params, engine)
            best = max(filter(None, (best, reading)), key=lambda data: data.rank, default=None)
    return best


def _zone_reading(
    cut: Pixels, size: float, language: str, params: Params, engine: Engine
) -> MrzData | None:
    seen = cut
    if size != 1.0:
        small = cv2.resize(cut, None, fx=size, fy=size, interpolation=cv2.INTER_AREA)
        seen = np.asarray(small, dtype=np.uint8)
    try:
        words = engine.read(
            seen,
            round(params.zone_dpi * size),
            "block",
            language=language,
            allowed=mrz.ALPHABET,
            timeout_s=params.zone_timeout_s,
        )
    except ReadTimedOut:
        return None
    grouped: dict[int, list[str]] = {}
    for word in words:
        grouped.setdefault(word.line, []).append(word.text)
    return parse_mrz(["".join(parts) for parts in grouped.values()])


def _lines(words: Iterable[Word]) -> list[list[Word]]:
    grouped: dict[int, list[Word]] = {}
    for word in words:
        grouped.setdefault(word.line, []).append(word)
    return list(grouped.values())


def _joined(words: Iterable[Word]) -> str:
    return "".join(word.read for word in words)


def _band(hints: list[list[Word]], frame: Frame) -> Box:
    """Where the zone lies in the view: the lines that show it, and room for those that do not."""
    boxes = [frame.to_view(word.box) for words in hints for word in words]
    high = max(8, sorted(y1 - y0 for _, y0, _, y1 in boxes)[len(boxes) // 2])
    missing = max(0, 3 - len(hints))
    room = round(high * (0.8 + 1.8 * missing))
    width, height = frame.size
    return (
        max(0, min(box[0] for box in boxes) - 3 * high),
        max(0, min(box[1] for box in boxes) - room),
        min(width, max(box[2] for box in boxes) + 3 * high),
        min(height, max(box[3] for box in boxes) + room),
    )
