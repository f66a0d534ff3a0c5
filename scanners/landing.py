"""The one way in which a page comes to be on disk.

Write `NAME.part`, verify it, fsync, give it its name without overwriting, fsync the folder, append
the journal line and fsync it, and only then announce the page. Whoever hears of a page can rely on
it through a crash of the program or the machine. With a key, all of that is ciphertext.
"""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

from scanners import ids, pictures, sealed
from scanners.device import PageLanded, Picture
from scanners.errors import DeviceFault
from scanners.journal import PART, Journal, PageName, describe, set_doubtful, sync_folder

DEFAULT_RESERVE = 2 << 30
"""Free bytes without which no job begins."""

PREVIEW_NAME = "preview.jpg"
"""A camera's picture of the moment: no page, not journalled."""

_FULL = {errno.ENOSPC, errno.EDQUOT} if hasattr(errno, "EDQUOT") else {errno.ENOSPC}


def disk_fault(error: OSError) -> DeviceFault:
    """The fault for a write that failed."""
    full = error.errno in _FULL
    return DeviceFault(
        "DISK_FULL" if full else "DISK_ERROR", raw=f"{error.strerror} ({error.errno})"
    )


class Landing:
    """Lands the pages of one job in its folder."""

    def __init__(
        self,
        folder: Path,
        job: str,
        announce: Callable[[PageLanded], None],
        *,
        new_id: Callable[[], str] = ids.new_id,
        key: sealed.Key | None = None,
        scratch: Path | None = None,
    ) -> None:
        """Open the folder, making it if need be.

        Args:
            folder: Where pages and journal go.
            job: The job's id.
            announce: Told of each page that is safe.
            new_id: Makes page ids.
            key: What the pages are sealed with; None for plain files.
            scratch: Where plain pictures of the moment may lie; the folder itself where None.

        Raises:
            DeviceFault: DISK_ERROR, DISK_FULL, or BUSY if another job writes here.
        """
        self.folder, self.job = folder, job
        self.scratch = scratch or folder
        self._key, self._keys = key, sealed.only(key)
        self._announce, self._new_id = announce, new_id
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.journal = Journal(folder)
        except OSError as error:
            raise disk_fault(error) from error

    def require_space(self, reserve: int) -> None:
        """Refuse to begin on a disk that is nearly full.

        Raises:
            DeviceFault: DISK_FULL, fewer than `reserve` bytes are free.
        """
        free = shutil.disk_usage(self.folder).free
        if free < reserve:
            raise DeviceFault("DISK_FULL", raw=f"{free} bytes free, {reserve} wanted")

    def land(self, picture: Picture) -> PageLanded:
        """Land one picture and announce it.

        Raises:
            BadPicture: It is not whole; a scanned one is kept in `doubtful/`.
            DeviceFault: DISK_FULL or DISK_ERROR.
        """
        suffix = pictures.SUFFIXES[picture.media]
        name = PageName(self._new_id(), picture.sheet, picture.side, suffix)
        part = self.folder / f"{name}{PART}"
        try:
            page = self._verified(part, name, picture)
            _give_name(part, page.path)
            sync_folder(self.folder)
            self.journal.append_page(self.job, page)
        except OSError as error:
            # The sheet itself is the copy that counts; half a file only takes up room.
            with contextlib.suppress(OSError):
                part.unlink(missing_ok=True)
            raise disk_fault(error) from error
        self._announce(page)
        return page

    def _verified(self, part: Path, name: PageName, picture: Picture) -> PageLanded:
        try:
            with part.open("xb") as file:
                part.chmod(0o600)
                with sealed.writing(file, self._key) as content:
                    picture.write(content)
                file.flush()
                facts = self._examine(part, picture)
                os.fsync(file.fileno())
        except pictures.BadPicture:
            _put_aside(part, picture)
            raise
        except BaseException:
            part.unlink(missing_ok=True)
            raise
        page = describe(part, name, facts, self._keys)
        return replace(
            page,
            path=self.folder / str(name),
            dpi=picture.dpi or page.dpi,
            rotation=(facts.rotation + picture.rotation) % 360,
            origin=picture.origin,
            origin_page=picture.origin_page,
        )

    def _examine(self, part: Path, picture: Picture) -> pictures.PictureFacts:
        with sealed.open_file(part, self._keys) as content:
            facts = pictures.examine_stream(content, picture.media, strict=picture.origin is None)
        size = facts.width_px, facts.height_px
        if picture.size is not None and size != picture.size:
            raise pictures.BadPicture("wrong_size", f"{size} instead of {picture.size}")
        return facts

    def preview(self, write: Callable[[BinaryIO], None]) -> Path:
        """Replace the job's preview picture and return its path.

        Raises:
            DeviceFault: DISK_FULL or DISK_ERROR.
        """
        target = self.scratch / PREVIEW_NAME
        part = target.with_name(PREVIEW_NAME + PART)
        try:
            with part.open("wb") as file:
                part.chmod(0o600)
                write(file)
            part.replace(target)
        except OSError as error:
            raise disk_fault(error) from error
        return target

    def close(self) -> None:
        """Let go of the journal; a preview ends with its job."""
        with contextlib.suppress(OSError):
            (self.scratch / PREVIEW_NAME).unlink(missing_ok=True)
        self.journal.close()


def _put_aside(part: Path, picture: Picture) -> None:
    if picture.origin is None and part.stat().st_size:
        set_doubtful(part)
    else:
        part.unlink()


def _give_name(part: Path, target: Path) -> None:
    """Rename without ever replacing a file that is there."""
    try:
        os.link(part, target)
    except FileExistsError:
        raise
    except OSError:  # a file system without hard links (USB sticks)
        if target.exists():
            raise FileExistsError(errno.EEXIST, "page exists", str(target)) from None
        part.rename(target)
        return
    part.unlink()


def copy_into(source: Path) -> Callable[[BinaryIO], None]:
    """A `Picture.write` that copies a file untouched."""

    def write(file: BinaryIO) -> None:
        with source.open("rb") as original:
            shutil.copyfileobj(original, file, 1 << 20)

    return write
