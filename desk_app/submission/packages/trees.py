"""The files of a package, whether they lie in a folder or in a ZIP file; read-only."""

from __future__ import annotations

import contextlib
import os
import stat
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Protocol, cast

from desk_app.errors import UnusableInput

MOST_FILES = 200_000
MOST_RATIO = 1000
"""A ZIP file that claims to hold more times its size than this is a bomb."""
Oddity = tuple[str, str, str]
"""Path, and what is odd about it in Vietnamese and English."""


class Tree(Protocol):
    """A package as its relative paths."""

    name: str
    """Of its folder."""
    sizes: dict[str, int]
    """Bytes by path."""
    oddities: list[Oddity]

    def open(self, path: str) -> contextlib.AbstractContextManager[BinaryIO]:
        """A file's content; reading it may raise UnusableInput."""
        ...

    def read(self, path: str) -> bytes:
        """The content of a small file."""
        ...


@contextlib.contextmanager
def opened(path: Path) -> Iterator[Tree]:
    """The files of a package.

    Raises:
        UnusableInput: It is neither a folder nor a ZIP file, or the ZIP file is damaged.
    """
    if path.is_dir():
        yield FolderTree(path)
        return
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, NotImplementedError, ValueError) as fault:
        raise UnusableInput(
            f"it is not a readable ZIP ({fault})", file=path.name, detail_vi="không đọc được ZIP"
        ) from fault
    with archive:
        yield ZipTree(archive, path)


class FolderTree:
    """A package that lies unpacked."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.name = folder.absolute().name
        self.sizes: dict[str, int] = {}
        self.oddities: list[Oddity] = []
        for place, folders, names in os.walk(folder):
            for each in (*folders, *names):
                self._note(Path(place) / each)
            if len(self.sizes) > MOST_FILES:
                raise UnusableInput(
                    f"more than {MOST_FILES} files", file=folder.name,
                    detail_vi=f"nhiều hơn {MOST_FILES} tệp",
                )  # fmt: skip

    def _note(self, path: Path) -> None:
        mode = path.lstat().st_mode
        name = path.relative_to(self.folder).as_posix()
        if stat.S_ISREG(mode):
            self.sizes[name] = path.lstat().st_size
        elif not stat.S_ISDIR(mode):
            self.oddities.append((name, "không phải tệp thường", "is no regular file"))

    def open(self, path: str) -> contextlib.AbstractContextManager[BinaryIO]:
        """A file's content."""
        return (self.folder / path).open("rb")

    def read(self, path: str) -> bytes:
        """The content of a small file."""
        return (self.folder / path).read_bytes()


class ZipTree:
    """A package as it is handed over: one folder in a ZIP file."""

    def __init__(self, archive: zipfile.ZipFile, path: Path) -> None:
        self._archive = archive
        self.sizes: dict[str, int] = {}
        self.oddities: list[Oddity] = []
        entries = archive.infolist()
        claimed = sum(each.file_size for each in entries)
        if len(entries) > MOST_FILES or claimed > MOST_RATIO * path.stat().st_size:
            raise UnusableInput(
                "it is too large unpacked", file=path.name, detail_vi="quá lớn khi giải nén"
            )
        self.name = entries[0].filename.partition("/")[0] if entries else ""
        for each in entries:
            self._note(each)

    def _note(self, entry: zipfile.ZipInfo) -> None:
        top, _, name = entry.filename.partition("/")
        mode = entry.external_attr >> 16
        if entry.is_dir() and ".." not in name.split("/"):
            return
        if entry.flag_bits & 1:
            self.oddities.append((entry.filename, "bị mã hóa", "is encrypted"))
        elif top != self.name or not name or ".." in name.split("/"):
            self.oddities.append((entry.filename, "nằm ngoài thư mục gói", "is outside the folder"))
        elif name in self.sizes:
            self.oddities.append((name, "có hai lần", "occurs twice"))
        elif stat.S_IFMT(mode) not in (0, stat.S_IFREG):
            self.oddities.append((name, "không phải tệp thường", "is no regular file"))
        else:
            self.sizes[name] = entry.file_size

    @contextlib.contextmanager
    def open(self, path: str) -> Iterator[BinaryIO]:
        """A file's content; its checksum in the ZIP file is verified at its end."""
        try:
            with self._archive.open(f"{self.name}/{path}") as stream:
                yield cast(BinaryIO, stream)
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError) as fault:
            raise UnusableInput(
                str(fault), file=path, detail_vi="phần này của tệp ZIP bị hỏng"
            ) from fault

    def read(self, path: str) -> bytes:
        """The content of a small file."""
        with self.open(path) as stream:
            return stream.read()
