"""Files that are whole or not there: temporary file, flush to disk, rename."""

from __future__ import annotations

import errno
import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedRandom
from pathlib import Path


@contextmanager
def landing(target: Path) -> Iterator[BufferedRandom]:
    """A temporary file beside ``target`` that becomes it when the block ends well.

    A kill at any moment leaves the old target, or none, or the whole new one; at worst a file
    ``.NAME.xxxxxxxx.part`` beside it.
    """
    part = part_of(target)
    try:
        with part.open("w+b") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        part.replace(target)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    sync_folder(target.parent)


def require_regular(path: Path) -> None:
    """Refuse what has no content of its own: a pipe or a device may keep its reader for ever.

    Raises:
        OSError: missing, a folder, or no regular file.
    """
    mode = path.stat().st_mode
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    if not stat.S_ISREG(mode):
        raise OSError(errno.EINVAL, "not a regular file")


_FAULTS = {
    errno.ENOENT: ("no such file", "không có tệp này"),
    errno.EACCES: ("permission denied", "không có quyền truy cập"),
    errno.EPERM: ("permission denied", "không có quyền truy cập"),
    errno.EISDIR: ("it is a folder", "đây là thư mục"),
    errno.ENOTDIR: ("its folder is no folder", "đường dẫn không phải là thư mục"),
    errno.ELOOP: ("its links lead in a circle", "liên kết trỏ vòng tròn"),
    errno.EINVAL: ("not a regular file", "không phải là tệp thông thường"),
    errno.ENAMETOOLONG: ("its name is too long", "tên tệp quá dài"),
    errno.ENOSPC: ("the disk is full", "đĩa đã đầy"),
    errno.EDQUOT: ("the disk quota is used up", "đã hết hạn mức đĩa"),
    errno.EFBIG: ("the file would be too large", "tệp quá lớn so với giới hạn"),
    errno.EROFS: ("the disk is read-only", "đĩa chỉ cho đọc"),
    errno.EIO: ("the disk does not answer", "đĩa bị lỗi đọc ghi"),
}


def words_of(error: OSError) -> tuple[str, str]:
    """What the system said, in English and in Vietnamese: ``detail`` and ``detail_vi``."""
    known = _FAULTS.get(error.errno or 0)
    said = error.strerror or "unreadable"
    return known or (said, f"lỗi hệ thống: {said}")


def part_of(target: Path) -> Path:
    """A fresh name beside a target for what is not finished; a batch sweeps up those left."""
    return target.with_name(f".{target.name}.{secrets.token_hex(4)}.part")


def sync_folder(folder: Path) -> None:
    """Make a rename in a folder survive a power cut; Windows does so by itself."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
