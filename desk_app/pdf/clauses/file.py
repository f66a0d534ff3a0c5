"""The bytes of the file: header, end, cross-references, streams as they are delimited (6.1)."""

from __future__ import annotations

import mmap
import re

import pikepdf

from desk_app.pdf.clauses.inspection import Inspection, Rule, entries

HEADER = Rule(
    "6.1.2",
    "6.1.2",
    "Phần đầu tệp không đúng dạng %PDF-1.n ở byte đầu tiên",
    "The file does not begin with a header %PDF-1.n",
)
BINARY_MARK = Rule(
    "6.1.2",
    "6.1.2",
    "Sau phần đầu tệp thiếu dòng chú thích có ít nhất bốn byte lớn hơn 127",
    "No comment of four bytes over 127 follows the header",
)
IDENTIFIER = Rule(
    "6.1.3", "6.1.3", "Trailer thiếu mã định danh ID", "The trailer has no file identifier (ID)"
)
ENCRYPTED = Rule("6.1.3", "6.1.3", "Tệp bị mã hóa (Encrypt)", "The file is encrypted (Encrypt)")
AFTER_END = Rule(
    "6.1.3",
    "6.1.3",
    "Có dữ liệu sau dấu kết thúc tệp %%EOF",
    "Data follow the last end-of-file marker",
)
XREF_STREAM = Rule(
    "",
    "6.1.4",
    "Bảng tham chiếu chéo ở dạng stream",
    "The cross-references are in a stream",
)
XREF_FORM = Rule(
    "6.1.4",
    "6.1.4",
    "Bảng tham chiếu chéo hỏng hoặc sai dạng",
    "The cross-reference table is damaged or malformed",
)
STREAM_LENGTH = Rule(
    "6.1.7.1",
    "6.1.7",
    "Length của stream không bằng số byte thật",
    "A stream's Length is not its number of bytes",
)
OBJECT_FORM = Rule(
    "6.1.9",
    "6.1.8",
    "Dòng mở đầu đối tượng sai dạng",
    "An object's opening line is malformed",
)

_BINARY = re.compile(rb"%PDF-1\.[0-7](?:\r\n|\r|\n)%[\x80-\xff]{4}")
_SECTION = re.compile(rb"xref(?:\r\n|\r|\n)\d+ \d+ ?(?:\r\n|\r|\n)")
_OPENING = re.compile(rb"(\d+)[\0\t\n\f\r ](\d+)[\0\t\n\f\r ]obj(?:\r\n|\r|\n)")
_STREAM = re.compile(rb"stream(?:\r\n|\n)")
_ENDSTREAM = re.compile(rb"(?:\r\n|\r|\n)endstream")
_MARGIN = 1 << 16


def check(inspection: Inspection) -> None:
    """Apply the rules of this module."""
    with (
        inspection.path.open("rb") as file,
        mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data,
    ):
        _check_header(inspection, data)
        _check_end(inspection, data)
        _check_objects(inspection, data)
    _check_trailer(inspection)


def _check_header(inspection: Inspection, data: mmap.mmap) -> None:
    first = data[:64]
    if not re.match(rb"%PDF-1\.[0-7][\r\n]", first):
        inspection.add(HEADER, "header")
    elif not _BINARY.match(first):
        inspection.add(BINARY_MARK, "header")


def _check_end(inspection: Inspection, data: mmap.mmap) -> None:
    end = data.rfind(b"%%EOF")
    if end < 0 or data[end + 5 :] not in (b"", b"\n", b"\r", b"\r\n"):
        inspection.add(AFTER_END, "end")
    found = re.search(rb"startxref\s+(\d+)\s*$", data[max(end - 64, 0) : max(end, 0)])
    start = int(found[1]) if found else -1
    if not 0 <= start < len(data):
        inspection.add(XREF_FORM, "startxref")
    elif data[start : start + 4] != b"xref":
        inspection.add(XREF_STREAM, f"byte {start}")
    elif not _SECTION.match(data[start : start + 64]):
        inspection.add(XREF_FORM, f"byte {start}")


def _check_objects(inspection: Inspection, data: mmap.mmap) -> None:
    for (number, generation), entry in inspection.pdf.get_xref_table().items():
        if entry.type != 1 or entry.offset is None:
            continue
        where = f"{number} {generation}"
        if not _OPENING.match(data, entry.offset):
            inspection.add(OBJECT_FORM, where)
        found = inspection.pdf.get_object((number, generation))
        length = entries(found).get("/Length")
        if isinstance(found, pikepdf.Stream) and isinstance(length, int):
            _check_length(inspection, data, where, entry.offset, length)


def _check_length(
    inspection: Inspection, data: mmap.mmap, where: str, offset: int, length: int
) -> None:
    # The dictionary may hold the word too, in a string: the data begin where their end fits.
    for opening in _STREAM.finditer(data, offset, min(offset + _MARGIN, len(data))):
        if _ENDSTREAM.match(data, opening.end() + length):
            return
    inspection.add(STREAM_LENGTH, where)


def _check_trailer(inspection: Inspection) -> None:
    identifier = inspection.pdf.trailer.get("/ID")
    parts = list(identifier) if identifier is not None else []
    if len(parts) != 2 or not all(bytes(part) for part in parts):
        inspection.add(IDENTIFIER, "trailer")
    if inspection.pdf.is_encrypted:
        inspection.add(ENCRYPTED, "trailer")
    if "/XRefStm" in inspection.pdf.trailer:
        inspection.add(XREF_STREAM, "trailer")


RULES = (
    HEADER,
    BINARY_MARK,
    IDENTIFIER,
    ENCRYPTED,
    AFTER_END,
    XREF_STREAM,
    XREF_FORM,
    STREAM_LENGTH,
    OBJECT_FORM,
)
