"""The signing policy: which level, which keys, whose trust, who signs in which order.

Policies are versioned TOML files in ``signing/profiles``; a caller may give a path of its own.
The certificate is checked against the policy before anything is signed.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from cryptography import x509

from signing.appearance.profile import Appearance
from signing.certificates import Text, fingerprint, is_for_documents, key_bits
from signing.errors import PolicyViolated
from signing.tables import Table, TableFault
from signing.trust import Anchors, RevocationData, load

LEVELS = ("B-B", "B-T", "B-LT", "B-LTA")
"""PAdES levels (ETSI EN 319 142-1 §6), each with everything of the one before it."""

DIGESTS = ("sha256", "sha384", "sha512")
USAGES = ("digital_signature", "non_repudiation")

_PROFILES = Path(__file__).parent / "profiles"
_LEAST_RSA_BITS, _LEAST_EC_BITS = 2048, 256
"""No policy file may go below (Circular 15/2025/TT-BKHCN)."""


def is_at_least(level: str, least: str) -> bool:
    """Whether a level includes another."""
    return LEVELS.index(level) >= LEVELS.index(least)


@dataclass(frozen=True, slots=True)
class SignerRole:
    """One of the signatures that a file needs: an officer's, then the agency's seal."""

    role: str = ""
    """What the caller hands the key in under; empty for the only one."""
    field: str = ""
    """Name of its signature field; empty: the next free ``ChuKy1``, ``ChuKy2`` …"""
    certificates: tuple[str, ...] = ()
    """Fingerprints that may sign in this role; empty: any that the policy allows."""
    appearance: Appearance | None = None
    """Its visible mark; None signs invisibly."""

    def problem_of(self, certificate: x509.Certificate) -> Text | None:
        """Why the certificate may not sign in this role, or None."""
        if not self.certificates or fingerprint(certificate) in self.certificates:
            return None
        return Text(
            "WRONG_ROLE",
            f"chứng thư không được chỉ định cho vai trò {self.role}",
            f"it is not appointed for the role {self.role}",
        )


@dataclass(frozen=True, slots=True)
class Policy:
    """What a signature must be; the defaults are an invisible B-T signature."""

    name: str = "invisible"
    version: int = 1
    level: str = "B-T"
    """What every file must reach; below it nothing is finished."""
    aim: str = ""
    """A higher level, taken where revocation can be reached; empty: no more than ``level``."""
    digest: str = "sha256"
    min_rsa_bits: int = _LEAST_RSA_BITS
    """Smallest RSA key (Circular 15/2025/TT-BKHCN)."""
    min_ec_bits: int = _LEAST_EC_BITS
    key_usage: tuple[str, ...] = USAGES
    """The certificate must carry at least one of these."""
    max_skew: timedelta = timedelta(minutes=5)
    """How far the printed time may lie from the timestamp authority's."""
    warn_skew: timedelta = timedelta(minutes=1)
    """From here on the officer is told to set the clock."""
    anchors: Anchors = field(default_factory=Anchors)
    """Roots that the signer and the timestamp authority must lead to; empty: not checked."""
    authorities: tuple[str, ...] = ()
    """Addresses of timestamp authorities; the next is asked when one does not answer."""
    revocation: RevocationData = field(default_factory=RevocationData)
    """Revocation lists at hand, embedded from level B-LT on."""
    fetch_revocation: bool = False
    """Ask the issuers' servers for what is not at hand."""
    appearance: Appearance | None = None
    """The visible mark of the only signer; None signs invisibly."""
    signers: tuple[SignerRole, ...] = ()
    """Who must sign, in this order; empty: one signer of any role."""
    certify: bool = False
    """The first signature allows nothing after it but filling the fields of the others."""

    def __post_init__(self) -> None:
        for level in (self.level, self.aim or self.level):
            if level not in LEVELS:
                raise PolicyViolated(f"level {level!r} is not one of {', '.join(LEVELS)}")
        if self.digest not in DIGESTS:
            raise PolicyViolated(f"digest {self.digest!r} is not one of {', '.join(DIGESTS)}")
        if self.level == "B-B" and self.aim:
            raise PolicyViolated(
                "level B-B aims at nothing higher: it has no timestamp",
                "mức B-B không có dấu thời gian nên không có mức mong muốn",
            )
        if not is_at_least(self.best, self.level):
            raise PolicyViolated(
                f"the aim {self.aim} is below the level {self.level}",
                f"mức mong muốn {self.aim} thấp hơn mức bắt buộc {self.level}",
            )
        if is_at_least(self.level, "B-LT") and not self.anchors:
            raise PolicyViolated(
                f"level {self.level} needs trust anchors",
                f"mức {self.level} cần chứng thư gốc tin cậy",
            )

    @property
    def best(self) -> str:
        """The level that is tried for."""
        return self.aim or self.level

    @property
    def needs_timestamp(self) -> bool:
        """True above B-B."""
        return self.level != "B-B"

    @property
    def roles(self) -> tuple[SignerRole, ...]:
        """Who signs, in order; one at least."""
        return self.signers or (SignerRole(appearance=self.appearance),)

    def problem_of(self, certificate: x509.Certificate, now: datetime | None = None) -> Text | None:
        """Why the certificate may not sign at this moment, or None."""
        moment = now or datetime.now(UTC)
        return (
            _validity_problem(certificate, moment)
            or _usage_problem(certificate, self.key_usage)
            or self._key_problem(certificate)
            or _digest_problem(certificate)
        )

    def _key_problem(self, certificate: x509.Certificate) -> Text | None:
        kind, bits = key_bits(certificate)
        least = {"rsa": self.min_rsa_bits, "ec": self.min_ec_bits}.get(kind)
        if least is None:
            return Text("KEY_KIND", f"loại khóa {kind} không được hỗ trợ", f"key kind {kind}")
        if bits >= least:
            return None
        return Text(
            "KEY_TOO_SMALL",
            f"khóa {kind.upper()} {bits} bit, tối thiểu {least} bit",
            f"its {kind.upper()} key has {bits} bits, the least is {least}",
        )


def _validity_problem(certificate: x509.Certificate, moment: datetime) -> Text | None:
    if moment > certificate.not_valid_after_utc:
        day = certificate.not_valid_after_utc.date()
        return Text("EXPIRED", f"đã hết hạn từ {day:%d/%m/%Y}", f"it expired on {day}")
    if moment < certificate.not_valid_before_utc:
        day = certificate.not_valid_before_utc.date()
        return Text("NOT_YET_VALID", f"có hiệu lực từ {day:%d/%m/%Y}", f"it is valid from {day}")
    return None


def _usage_problem(certificate: x509.Certificate, wanted: tuple[str, ...]) -> Text | None:
    if is_for_documents(certificate, wanted):
        return None
    return Text(
        "KEY_USAGE",
        "chứng thư không được cấp để ký văn bản (key usage)",
        "its key usage does not include signing documents",
    )


def _digest_problem(certificate: x509.Certificate) -> Text | None:
    """A certificate that its issuer signed with SHA-1 would not verify anywhere."""
    digest = certificate.signature_hash_algorithm
    if digest is None or digest.digest_size >= 28:
        return None
    return Text(
        "WEAK_DIGEST",
        f"đơn vị cấp đã ký chứng thư bằng thuật toán yếu ({digest.name})",
        f"its issuer signed it with {digest.name}, which is too weak",
    )


def profiles() -> list[str]:
    """Names of the profiles that come with the library."""
    return sorted(path.stem for path in _PROFILES.glob("*.toml"))


def load_policy(profile: str | Path, **changes: Any) -> Policy:  # noqa: ANN401
    """Read a profile by name or path; keyword arguments replace fields of the policy.

    Anchors of the file and anchors among the changes count together. A level among the changes
    is exactly that one, whatever the file aims at.

    Raises:
        PolicyViolated: there is no such profile, or a field of it is wrong.
        AnchorBad: an anchor file that it names is missing or is another one.
    """
    path = Path(profile)
    if path.suffix != ".toml":
        path = _PROFILES / f"{profile}.toml"
    try:
        fields = _fields(Table(tomllib.loads(path.read_text(encoding="utf-8"))), path.parent)
        anchors = fields.pop("anchors") + changes.pop("anchors", Anchors())
        if "level" in changes:
            fields["aim"] = ""
        return Policy(**{**fields, "anchors": anchors, **changes})
    except OSError:
        raise PolicyViolated(
            f"there is no profile {str(profile)!r}", f"không có hồ sơ ký {str(profile)!r}"
        ) from None
    except KeyError as error:
        raise _bad(path, f"{error} is missing", f"thiếu {error}") from None
    except TableFault as error:
        raise _bad(path, str(error), error.vi) from None
    except PolicyViolated as error:
        raise _bad(path, str(error.facts["detail"]), str(error.facts["detail_vi"])) from None
    except (UnicodeDecodeError, TypeError, ValueError) as error:
        raise _bad(path, str(error), str(error)) from None


def _bad(path: Path, en: str, vi: str) -> PolicyViolated:
    return PolicyViolated(f"profile {path.name}: {en}", f"hồ sơ ký {path.name} sai: {vi}")


def _fields(table: Table, folder: Path) -> dict[str, Any]:
    table.text("title_vi", "")
    table.text("title_en", "")
    keys = table.table("keys")
    fields: dict[str, Any] = {
        "name": table.text("name"),
        "version": table.whole("version", 1, 1 << 31),
        "level": table.choice("level", LEVELS),
        "aim": table.choice("aim", ("", *LEVELS), ""),
        "digest": table.choice("digest", DIGESTS),
        "min_rsa_bits": keys.whole("min_rsa_bits", _LEAST_RSA_BITS, 16384),
        "min_ec_bits": keys.whole("min_ec_bits", _LEAST_EC_BITS, 521),
        "key_usage": keys.texts("usage", USAGES) or USAGES,
        "max_skew": timedelta(seconds=table.whole("max_skew_s", 1, 3600)),
        "warn_skew": timedelta(seconds=table.whole("warn_skew_s", 1, 3600, 60)),
        "fetch_revocation": table.take("fetch_revocation", bool, False),
        "anchors": sum((_anchor(each, folder) for each in table.tables("anchors")), Anchors()),
        "authorities": tuple(_addresses(table.texts("timestamp_authorities"))),
        "signers": tuple(_roles(table.tables("signers"))),
        "certify": table.take("certify", bool, False),
    }
    if "appearance" in table:
        fields["appearance"] = Appearance.from_table(table.raw("appearance"))
    keys.end()
    table.end()
    return fields


def _anchor(table: Table, folder: Path) -> Anchors:
    """A root named by its file and, so that nobody swaps the file, by its fingerprint."""
    name, wanted = table.text("file"), table.text("sha256").lower().replace(":", "")
    table.end()
    found = load([folder / name])
    if wanted not in [anchor.sha256 for anchor in found.items]:
        raise TableFault(
            f"the anchor {name} has another fingerprint than the policy says",
            f"chứng thư gốc {name} không có vân tay như chính sách ghi",
        )
    return Anchors(tuple(anchor for anchor in found.items if anchor.sha256 == wanted))


def _addresses(urls: Iterable[str]) -> Iterable[str]:
    for url in urls:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise TableFault(
                f"timestamp_authorities: {url!r} is not an http(s) address",
                f"timestamp_authorities: {url!r} không phải địa chỉ http(s)",
            )
        yield url


def _roles(tables: Iterable[Table]) -> Iterable[SignerRole]:
    seen: set[str] = set()
    for table in tables:
        look = Appearance.from_table(table.raw("appearance")) if "appearance" in table else None
        role = SignerRole(
            table.text("role"), table.text("field", ""),
            tuple(c.lower().replace(":", "") for c in table.texts("certificates")), look,
        )  # fmt: skip
        table.end()
        if not role.role or role.role in seen:
            raise TableFault(
                f"signers: the role {role.role!r} is empty or twice there",
                f"signers: vai trò {role.role!r} trống hoặc bị lặp",
            )
        seen.add(role.role)
        yield role


def at_level(policy: Policy, level: str) -> Policy:
    """The same policy at exactly another level, chosen in the open by the caller."""
    return replace(policy, level=level, aim="")
