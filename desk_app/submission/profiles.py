"""Where files are sent: a profile by name (resources/profiles) or by the path of a .toml file.

docs/profiles.md describes every field, with an example for each kind of store.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from desk_app.errors import NotFound, UsageError
from desk_app.paths import RESOURCES
from desk_app.submission import tables
from desk_app.submission.access import Access, HeaderOptions, TokenOptions, credentials_path
from desk_app.submission.registration import (
    ACTIONS,
    DONE,
    Registrar,
    RegistrationOptions,
    is_known,
    places,
)
from desk_app.submission.tables import Table
from desk_app.submission.wire import Pace, Wire

if TYPE_CHECKING:
    from desk_app.submission.adapters import StoreAdapter
    from desk_app.submission.adapters.tus import Verify

FOLDER = RESOURCES / "profiles"
DEFAULT = "local"
ADAPTERS = ("local", "tus", "usb")
CHUNK_RANGE = (4 * 1024, 64 * 1024 * 1024)
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")


@dataclass(frozen=True, slots=True)
class LocalOptions:
    """The [local] table: a folder on a disk or a network share."""

    folder: str
    """Path of the store; `{data}` stands for the data folder, to which a relative path belongs."""
    create: bool = False
    """Make the folder where it is missing; off for network shares."""


@dataclass(frozen=True, slots=True)
class TusOptions:
    """The [tus] table: an upload endpoint."""

    url: str
    verify: Verify = "receipt"
    """What proves that a file is stored: the store's receipt, the bytes read back, or both."""
    receipt_path: str = "{key}/receipt"
    ca: str = ""
    """PEM file of the authority to trust for all addresses of the profile, beside the profile."""


@dataclass(frozen=True, slots=True)
class UsbOptions:
    """The [usb] table: a medium that travels."""

    folder: str
    """Folder on the medium, by its path when plugged in."""
    recipient: str
    """PEM certificate of the centre that alone can open what is handed over."""
    lost_after_days: int = 30
    """After that without a receipt it is written again."""


@dataclass(frozen=True, slots=True)
class Limits:
    """The [limits] table: what the line may be used for, and when."""

    kbit_per_s: int = 0
    """Highest bandwidth for sending; 0 is all there is."""
    hours: tuple[int, int] | None = None
    """The span of the day for sending, minutes since midnight of the station."""
    any_time_up_to_bytes: int = 0
    """Files up to this size go at any hour."""

    def largest_at(self, now: datetime) -> int | None:
        """Largest file that may go now; None where all may."""
        if self.hours is None:
            return None
        start, end = self.hours
        minute = now.hour * 60 + now.minute
        inside = start <= minute < end if start < end else minute >= start or minute < end
        return None if inside else self.any_time_up_to_bytes


@dataclass(frozen=True, slots=True)
class Profile:
    """One place that files are sent to."""

    name: str
    """Name of the file without its ending; the `target` of the queue."""
    title: str
    title_en: str
    adapter: str
    local: LocalOptions | None = None
    tus: TusOptions | None = None
    usb: UsbOptions | None = None
    chunk_bytes: int = 1 << 20
    """Bytes handed over at a time (tus: the first; it adapts to the line)."""
    limits: Limits = Limits()
    credentials: str = ""
    token: TokenOptions | None = None
    headers: tuple[HeaderOptions, ...] = ()
    registration: RegistrationOptions | None = None


def load(name_or_path: str | Path) -> Profile:
    """Read and check a profile.

    Raises:
        NotFound: there is no such profile.
        UsageError: the file is not a profile; the text names the field.
    """
    path = _locate(name_or_path)
    top = tables.read(path)
    adapter = top.choice("adapter", ADAPTERS)
    title = top.text("title", path.stem)
    options: dict[str, Any] = {adapter: _OPTIONS[adapter](top.table(adapter), path.parent)}
    options["chunk_bytes"] = top.number(
        "chunk_bytes", *CHUNK_RANGE, 1 << (18 if adapter == "tus" else 20)
    )
    options["title_en"] = top.text("title_en", title)
    options["limits"] = _limits(top.table("limits")) if "limits" in top else Limits()
    options["credentials"] = top.text("credentials", "")
    options["token"] = _token(top.table("token")) if "token" in top else None
    options["headers"] = _headers(top.table("headers")) if "headers" in top else ()
    options["registration"] = (
        _registration(top.table("registration")) if "registration" in top else None
    )
    top.done()
    profile = Profile(path.stem, title, adapter=adapter, **options)
    if not profile.credentials and (profile.token or any(h.secrets for h in profile.headers)):
        raise UsageError(
            f"{path.name}: missing credentials", detail_vi=f"{path.name}: thiếu credentials"
        )
    return profile


def open_adapter(profile: Profile, data_folder: Path, access: Access | None = None) -> StoreAdapter:
    """The store that a profile names; it is not touched yet."""
    if profile.local is not None:
        return _local_store(profile, _folder(profile.local.folder, data_folder), data_folder)
    if profile.usb is not None:
        from desk_app.submission.adapters.usb import UsbStore

        return UsbStore(
            _folder(profile.usb.folder, data_folder), Path(profile.usb.recipient),
            data_folder / "handover" / profile.name, name=profile.name,
            lost_after_days=profile.usb.lost_after_days, chunk_bytes=profile.chunk_bytes,
        )  # fmt: skip
    from desk_app.submission.adapters.tus import ChunkSize, TusStore

    options = cast("TusOptions", profile.tus)
    rate = profile.limits.kbit_per_s * 1000 / 8
    access = access or open_access(profile)
    return TusStore(
        options.url, _wire(profile, options.url, Pace(rate) if rate else None), name=profile.name,
        verify=options.verify, receipt_path=options.receipt_path, headers=access.headers,
        chunk=ChunkSize(profile.chunk_bytes),
    )  # fmt: skip


def _local_store(profile: Profile, folder: Path, data_folder: Path) -> StoreAdapter:
    """Sealed inside the data folder, plain anywhere else."""
    from desk_app.store import vault
    from desk_app.submission.adapters.embedded import EmbeddedStore
    from desk_app.submission.adapters.local import LocalStore

    if folder.resolve().is_relative_to(data_folder.resolve()) and data_folder.is_dir():
        keys = vault.open_vault(data_folder).keys
        if keys is not None:
            return EmbeddedStore(folder, keys, name=profile.name, chunk_bytes=profile.chunk_bytes)
    create = cast("LocalOptions", profile.local).create
    return LocalStore(folder, name=profile.name, create=create, chunk_bytes=profile.chunk_bytes)


def open_access(profile: Profile) -> Access:
    """What lets the desk in at a profile's addresses."""
    credentials = credentials_path(profile.credentials) if profile.credentials else None
    wire = _wire(profile, profile.token.url) if profile.token else None
    return Access(profile.name, credentials, profile.token, profile.headers, wire)


def open_registrar(
    profile: Profile, access: Access, clock: Callable[[], datetime] | None = None
) -> Registrar | None:
    """Who registers stored files; None where the profile asks for nothing."""
    options = profile.registration
    if options is None:
        return None
    wire = _wire(profile, options.url)
    if clock is None:
        return Registrar(profile.name, options, wire, access)
    return Registrar(profile.name, options, wire, access, clock=clock)


def _wire(profile: Profile, url: str, pace: Pace | None = None) -> Wire:
    ca = Path(profile.tus.ca) if profile.tus and profile.tus.ca else None
    return Wire(url, profile.name, ca=ca, pace=pace)


def _folder(text: str, data_folder: Path) -> Path:
    return data_folder / Path(text.replace("{data}", str(data_folder))).expanduser()


def _local(table: Table, _: Path) -> LocalOptions:
    found = LocalOptions(table.text("folder"), table.get("create", bool, False))
    table.done()
    return found


def _tus(table: Table, beside: Path) -> TusOptions:
    verify = cast("Verify", table.choice("verify", ("receipt", "read_back", "both"), "receipt"))
    receipt_path = table.text("receipt_path", "{key}/receipt")
    if "{key}" not in receipt_path or re.search(r"\{(?!key\})|(?<!\{key)\}", receipt_path):
        raise table.wrong("receipt_path", "must hold {key}", "phải có {key}")
    ca = table.text("ca", "")
    found = TusOptions(
        table.url("url"), verify, receipt_path, str(beside / Path(ca).expanduser()) if ca else ""
    )
    table.done()
    return found


def _usb(table: Table, beside: Path) -> UsbOptions:
    recipient = beside / Path(table.text("recipient")).expanduser()
    found = UsbOptions(
        table.text("folder"), str(recipient), table.number("lost_after_days", 1, 3650, 30)
    )
    table.done()
    return found


_OPTIONS: dict[str, Callable[[Table, Path], object]] = {"local": _local, "tus": _tus, "usb": _usb}


def _limits(table: Table) -> Limits:
    found = Limits(
        table.number("kbit_per_s", 0, 10_000_000, 0), table.hours("hours"),
        table.number("any_time_up_to_bytes", 0, 1 << 40, 0),
    )  # fmt: skip
    table.done()
    return found


def _token(table: Table) -> TokenOptions:
    scope = table.text("scope", "")
    if not re.fullmatch(r"[A-Za-z0-9._:/+-]*", scope):
        raise table.wrong("scope", f"{scope[:40]!r}")
    found = TokenOptions(table.url("url"), scope)
    table.done()
    return found


def _headers(table: Table) -> tuple[HeaderOptions, ...]:
    return tuple(_header(table, name) for name in table.keys())  # noqa: SIM118 - not a dict


def _header(table: Table, name: str) -> HeaderOptions:
    table.header_name(name)
    value = table.get(name, object)
    if isinstance(value, str):
        text = table.text(name)
        if not text.isascii():
            raise table.wrong(name, "must be ASCII", "chỉ nhận ASCII")
        return HeaderOptions(name, text=text)
    inner = table.table(name)
    found = HeaderOptions(
        name, credential=inner.text("credential", ""), base64_json=inner.texts("base64_json")
    )
    inner.done()
    if bool(found.credential) == bool(found.base64_json):
        raise table.wrong(name, "credential | base64_json")
    return found


def _registration(table: Table) -> RegistrationOptions:
    body: dict[str, Any] = table.get("body", dict)
    try:
        json.dumps(body, allow_nan=False)
    except (ValueError, TypeError) as fault:  # a day or a number that JSON does not have
        raise table.wrong("body", f"is not JSON ({fault})", "không thành JSON") from fault
    required = table.texts("required")
    for name in sorted(places(body) | set(required)):
        if not is_known(name):
            raise table.wrong(
                "body",
                f"{{{name[:60]}}} is no value of the desk",
                f"{{{name[:60]}}} không phải giá trị có sẵn",
            )
    found = RegistrationOptions(
        table.url("url"), body, table.text("code_at", "status"),
        table.text("message_at", "message"), table.text("id_at", ""), _codes(table.table("codes")),
        required,
    )  # fmt: skip
    table.done()
    return found


def _codes(table: Table) -> dict[str, str]:
    codes = {name: table.choice(name, ACTIONS) for name in table.keys()}  # noqa: SIM118
    if DONE not in codes.values():
        raise UsageError(
            f"{table.where}: no code means {DONE!r}",
            detail_vi=f"{table.where}: không mã nào là {DONE!r}",
        )
    return codes


def _locate(name_or_path: str | Path) -> Path:
    text = str(name_or_path)
    if text.endswith(".toml"):
        path = Path(text)
    elif _NAME.fullmatch(text):
        path = FOLDER / f"{text}.toml"
    else:
        raise UsageError(
            f"name of a profile {text[:80]!r}", detail_vi=f"tên cấu hình kho {text[:80]!r}"
        )
    if not path.is_file():
        names = ", ".join(sorted(p.stem for p in FOLDER.glob("*.toml")))
        raise NotFound(
            f"profile {text[:200]} ({names})", detail_vi=f"cấu hình kho {text[:200]} ({names})"
        )
    if not _NAME.fullmatch(path.stem):
        raise UsageError(
            f"name of the profile's file {path.stem[:80]!r}",
            detail_vi=f"tên tệp cấu hình {path.stem[:80]!r}",
        )
    return path
