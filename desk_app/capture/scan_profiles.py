"""Scan profiles: named settings with a function key, one TOML file each.

Three places, the later wins: the program's `resources/scan_profiles`, the user's `scan_profiles` in
the data folder, and the machine's (`/etc/xdg/desk/scan_profiles`), by which a province provisions
many desks. A profile with `locked = true` is used as it stands: no setting of it can be changed for
one scan, and no user's file takes its place.

    name = { vi = "Màu, 300 dpi", en = "Colour, 300 dpi" }
    key = "F5"              # function key, optional
    locked = false
    device = "sane:NAME"    # optional; the station's otherwise
    source = "auto"         # auto, feeder, duplex, glass
    dpi = 300
    mode = "color"          # color, gray, bw
    paper = "A4"            # A3, A4, A5, max, or [width, height] in mm
    separation = "NAME"     # rules for piles, optional
    [extra]                 # a driver's own options
"""

from __future__ import annotations

import os
import re
import tomllib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from desk_app import paths
from desk_app.errors import NotAllowed, NotFound, UsageError, file_words
from desk_app.records import Text

if TYPE_CHECKING:
    from scanners.device import ScanSettings

SHIPPED = paths.RESOURCES / "scan_profiles"
FOLDER = "scan_profiles"
DEFAULT = "color300"
PAPERS = {"A3": (297.0, 420.0), "A4": (210.0, 297.0), "A5": (148.0, 210.0), "max": None}
_SETTINGS = {"source", "dpi", "mode", "paper"}
_KEYS = _SETTINGS | {"name", "key", "locked", "device", "separation", "extra"}
_FUNCTION_KEY = re.compile(r"F([1-9]|1[0-2])")


@dataclass(frozen=True, slots=True)
class ScanProfile:
    """One way to scan, by its name."""

    id: str
    """The file's name without its ending."""
    name: Text
    settings: ScanSettings
    key: str | None = None
    """Function key, F1 … F12."""
    locked: bool = False
    device: str | None = None
    separation: str | None = None
    """Name of the rules that separate a pile."""

    def with_changes(self, changes: dict[str, str]) -> ScanSettings:
        """The settings with some of them changed for one scan.

        Args:
            changes: source, dpi, mode, paper, or an option of the driver by its own name.

        Raises:
            NotAllowed: The profile is locked.
            UsageError: A value cannot be meant.
        """
        if changes and self.locked:
            told = ", ".join(changes)
            raise NotAllowed(
                f"the scan profile {self.id} is locked: {told}",
                detail_vi=f"cấu hình quét {self.id} đã khóa: {told}",
            )
        own = {name: value for name, value in changes.items() if name in _SETTINGS}
        table: dict[str, Any] = dict(own)
        if "dpi" in own:
            table["dpi"] = int(own["dpi"]) if own["dpi"].isdecimal() else own["dpi"]
        settings = _checked({**_as_table(self.settings), **table}, self.id)
        others = {name: value for name, value in changes.items() if name not in _SETTINGS}
        extra = tuple({**dict(self.settings.extra), **others}.items())
        return replace(settings, extra=extra)


def _as_table(settings: ScanSettings) -> dict[str, Any]:
    paper: Any = list(settings.paper_mm) if settings.paper_mm else "max"
    return {"source": settings.source, "dpi": settings.dpi, "mode": settings.mode, "paper": paper}


def machine_folder() -> Path:
    """Where an administrator puts the profiles of this machine."""
    if os.name == "posix":
        return Path("/etc/xdg/desk") / FOLDER
    return Path(os.environ.get("PROGRAMDATA", "C:/ProgramData")) / "desk" / FOLDER


def load_all(data: Path | None = None, machine: Path | None = None) -> dict[str, ScanProfile]:
    """Every profile by its id.

    Args:
        data: The data folder with the user's own.
        machine: The machine's folder; the platform's if not given.

    Raises:
        UsageError: A file is no profile; the text names it and what is wrong.
    """
    found: dict[str, ScanProfile] = {}
    fixed: set[str] = set()
    for folder in (SHIPPED, data / FOLDER if data else None, machine or machine_folder()):
        fixed |= {profile.id for profile in found.values() if profile.locked}
        is_machine = folder == (machine or machine_folder())
        for file in sorted(folder.glob("*.toml")) if folder and folder.is_dir() else ():
            if is_machine or file.stem not in fixed:
                found[file.stem] = read_profile(file)
    _require_own_keys(found)
    return found


def load(name: str, data: Path | None = None, machine: Path | None = None) -> ScanProfile:
    """A profile by its id, or by the path of its file.

    Raises:
        NotFound: There is none of that name.
        UsageError: Its file is no profile.
    """
    if name.endswith(".toml"):
        return read_profile(Path(name))
    profiles = load_all(data, machine)
    if name not in profiles:
        known = f"{name[:60]!r} ({', '.join(sorted(profiles))})"
        raise NotFound(f"scan profile {known}", detail_vi=f"cấu hình quét {known}")
    return profiles[name]


def read_profile(file: Path) -> ScanProfile:
    """One profile from its file.

    Raises:
        UsageError: It cannot be read, or a key or value of it is wrong.
    """
    try:
        table = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as fault:
        en, vi = file_words(fault)
        raise UsageError(f"{file.name}: {en[:200]}", detail_vi=f"{file.name}: {vi}") from fault
    unknown = set(table) - _KEYS
    if unknown:
        raise UsageError(f"{file.name}: {', '.join(sorted(unknown))}?")
    key = table.get("key")
    if key is not None and not (isinstance(key, str) and _FUNCTION_KEY.fullmatch(key)):
        raise UsageError(f"{file.name}: key {key!r} (F1 … F12)")
    return ScanProfile(
        id=file.stem,
        name=_name(table.get("name", file.stem), file),
        settings=_checked({name: table[name] for name in _SETTINGS & set(table)}, file.name,
                          table.get("extra", {})),
        key=key,
        locked=_of_type(table, "locked", bool, file) or False,
        device=_of_type(table, "device", str, file),
        separation=_of_type(table, "separation", str, file),
    )  # fmt: skip


def _of_type(table: dict[str, Any], name: str, kind: type, file: Path) -> Any:  # noqa: ANN401
    value = table.get(name)
    if value is not None and not isinstance(value, kind):
        raise UsageError(f"{file.name}: {name} {value!r}")
    return value


def _name(value: object, file: Path) -> Text:
    if isinstance(value, str):
        return Text(value, value)
    if isinstance(value, dict) and all(isinstance(value.get(one), str) for one in ("vi", "en")):
        return Text(value["vi"], value["en"])
    raise UsageError(f"{file.name}: name {{ vi, en }}")


def _checked(table: dict[str, Any], where: str, extra: object = ()) -> ScanSettings:
    from scanners.device import ScanSettings
    from scanners.errors import BadRequest

    values = {name: value for name, value in table.items() if name != "paper"}
    options = dict(extra) if isinstance(extra, dict) else {}
    try:
        return ScanSettings(
            **values,
            paper_mm=_paper(table.get("paper", "A4"), where),
            extra=tuple((str(name), str(value)) for name, value in options.items()),
        ).check()
    except BadRequest as fault:
        raise UsageError(f"{where}: {fault.facts.get('detail')}") from fault


def _paper(value: object, where: str) -> tuple[float, float] | None:
    if isinstance(value, str) and value in PAPERS:
        return PAPERS[value]
    if isinstance(value, list) and len(value) == 2 and all(_is_number(one) for one in value):
        return float(value[0]), float(value[1])
    raise UsageError(f"{where}: paper {value!r} ({', '.join(PAPERS)}, [210, 297])")


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _require_own_keys(profiles: dict[str, ScanProfile]) -> None:
    """No function key means two things."""
    taken: dict[str, str] = {}
    for profile in profiles.values():
        other = taken.setdefault(profile.key, profile.id) if profile.key else profile.id
        if other != profile.id:
            raise UsageError(f"{profile.key}: {other}, {profile.id}")
