"""Where files are sent: a profile by name (resources/profiles) or by the path of a .toml file."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from desk_app.errors import NotFound, UsageError
from desk_app.paths import RESOURCES
from desk_app.submission.adapters import StoreAdapter

FOLDER = RESOURCES / "profiles"
DEFAULT = "local"
MAX_BYTES = 64 * 1024
CHUNK_RANGE = (4 * 1024, 64 * 1024 * 1024)
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
_KINDS = {str: "chuỗi / a string", int: "số nguyên / an integer", bool: "true / false",
          dict: "một bảng / a table"}  # fmt: skip
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class LocalOptions:
    """The [local] table: a folder on a disk or a network share."""

    folder: str
    """Path of the store; `{data}` stands for the data folder, to which a relative path belongs."""
    create: bool = False
    """Make the folder where it is missing; off for network shares."""


@dataclass(frozen=True, slots=True)
class Profile:
    """One place that files are sent to."""

    name: str
    """Name of the file without its ending; the `target` of the queue."""
    title: str
    title_en: str
    adapter: str
    local: LocalOptions
    chunk_bytes: int = 1 << 20
    """Bytes handed over at a time; stopping and progress happen between two of them."""


def load(name_or_path: str | Path) -> Profile:
    """Read and check a profile.

    Raises:
        NotFound: there is no such profile.
        UsageError: the file is not a profile; the text names the field.
    """
    path = _locate(name_or_path)
    where = path.name
    table = _read(path)
    adapter = _field(table, "adapter", str, where)
    if adapter != "local":
        raise UsageError(f"{where}: adapter {adapter!r} chưa được hỗ trợ / is not known (local)")
    known = {"title", "title_en", "adapter", "chunk_bytes", adapter}
    _refuse_unknown(table, known, where)
    chunk = _field(table, "chunk_bytes", int, where, 1 << 20)
    if not CHUNK_RANGE[0] <= chunk <= CHUNK_RANGE[1]:
        raise UsageError(f"{where}: chunk_bytes {CHUNK_RANGE[0]}…{CHUNK_RANGE[1]}")
    title = _field(table, "title", str, where, path.stem)
    title_en = _field(table, "title_en", str, where, title)
    local = _local(_field(table, "local", dict, where), f"{where} [local]")
    return Profile(path.stem, title, title_en, adapter, local, chunk)


def open_adapter(profile: Profile, data_folder: Path) -> StoreAdapter:
    """The store that a profile names; it is not touched yet."""
    from desk_app.submission.adapters.local import LocalStore

    folder = Path(profile.local.folder.replace("{data}", str(data_folder))).expanduser()
    return LocalStore(data_folder / folder, name=profile.name, create=profile.local.create)


def _local(table: dict[str, object], where: str) -> LocalOptions:
    _refuse_unknown(table, {"folder", "create"}, where)
    folder = _field(table, "folder", str, where)
    if not folder.strip() or "\0" in folder:
        raise UsageError(f"{where}: folder trống / is empty")
    return LocalOptions(folder, _field(table, "create", bool, where, False))


def _locate(name_or_path: str | Path) -> Path:
    text = str(name_or_path)
    if text.endswith(".toml"):
        path = Path(text)
    elif _NAME.fullmatch(text):
        path = FOLDER / f"{text}.toml"
    else:
        raise UsageError(f"tên cấu hình kho / name of a profile {text[:80]!r}")
    if not path.is_file():
        names = ", ".join(sorted(p.stem for p in FOLDER.glob("*.toml")))
        raise NotFound(f"cấu hình kho / profile {text[:200]} ({names})")
    if not _NAME.fullmatch(path.stem):
        raise UsageError(f"tên tệp cấu hình / name of the profile's file {path.stem[:80]!r}")
    return path


def _read(path: Path) -> dict[str, object]:
    try:
        with path.open("rb") as stream:
            data = stream.read(MAX_BYTES + 1)
        if len(data) > MAX_BYTES:
            raise UsageError(f"{path.name}: quá lớn / too large (> {MAX_BYTES // 1024} KiB)")
        return tomllib.loads(data.decode())
    except OSError as fault:
        raise UsageError(f"{path.name}: {fault.strerror or fault}") from fault
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as fault:
        raise UsageError(f"{path.name}: không phải TOML / is not TOML ({fault})") from fault


def _field(
    table: dict[str, object], name: str, kind: type[T], where: str, default: T | None = None
) -> T:
    value = table.get(name, default)
    if value is None:
        raise UsageError(f"{where}: thiếu / missing {name}")
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise UsageError(f"{where}: {name} phải là / must be {_KINDS[kind]}")
    return value


def _refuse_unknown(table: dict[str, object], known: set[str], where: str) -> None:
    if unknown := sorted(set(table) - known):
        raise UsageError(f"{where}: không hiểu / unknown {', '.join(unknown)[:200]}")
