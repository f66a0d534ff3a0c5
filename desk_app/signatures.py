"""What this station signs with and trusts, from its settings: the bridge to the signing library.

The demonstration's key and timestamp authority are made on first use in the data folder; they are
used only where the settings say `key = "demonstration"`, and everything shown says so.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from desk_app.errors import DeskError, NotFound, UsageError
from desk_app.settings import DEMONSTRATION, Settings
from desk_app.store.blobs import storage_faults

if TYPE_CHECKING:
    from signing.appearance.placing import Spot
    from signing.demonstration import Demonstration
    from signing.engine import Keys, SignedFile
    from signing.policy import Policy
    from signing.ports import TimestampPort
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
class Choice:
    """What one call chooses over the station's settings."""

    keys: tuple[str, ...] = ()
    """Key addresses, one for each role of the profile in its order."""
    profile: str = ""
    level: str = ""
    tsa: str = ""
    role: str = ""
    """Sign in this role alone."""
    values: tuple[tuple[str, str], ...] = ()
    """For the lines and pictures of the mark, over the station's."""
    last_try: bool = False
    """The officer confirmed that the token's last PIN attempt may be used."""


@dataclass(frozen=True, slots=True)
class Setup:
    """Everything for signing a batch but the secrets."""

    keys: dict[str, str]
    """Key address by role; the role of the only signer is empty."""
    policy: Policy
    timestampers: Sequence[TimestampPort] | None
    """None: the policy's own."""
    values: dict[str, str]
    """For the lines of the visible mark."""
    role: str = ""
    place: tuple[int, float, float] | None = None
    """Page index, left and top in millimetres where a person put the mark."""
    passphrase: Callable[[], bytearray] | None = None
    """Where the secret comes from that nobody types: the demonstration's."""

    def sign(self, source: Path, target: Path, keys: Keys) -> SignedFile:
        """Sign one file with opened keys; where only revocation is missing, to be completed."""
        from signing import engine

        return engine.sign_file(
            source, target, keys, self.policy, timestamper=self.timestampers,
            appearance_values=self.values, role=self.role, complete_later=True,
            spots=self.spots,
        )  # fmt: skip

    @property
    def spots(self) -> dict[str, Spot]:
        """Where the marks go that a person placed."""
        from signing.appearance.placing import Spot

        return {self.role: Spot(*self.place)} if self.place else {}

    def secret(self) -> bytearray:
        """The demonstration's passphrase; any other key's has to be given."""
        if self.passphrase is None:
            raise UsageError("a PIN is needed", detail_vi="cần mã PIN")
        return self.passphrase()


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


def setup(data: Path, settings: Settings, choice: Choice) -> Setup:
    """How files are signed here; what a call chooses stands over the settings."""
    from signing import policy

    timestampers = _authorities(choice.tsa or settings.tsa)
    keys = choice.keys or (settings.key,)
    is_usual = choice.profile in ("", settings.sign_profile)
    profile = choice.profile or settings.sign_profile
    values = mark_values(settings, profile) | dict(choice.values)
    place = settings.place_of_mark if is_usual and not choice.role else None
    if keys == (DEMONSTRATION,):
        demo = demonstration(data)
        rules = _at(demo.policy(profile or DEMONSTRATION), choice.level)
        return Setup(
            _by_role(rules, choice.role, (demo.key_uri,)), rules, timestampers or [demo.tsa],
            values, choice.role, place, demo.passphrase,
        )  # fmt: skip
    profile = profile or "electronic_copy"
    rules = policy.load_policy(profile, anchors=anchors(data, settings))
    rules = _at(rules, choice.level)
    if rules.needs_timestamp and not timestampers and not rules.authorities:
        raise UsageError(
            '--tsa URL (or tsa = "…" in settings.toml)',
            detail_vi='--tsa URL (hoặc tsa = "…" trong settings.toml)',
        )
    by_role = _by_role(rules, choice.role, keys)
    return Setup(by_role, rules, timestampers, values, choice.role, place)


def mark_values(settings: Settings, profile: str) -> dict[str, str]:
    """What the mark of a profile is filled with at this station.

    With the demonstration's key only its own profile prints the station's agency, beside its
    notice; any other mark names the agency of the certificate, which says TRÌNH DIỄN.
    """
    if settings.is_demonstration and profile not in ("", DEMONSTRATION):
        return settings.values_of_mark
    return {"agency": settings.agency} | settings.values_of_mark


def augmenting(
    data: Path, settings: Settings, profile: str, level: str, tsa: str, trust: Sequence[Path]
) -> tuple[Policy, Sequence[TimestampPort] | None]:
    """The policy and the timestamp authorities for completing files; no key takes part."""
    from signing import policy

    demo = demonstration(data) if settings.is_demonstration else None
    changes = {"revocation": demo.revocation} if demo else {}
    rules = policy.load_policy(
        profile or "electronic_copy", anchors=anchors(data, settings, trust), **changes
    )
    timestampers = _authorities(tsa or settings.tsa)
    if timestampers is None and demo and not rules.authorities:
        timestampers = [demo.tsa]
    return _at(rules, level), timestampers


def _authorities(addresses: str) -> Sequence[TimestampPort] | None:
    """Timestamp authorities by address, separated by spaces; None: the policy's own."""
    from signing.timestamps import HttpAuthority

    return [HttpAuthority(address) for address in addresses.split()] or None


def _at(rules: Policy, level: str) -> Policy:
    """Exactly the level that the officer chose in the open, or the policy's own."""
    from signing.policy import at_level

    return at_level(rules, level) if level else rules


def _by_role(rules: Policy, role: str, keys: tuple[str, ...]) -> dict[str, str]:
    roles = [each.role for each in rules.roles if role in ("", each.role)]
    if len(keys) != len(roles):
        names = ", ".join(roles)
        raise UsageError(f"--key × {len(roles)} ({names})")
    return dict(zip(roles if len(roles) > 1 else [""], keys, strict=True))


def needs_secret(settings: Settings, choice: Choice) -> bool:
    """Whether somebody has to type a PIN: not for the demonstration."""
    return (choice.keys or (settings.key,)) != (DEMONSTRATION,)


def verify(path: Path, trusted: Anchors, at: datetime | None = None) -> dict[str, Any]:
    """The verdict on one file, with the keys of commands.md."""
    from signing.verify import report, verdict

    entry: dict[str, Any] = report.to_json(verdict.verify_file(path, trusted, at=at))
    return entry


def export_anchor(data: Path, out: Path) -> Path:
    """A readable copy of the demonstration's root, for other programs to verify with."""
    source = demonstration(data).root_pem
    if not source.is_file():
        raise NotFound("the demonstration's root", detail_vi="chứng thư gốc trình diễn")
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
