"""Station settings: typed, from `settings.toml` in the data folder; a machine policy wins over it.

The policy (`policy.toml` in the platform's site configuration folder) is how a province locks
many desks: a key named there cannot be changed by the user's file.
"""

from __future__ import annotations

import json
import os
import re
import tomllib
from dataclasses import dataclass, fields, replace
from pathlib import Path

from desk_app.errors import UsageError, file_words
from desk_app.store.blobs import storage_faults, sync_folder

FILE_NAME = "settings.toml"
DEMONSTRATION = "demonstration"
LONGEST_LOCK = 8 * 60
"""Minutes."""
PDF_PROFILES = ("jpeg", "mrc", "bilevel")
MOST_DAYS = 36_500
_PLACE = re.compile(r"(-?\d{1,5} \d{1,4}(\.\d+)? \d{1,4}(\.\d+)?)?")
_CHOICES = {
    "language": ("vi", "en"),
    "theme": ("system", "light", "dark"),
    "pdf_profile": PDF_PROFILES,
}


@dataclass(frozen=True, slots=True)
class Settings:
    """What one station does by default."""

    language: str = "vi"
    theme: str = "system"
    agency: str = "UBND phường Trình Diễn"
    """Name of the copying agency in the signature block and the file's metadata."""
    org_code: str = "H49.64"
    """Electronic identifier of the office (QĐ 20/2020/QĐ-TTg), first part of dossier codes."""
    device: str = "simulated:"
    key: str = DEMONSTRATION
    """p12:FILE or pkcs11:MODULE?token=LABEL; `demonstration` is the built-in demonstration key."""
    tsa: str = ""
    """Address of the timestamp authority; empty only for the demonstration's own."""
    trust: tuple[str, ...] = ()
    """PEM files of the trust anchors."""
    store_profile: str = "local"
    approve_before_upload: bool = False
    """Signed files wait for the supervisor's approval before they are sent."""
    four_eyes: bool = False
    """Nobody approves what they scanned, checked or signed themselves; needs people with PINs."""
    lock_minutes: int = 5
    """The window locks after so long without a key or the mouse, where people log in; 0: never."""
    keep_days: int = 0
    """Days that a dossier stays on this computer after its last receipt; 0 keeps it for ever.

    The program deletes nothing that nobody asked it to delete: a province says so in its policy.
    """
    workers: int = 0
    """Worker processes for reading; 0 is one a core."""
    pdf_profile: str = "jpeg"
    """Pictures in archival files: jpeg keeps the scanner's own, mrc is mixed raster content (a
    tenth of the bytes), bilevel is black and white. docs/compression.md says what each loses."""
    pdf_profile_of: tuple[str, ...] = ()
    """PROCEDURE=PROFILE where a procedure differs, by its id or published code."""
    sign_profile: str = ""
    """Signing profile: the visible mark and its rules; empty for the electronic copy."""
    mark_values: tuple[str, ...] = ()
    """NAME=VALUE for the lines and pictures of the mark, such as `copy_type=Sao lục`."""
    encryption: bool = True
    """Whether a new data folder is encrypted. Asked once, when the folder is made; false leaves
    names, numbers and pages readable by anyone who gets hold of the disk."""
    mark_place: str = ""
    """PAGE LEFT TOP, in millimetres from the page's upper left; empty for the profile's place."""

    def profile_for(self, *procedure: str) -> str:
        """The PDF profile for a procedure that goes by any of these names."""
        chosen = dict(entry.split("=") for entry in self.pdf_profile_of)
        return next((chosen[name] for name in procedure if name in chosen), self.pdf_profile)

    @property
    def values_of_mark(self) -> dict[str, str]:
        """What the lines and pictures of the mark are filled with."""
        parts = (entry.partition("=") for entry in self.mark_values)
        return {name: value for name, _, value in parts}

    @property
    def place_of_mark(self) -> tuple[int, float, float] | None:
        """Page index, left and top in millimetres; None for the profile's place."""
        if not self.mark_place:
            return None
        page, left, top = self.mark_place.split()
        return int(page), float(left), float(top)

    @property
    def is_demonstration(self) -> bool:
        """Whether files are signed with the demonstration key, which proves nothing."""
        return self.key == DEMONSTRATION


def load(data: Path, policy: Path | None = None) -> Settings:
    """The user's settings with the machine's policy over them."""
    settings = _apply(Settings(), data / FILE_NAME)
    return _apply(settings, policy or _site_policy())


def save(data: Path, settings: Settings) -> None:
    """Write the user's file whole or not at all."""
    lines = [f"{f.name} = {_toml(getattr(settings, f.name))}" for f in fields(settings)]
    with storage_faults():
        data.mkdir(parents=True, exist_ok=True)
        temporary = data / f".{FILE_NAME}.part"
        with temporary.open("w", encoding="utf-8") as stream:
            stream.write("\n".join(lines) + "\n")
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(data / FILE_NAME)
        sync_folder(data)


def _site_policy() -> Path:
    """Known before platformdirs is imported: it costs start-up time for a file that is rare."""
    if os.name == "posix":
        return Path("/etc/xdg/desk/policy.toml")
    return Path(os.environ.get("PROGRAMDATA", "C:/ProgramData")) / "desk" / "policy.toml"


def _apply(settings: Settings, file: Path) -> Settings:
    try:
        table = tomllib.loads(file.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return settings
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as fault:
        en, vi = file_words(fault)
        raise UsageError(f"{file}: {en}", detail_vi=f"{file}: {vi}") from fault
    known = {f.name: type(getattr(settings, f.name)) for f in fields(settings)}
    for name, value in table.items():
        if name not in known:
            raise UsageError(
                f"{file}: {name} is not a setting",
                detail_vi=f"{file}: {name} không có trong cài đặt",
            )
        table[name] = _checked(file, name, value, known[name])
    return replace(settings, **table)


def _checked(file: Path, name: str, value: object, kind: type) -> object:
    if kind is tuple and isinstance(value, list):
        value = tuple(value)
    if type(value) is not kind:
        raise _expected(f"{file}: {name} = {value!r}", kind.__name__)
    if value not in _CHOICES.get(name, (value,)):
        raise UsageError(f"{file}: {name} = {value!r}: {' | '.join(_CHOICES[name])}")
    if name == "lock_minutes" and not 0 <= int(str(value)) <= LONGEST_LOCK:
        raise UsageError(f"{file}: lock_minutes = {value!r}: 0 … {LONGEST_LOCK}")
    if name == "pdf_profile_of" and isinstance(value, tuple):
        _check_profiles(file, value)
    if name == "mark_values" and isinstance(value, tuple):
        _check_values(file, value)
    if name == "keep_days" and not 0 <= int(str(value)) <= MOST_DAYS:
        raise UsageError(f"{file}: keep_days = {value}: 0 … {MOST_DAYS}")
    if name == "mark_place" and not _PLACE.fullmatch(str(value)):
        raise _expected(f"{file}: mark_place = {value!r}", "PAGE LEFT TOP")
    return value


def _expected(given: str, form: str) -> UsageError:
    return UsageError(f"{given}: expected {form}", detail_vi=f"{given}: cần {form}")


def _check_profiles(file: Path, entries: tuple[object, ...]) -> None:
    for entry in entries:
        procedure, is_one, profile = str(entry).partition("=")
        if not (procedure and is_one and profile in PDF_PROFILES):
            expected = f"PROCEDURE={' | '.join(PDF_PROFILES)}"
            raise _expected(f"{file}: pdf_profile_of: {entry!r}", expected)


def _check_values(file: Path, entries: tuple[object, ...]) -> None:
    for entry in entries:
        name, is_one, _ = str(entry).partition("=")
        if not (isinstance(entry, str) and is_one and name.isidentifier()):
            raise _expected(f"{file}: mark_values: {entry!r}", "NAME=VALUE")


def _toml(value: object) -> str:
    """JSON strings, numbers and flat lists are TOML as well."""
    return json.dumps(list(value) if isinstance(value, tuple) else value, ensure_ascii=False)
