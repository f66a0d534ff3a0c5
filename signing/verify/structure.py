"""What can be said of a PDF file from its bytes alone, before any reader interprets it.

A signature engine looks at the ranges that were signed and at what a reader finds behind them.
What no reader is pointed to (bytes before the header, objects after the last end mark) goes
unnoticed there, and some viewers show it: these checks close that gap.
"""

from __future__ import annotations

import mmap
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from signing.certificates import Text
from signing.errors import FileUnreadable, NotAPdf, PdfDamaged, PdfEncrypted

_HEADER_WINDOW = 1024
"""Readers look for the header within the first kilobyte (Adobe's implementation note 13)."""

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
    hybrid: bool
    """A cross-reference table with a hidden second one (7.5.8.4): two readers, two documents."""
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
        if self.hybrid:
            return Text(
                "HYBRID",
                "tệp có hai bảng tham chiếu, mỗi phần mềm có thể hiển thị khác nhau",
                "it has two cross-reference tables, so programs may show different pages",
            )
        return None


def inspect(path: Path) -> Structure:
    """Read the structure of a file; memory stays small whatever its size.

    Raises:
        FileUnreadable: missing or not allowed.
        NotAPdf: empty or of another kind.
        PdfEncrypted: protected by a password.
        PdfDamaged: it has a header and no end, and nothing in it was signed.
    """
    with _mapped(path) as data:
        header = data.find(b"%PDF-", 0, _HEADER_WINDOW + 5)
        if header < 0:
            kind = _kind(bytes(data[:8]))
            raise NotAPdf(kind[1], kind[0], file=path.name)
        if _is_encrypted(data):
            raise PdfEncrypted(file=path.name)
        traces = bool(_SIGNATURE.search(data))
        end = data.rfind(_EOF)
        if end < 0 and not traces:
            raise PdfDamaged("its end is missing", "thiếu phần cuối", file=path.name)
        tail = bytes(data[end + len(_EOF) :]) if end >= 0 else b""
        return Structure(
            size=len(data),
            header_offset=header,
            trailing=len(tail.strip(b"\r\n \t\x00")) and len(tail),
            trailing_objects=b" obj" in tail,
            hybrid=bool(_HYBRID.search(data)),
            signature_traces=traces,
        )


@contextmanager
def _mapped(path: Path) -> Iterator[mmap.mmap]:
    try:
        with path.open("rb") as file:
            if path.stat().st_size == 0:
                raise NotAPdf("it is empty", "tệp rỗng", file=path.name)
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
                yield data
    except OSError as error:
        raise FileUnreadable(error.strerror or "unreadable", file=path.name) from None


def _is_encrypted(data: mmap.mmap) -> bool:
    """An /Encrypt entry in a trailer or a cross-reference stream's dictionary."""
    return any(_in_trailer(data, match.start()) for match in _ENCRYPT.finditer(data))


def _in_trailer(data: mmap.mmap, position: int) -> bool:
    before = bytes(data[max(0, position - 4096) : position])
    around = bytes(data[max(0, position - 4096) : position + 4096])
    trailer = before.rfind(b"trailer")
    return trailer > before.rfind(b"endobj") or b"/XRef" in around[before.rfind(b" obj") :]


def _kind(head: bytes) -> tuple[str, str]:
    for magic, name in ((b"\xff\xd8", "JPEG"), (b"\x89PNG", "PNG"), (b"PK", "ZIP/Office")):
        if head.startswith(magic):
            return f"đây là tệp {name}", f"it is a {name} file"
    return "không có phần đầu PDF", "it has no PDF header"
