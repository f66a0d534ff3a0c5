"""What can go wrong at a scanner or with a file, as data and as one small tree of exceptions.

    ScannerError
    ├── BadRequest      exit 2   a device name, an option or a setting is wrong
    ├── RefusedFile     exit 2   a file cannot be imported, or one page of it
    └── DeviceFault     exit 3   the device, its driver or the disk stopped the job

Every error carries a `Fault`: a stable code, what happened and what to do next in Vietnamese and
English, how many pages are safe and which sheet to look at. The wordings are in `WORDINGS`.
"""

from __future__ import annotations

import errno
from dataclasses import dataclass

from scanners.wordings import WORDINGS


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault, worded for the person at the desk."""

    code: str
    vi: str
    en: str
    next_vi: str
    next_en: str
    exit_code: int
    raw: str = ""
    """The driver's own words, for the log; never shown as the message."""
    sheet: int | None = None
    """The sheet to look at, counted from 1; None if no sheet is concerned."""
    pages_safe: int = 0
    """Pages of this job that are on disk and journalled."""
    resume_at: int | None = None
    """The sheet from which the feeder is to be loaded again; None if resuming makes no sense."""


def make_fault(
    code: str, *, raw: str = "", sheet: int | None = None, pages_safe: int = 0, **facts: object
) -> Fault:
    """Word a fault.

    Args:
        code: A key of `WORDINGS`.
        raw: The driver's own words.
        sheet: The sheet concerned, from 1.
        pages_safe: Pages of the job that are on disk.
        facts: What the wording asks for: name, seconds, what, detail, file, page; where the words
            for what or detail differ by language, what_vi or detail_vi as well.
    """
    words = WORDINGS[code]
    slots = {"name": "", "seconds": "", "what": "", "detail": "", "file": "", "page": "", **facts}
    slots |= {"n": sheet if sheet is not None else 1, "k": pages_safe}
    in_vi = {name: facts.get(f"{name}_vi") or slots[name] for name in ("what", "detail")}
    vi, en = words.vi.format_map(slots | in_vi), words.en.format_map(slots)
    if words.exit_code == 3:
        vi = f"{vi} Đã lưu an toàn {pages_safe} trang."
        en = f"{en} {pages_safe} {'page is' if pages_safe == 1 else 'pages are'} safe."
    return Fault(
        code=code,
        vi=vi,
        en=en,
        next_vi=words.next_vi.format_map(slots),
        next_en=words.next_en.format_map(slots),
        exit_code=words.exit_code,
        raw=raw[:2000],
        sheet=sheet,
        pages_safe=pages_safe,
        resume_at=(sheet or 1) if words.resumable else None,
    )


_SYSTEM_WORDS = {
    errno.ENOENT: ("no such file or folder", "không có tệp hoặc thư mục này"),
    errno.EACCES: ("permission denied", "không có quyền truy cập"),
    errno.EPERM: ("permission denied", "hệ thống không cho phép"),
    errno.ENOTDIR: ("a part of the path is no folder", "một phần của đường dẫn không phải thư mục"),
    errno.EISDIR: ("it is a folder", "đây là thư mục"),
    errno.ENAMETOOLONG: ("its name is too long", "tên quá dài"),
    errno.ELOOP: ("its links lead in a circle", "liên kết vòng tròn"),
    errno.EIO: ("the disk does not answer", "ổ đĩa đọc hoặc ghi bị lỗi"),
    errno.ENXIO: ("nothing answers there", "thiết bị không trả lời"),
    errno.ESTALE: ("the network folder is gone", "thư mục mạng không còn ở đó"),
    errno.EMFILE: ("too many files are open", "quá nhiều tệp đang mở"),
}


def words_of(error: OSError | ValueError) -> dict[str, str]:
    """What the system said, as the facts detail and detail_vi of a fault."""
    number = getattr(error, "errno", None) or 0
    said = getattr(error, "strerror", None) or str(error)
    en, vi = _SYSTEM_WORDS.get(number, (said, f"lỗi hệ thống {number}" if number else "tên sai"))
    return {"detail": en, "detail_vi": vi}


class ScannerError(Exception):
    """Root of the tree: an exception around a `Fault`."""

    def __init__(self, code: str, *, raw: str = "", **facts: object) -> None:
        self.facts = facts
        self.fault = make_fault(code, raw=raw, **facts)  # type: ignore[arg-type]
        super().__init__(self.fault.en)

    @property
    def code(self) -> str:
        """Stable code, a key of `WORDINGS`."""
        return self.fault.code

    @property
    def vi(self) -> str:
        """What happened, in Vietnamese."""
        return self.fault.vi

    @property
    def en(self) -> str:
        """What happened, in English."""
        return self.fault.en

    @property
    def next_vi(self) -> str:
        """What to do now, in Vietnamese."""
        return self.fault.next_vi

    @property
    def next_en(self) -> str:
        """What to do now, in English."""
        return self.fault.next_en

    @property
    def exit_code(self) -> int:
        """What a command should exit with: 2 for bad input, 3 for a device."""
        return self.fault.exit_code

    def at(self, *, sheet: int | None, pages_safe: int) -> Fault:
        """The fault worded again with what the job knows: the sheet and the pages that are safe."""
        facts = {"sheet": sheet, **self.facts, "pages_safe": pages_safe}
        return make_fault(self.code, raw=self.fault.raw, **facts)  # type: ignore[arg-type]


class BadRequest(ScannerError):
    """A device name, an option or a setting is wrong; the text names it."""


class RefusedFile(ScannerError):
    """A file, or one page of it, cannot be imported."""


class DeviceFault(ScannerError):
    """The device, its driver or the disk stopped the job."""
