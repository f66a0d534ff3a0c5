"""Objects of every kind: limits, filters, embedded files, actions (6.1, 6.5, 6.8)."""

from __future__ import annotations

import io
from decimal import Decimal

import pikepdf

from desk_app.pdf.clauses.inspection import (
    Inspection,
    Rule,
    containers,
    entries,
    has_keys,
    items,
    name,
    names,
)

EXTERNAL_STREAM = Rule(
    "6.1.7.1",
    "6.1.7",
    "Stream lấy dữ liệu từ tệp ngoài (F, FFilter, FDecodeParms)",
    "A stream takes its data from another file (F, FFilter, FDecodeParms)",
)
FILTER = Rule(
    "6.1.7.2",
    "6.1.10",
    "Bộ lọc stream không được phép (LZW, Crypt hoặc không rõ)",
    "A stream filter is not allowed (LZW, Crypt or an unknown one)",
)
LONG_STRING = Rule("6.1.13", "6.1.12", "Chuỗi quá dài", "A string is too long")
LONG_NAME = Rule("6.1.13", "6.1.12", "Tên dài hơn 127 byte", "A name is longer than 127 bytes")
LARGE_NUMBER = Rule("6.1.13", "6.1.12", "Số vượt giới hạn", "A number is out of range")
LARGE_CONTAINER = Rule(
    "",
    "6.1.12",
    "Mảng hơn 8191 phần tử hoặc từ điển hơn 4095 mục",
    "An array has over 8191 elements or a dictionary over 4095 entries",
)
EMBEDDED_FILE = Rule(
    "6.8",
    "6.1.11",
    "Có tệp đính kèm không phải PDF/A",
    "A file is embedded that is not PDF/A",
)
FILE_NAMES = Rule(
    "6.8",
    "",
    "Mô tả tệp đính kèm thiếu F hoặc UF",
    "An embedded file's specification lacks F or UF",
)
ACTION = Rule(
    "6.5.1",
    "6.6.1",
    "Hành động không được phép (JavaScript, Launch, …)",
    "An action is not allowed (JavaScript, Launch, …)",
)
NAMED_ACTION = Rule(
    "6.5.1",
    "6.6.1",
    "Hành động có tên không được phép",
    "A named action is none of NextPage, PrevPage, FirstPage, LastPage",
)
ADDITIONAL_ACTIONS = Rule(
    "6.5.2",
    "6.6.2",
    "Có hành động bổ sung (AA)",
    "There are additional actions (AA)",
)

_FILTERS = {
    "/ASCIIHexDecode",
    "/ASCII85Decode",
    "/FlateDecode",
    "/RunLengthDecode",
    "/CCITTFaxDecode",
    "/JBIG2Decode",
    "/DCTDecode",
    "/JPXDecode",
}
_FORBIDDEN_ACTIONS = {
    "/Launch",
    "/Sound",
    "/Movie",
    "/ResetForm",
    "/ImportData",
    "/Hide",
    "/SetOCGState",
    "/Rendition",
    "/Trans",
    "/GoTo3DView",
    "/JavaScript",
    "/RichMediaExecute",
    "/SetState",
    "/NOP",
}
_PAGE_TURNS = {"/NextPage", "/PrevPage", "/FirstPage", "/LastPage"}
_PART1_CONTAINER = (8191, 4095)


def check(inspection: Inspection) -> None:
    """Apply the rules of this module."""
    for where, container in containers(inspection.pdf):
        _check_values(inspection, where, container)
        if isinstance(container, pikepdf.Stream):
            _check_stream(inspection, where, container)
        if has_keys(container):
            _check_action(inspection, where, container)
            _check_file_specification(inspection, where, container)


def _check_values(inspection: Inspection, where: str, container: pikepdf.Object) -> None:
    keyed = entries(container)
    values = list(keyed.values()) or items(container)
    array_limit, dictionary_limit = _PART1_CONTAINER
    if len(values) > (dictionary_limit if keyed else array_limit):
        inspection.add(LARGE_CONTAINER, where)
    if any(len(key.encode()) - 1 > 127 for key in keyed):
        inspection.add(LONG_NAME, where)
    for value in values:
        _check_value(inspection, where, value)


def _check_value(inspection: Inspection, where: str, value: object) -> None:
    if isinstance(value, pikepdf.String):
        if len(bytes(value)) > (65_535 if inspection.is_part1 else 32_767):
            inspection.add(LONG_STRING, where)
    elif isinstance(value, pikepdf.Name):
        if len(str(value).encode()) - 1 > 127:
            inspection.add(LONG_NAME, where)
    elif isinstance(value, bool):
        return
    elif isinstance(value, int | Decimal | float):
        whole = isinstance(value, int)
        limit = 2**31 if whole else 32_767 if inspection.is_part1 else 3.403e38
        if not -limit <= value <= limit - whole:
            inspection.add(LARGE_NUMBER, where)


def _check_stream(inspection: Inspection, where: str, stream: pikepdf.Stream) -> None:
    keyed = entries(stream)
    if {"/F", "/FFilter", "/FDecodeParms"} & keyed.keys():
        inspection.add(EXTERNAL_STREAM, where)
    allowed = _FILTERS - {"/JPXDecode"} if inspection.is_part1 else _FILTERS
    if not allowed.issuperset(names(keyed.get("/Filter"))):
        inspection.add(FILTER, where)


def _check_action(inspection: Inspection, where: str, container: pikepdf.Object) -> None:
    keyed = entries(container)
    kind = name(keyed.get("/S"))
    if name(keyed.get("/Type")) in ("", "/Action"):
        if kind in _FORBIDDEN_ACTIONS:
            inspection.add(ACTION, where)
        elif kind == "/Named" and name(keyed.get("/N")) not in _PAGE_TURNS:
            inspection.add(NAMED_ACTION, where)
    if "/AA" in keyed:
        inspection.add(ADDITIONAL_ACTIONS, where)


def _check_file_specification(
    inspection: Inspection, where: str, container: pikepdf.Object
) -> None:
    keyed = entries(container)
    if "/EF" not in keyed:
        return
    if not {"/F", "/UF"} <= keyed.keys():
        inspection.add(FILE_NAMES, where)
    files = entries(keyed["/EF"]).values()
    if inspection.is_part1 or not all(_is_pdfa(file) for file in files):
        inspection.add(EMBEDDED_FILE, where)


def _is_pdfa(file: pikepdf.Object) -> bool:
    """Whether an embedded file says that it is PDF/A-1 or PDF/A-2."""
    if not isinstance(file, pikepdf.Stream):
        return False
    try:
        with pikepdf.open(io.BytesIO(file.read_bytes())) as embedded:
            return embedded.open_metadata().pdfa_status[:1] in ("1", "2")
    except pikepdf.PdfError:
        return False


RULES = (
    EXTERNAL_STREAM,
    FILTER,
    LONG_STRING,
    LONG_NAME,
    LARGE_NUMBER,
    LARGE_CONTAINER,
    EMBEDDED_FILE,
    FILE_NAMES,
    ACTION,
    NAMED_ACTION,
    ADDITIONAL_ACTIONS,
)
