"""What this station signs with and trusts, from its settings: the bridge to the signing library.

The demonstration's key and timestamp authority are made on first use in the data folder; they are
used only where the settings say `key = "demonstration"`, and everything shown says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from desk_app.errors import DeskError, NotFound, UsageError
from desk_app.settings import Settings
from desk_app.store.blobs import storage_faults

if TYPE_CHECKING:
    from signing.demonstration import Demonstration
    from signing.engine import SignedFile
    from signing.policy import Policy
    from signing.ports import KeySource, TimestampPort
    from signing.trust import Anchors

FOLDER = "demonstration"


class NotValid(DeskError):
    """A file was signed, but its signature does not verify here, so it is not sent."""

    code = "SIGNATURE_NOT_VALID"
    exit_code = 1
    vi_text = "Chữ ký trên {file} chưa hợp lệ: {reason_vi}. Chưa nộp tệp nào của hồ sơ này."
    en_text = "The signature on {file} is not valid: {reason_en}. Nothing of it was sent."
    next_vi_text = "Kiểm tra chứng thư gốc tin cậy và máy chủ dấu thời gian trong cài đặt."
    next_en_text = "Check the trust anchors and the timestamp authority in the settings."


@dataclass(frozen=True, slots=True)
class Setup:
    """Everything for signing a batch but the secret."""

    key: str
    policy: Policy
    timestamper: TimestampPort | None
    values: dict[str, str]
    """For the lines of the visible mark."""

    def sign(self, source: Path, target: Path, key: KeySource) -> SignedFile:
        """Sign one file with an open key."""
        from signing import engine

        return engine.sign_file(
            source, target, key, self.policy,
            timestamper=self.timestamper if self.policy.needs_timestamp else None,
            appearance_values=self.values,
        )  # fmt: skip


def demonstration(data: Path) -> Demonstration:
    """The demonstration's keys, made on first use."""
    from signing import demonstration as demo

    return demo.ensure(data / FOLDER)


def anchors(
    data: Path, settings: Settings, extra: Sequence[Path] = (), *, only_extra: bool = False
) -> Anchors:
    """Whom this station trusts: the files in its settings, and its own demonstration's root."""
    from signing import trust

    found = trust.load(extra)
    if only_extra:
        return found
    found = found + trust.load([Path(p) for p in settings.trust])
    root = sorted((data / FOLDER).glob("*/root.pem"))
    return found + trust.load(root)


def setup(
    data: Path, settings: Settings, *, key: str = "", profile: str = "", level: str = "",
    tsa: str = "",
) -> Setup:  # fmt: skip
    """How files are signed here; arguments stand over the settings."""
    from signing import policy, timestamps

    uri = key or settings.key
    changes: dict[str, Any] = {"level": level} if level else {}
    address = tsa or settings.tsa
    timestamper: TimestampPort | None = timestamps.HttpAuthority(address) if address else None
    if uri == "demonstration":
        demo = demonstration(data)
        rules = replace(demo.policy(profile or "demonstration"), **changes)
        values = {"agency": settings.agency}
        return Setup(demo.key_uri, rules, timestamper or demo.tsa, values)
    trusted = anchors(data, settings)
    rules = policy.load_policy(profile or "electronic_copy", anchors=trusted, **changes)
    if rules.needs_timestamp and timestamper is None:
        raise UsageError('--tsa URL (hoặc / or tsa = "…" in settings.toml)')
    return Setup(uri, rules, timestamper, {"agency": settings.agency})


def secret_for(data: Path, settings: Settings, given: bytearray | None) -> bytearray:
    """The demonstration's own passphrase, or what the officer typed."""
    if settings.is_demonstration:
        return demonstration(data).passphrase()
    if given is None:
        raise UsageError("cần mã PIN / a PIN is needed")
    return given


def verify(path: Path, trusted: Anchors, at: datetime | None = None) -> dict[str, Any]:
    """The verdict on one file, with the keys of commands.md."""
    from signing.verify import report, verdict

    entry: dict[str, Any] = report.to_json(verdict.verify_file(path, trusted, at=at))
    return entry


def export_anchor(data: Path, out: Path) -> Path:
    """A readable copy of the demonstration's root, for other programs to verify with."""
    source = demonstration(data).root_pem
    if not source.is_file():
        raise NotFound("demonstration root")
    content = source.read_bytes()
    target = out / "demonstration-root.pem"
    with storage_faults():
        out.mkdir(parents=True, exist_ok=True)
        number = 1
        while target.exists() and target.read_bytes() != content:
            number += 1
            target = out / f"demonstration-root-{number}.pem"
        if not target.exists():
            temporary = target.with_suffix(".part")
            temporary.write_bytes(content)
            temporary.replace(target)
    return target
