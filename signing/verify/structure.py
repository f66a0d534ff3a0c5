"""What can be said of a PDF file from its bytes alone, before any reader interprets it.

A signature engine looks at the ranges that were signed and at what a reader finds behind them.
What no reader is pointed to (bytes before the header, objects after the last end mark) goes
unnoticed there, and some viewers show it: these checks close that gap.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from signing.certificates import Text
from signing.errors import FileUnreadable, NotAPdf, PdfDamaged, PdfEncrypted
from signing.files import require_regular, words_of

_HEADER_WINDOW = 1024
"""Readers look for the header within the first kilobyte (Adobe's implementation note 13)."""

_CHUNK = 1 << 20
_OVERLAP = 1 << 13
_EOF = b"%%EOF"
_SIGNATURE = re.compile(
    rb"/ByteRange\s*\[|/SubFilter\s*/(?:adbe\.|ETSI\.)|/Contents\s*<30(?:80|82|83)"
)
_HYBRID = re.compile(rb"/XRefStm\s+\d+")
_ENCRYPT = re.compile(rb"/Encrypt\s*(?:\d+\s+\d+\s+R|<<)")


@dataclass(frozen=True, slots=True)
class Structure:
    """Facts about the bytes."""

    size: int
    header_offset: int
    """Bytes before ``%PDF-``; 0 in a sound file (ISO 32000-1 7.5.2)."""
    trailing: int
    """Bytes after the last end mark, line ends not counted."""
    trailing_objects: bool
    """Those bytes contain an object: the incremental saving attack without a cross-reference."""
    hybrid_at: int
    """Where the last hybrid cross-reference (7.5.8.4) is named, or -1.

    Word writes them in the first revision, which is harmless; one that was added after signing
    shows old readers another document than new ones."""
    signature_traces: bool
    """The text of a signature dictionary is in the file, reachable or not."""

    @property
    def fault(self) -> Text | None:
        """The first thing that speaks against the file, or None."""
        if self.header_offset:
            return Text(
                "BYTES_BEFORE_START",
                f"có {self.header_offset} byte lạ trước phần đầu tệp",
                f"{self.header_offset} foreign bytes stand before its header",
            )
        if self.trailing:
            return Text(
                "BYTES_AFTER_END",
                f"có {self.trailing} byte nằm sau điểm kết thúc tệp",
                f"{self.trailing} bytes follow its end",
            )
        return None


def inspect(path: Path) -> Structure:
    """Read the structure of a file; memory stays small whatever its size.

    Raises:
        FileUnreadable: missing, not allowed, or no regular file.
        NotAPdf: empty or of another kind.
        PdfEncrypted: protected by a password.
        PdfDamaged: it has a header and no end, and nothing in it was signed.
    """
    try:
        require_regular(path)
        with path.open("rb") as file:
            return _inspect(file, path.name)
    except OSError as error:
        raise FileUnreadable(*words_of(error), file=path.name) from None


def _inspect(file: BinaryIO, name: str) -> Structure:
    size = file.seek(0, os.SEEK_END)
    if not size:
        raise NotAPdf("it is empty", "tệp rỗng", file=name)
    file.seek(0)
    start = file.read(_HEADER_WINDOW + 5)
    header = start.find(b"%PDF-")
    if header < 0:
        kind_vi, kind_en = _kind(start)
        raise NotAPdf(kind_en, kind_vi, file=name)
    marks = _scan(file)
    if marks.encrypted:
        raise PdfEncrypted(file=name)
    if marks.end < 0 and not marks.signed:
        raise PdfDamaged("its end is missing", "thiếu phần cuối", file=name)
    file.seek(marks.end + len(_EOF) if marks.end >= 0 else size)
    tail = file.read(_CHUNK)
    is_blank = not tail.strip(b"\r\n \t\x00")
    return Structure(
        size=size,
        header_offset=header,
        trailing=0 if is_blank else size - marks.end - len(_EOF),
        trailing_objects=b" obj" in tail,
        hybrid_at=marks.hybrid,
        signature_traces=marks.signed,
    )


@dataclass
class _Marks:
    """What a pass over the bytes found."""

    end: int = -1
    signed: bool = False
    hybrid: int = -1
    encrypted: bool = False


def _scan(file: BinaryIO) -> _Marks:
    """One pass in pieces that overlap by more than any pattern is long."""
    marks, offset, before = _Marks(), 0, b""
    file.seek(0)
    while piece := file.read(_CHUNK):
        data, base = before + piece, offset - len(before)
        if (found := data.rfind(_EOF)) >= 0:
            marks.end = base + found
        marks.signed = marks.signed or bool(_SIGNATURE.search(data))
        for match in _HYBRID.finditer(data):
            marks.hybrid = base + match.start()
        marks.encrypted = marks.encrypted or _is_encrypted(data)
        before, offset = data[-_OVERLAP:], offset + len(piece)
    return marks


def _is_encrypted(data: bytes) -> bool:
    """An /Encrypt entry in a trailer or a cross-reference stream's dictionary."""
    return any(_in_trailer(data, match.start()) for match in _ENCRYPT.finditer(data))


def _in_trailer(data: bytes, position: int) -> bool:
    around = data[max(0, position - _OVERLAP // 2) : position + _OVERLAP // 2]
    before = data[max(0, position - _OVERLAP // 2) : position]
    trailer = before.rfind(b"trailer")
    return trailer > before.rfind(b"endobj") or b"/XRef" in around[max(0, before.rfind(b" obj")) :]


def _kind(head: bytes) -> tuple[str, str]:
    for magic, name in ((b"\xff\xd8", "JPEG"), (b"\x89PNG", "PNG"), (b"PK", "ZIP/Office")):
        if head.startswith(magic):
            return f"đây là tệp {name}", f"it is a {name} file"
    return "không có phần đầu PDF", "it has no PDF header"
