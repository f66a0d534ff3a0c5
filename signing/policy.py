"""The signing policy: which level, which keys, whose trust, what the mark looks like.

Policies are versioned TOML files in ``signing/profiles``; a caller may give a path of its own.
The certificate is checked against the policy before anything is signed.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography import x509

from signing.appearance.profile import Appearance
from signing.certificates import Text, is_for_documents, key_bits
from signing.errors import PolicyViolated
from signing.trust import Anchors, RevocationData

LEVELS = ("B-B", "B-T", "B-LT")
"""PAdES levels (ETSI EN 319 142-1 §6) that the engine produces."""

DIGESTS = ("sha256", "sha384", "sha512")

_PROFILES = Path(__file__).parent / "profiles"


@dataclass(frozen=True, slots=True)
class Policy:
    """What a signature must be; the defaults are an invisible B-T signature."""

    name: str = "invisible"
    version: int = 1
    level: str = "B-T"
    digest: str = "sha256"
    min_rsa_bits: int = 2048
    """Smallest RSA key (Circular 15/2025/TT-BKHCN)."""
    min_ec_bits: int = 256
    key_usage: tuple[str, ...] = ("digital_signature", "non_repudiation")
    """The certificate must carry at least one of these."""
    max_skew: timedelta = timedelta(minutes=5)
    """How far the printed time may lie from the timestamp authority's."""
    anchors: Anchors = field(default_factory=Anchors)
    """Roots that the signer and the timestamp authority must lead to; empty: not checked."""
    revocation: RevocationData = field(default_factory=RevocationData)
    """Revocation lists at hand, embedded at level B-LT."""
    fetch_revocation: bool = False
    """Ask the issuers' servers for what is not at hand."""
    appearance: Appearance | None = None
    """The visible mark; None signs invisibly."""

    def __post_init__(self) -> None:
        if self.level not in LEVELS:
            raise PolicyViolated(f"level {self.level!r} is not one of {', '.join(LEVELS)}")
        if self.digest not in DIGESTS:
            raise PolicyViolated(f"digest {self.digest!r} is not one of {', '.join(DIGESTS)}")
        if self.level == "B-LT" and not self.anchors:
            raise PolicyViolated(
                "level B-LT needs trust anchors", "mức B-LT cần chứng thư gốc tin cậy"
            )

    @property
    def needs_timestamp(self) -> bool:
        """True above B-B."""
        return self.level != "B-B"

    def problem_of(self, certificate: x509.Certificate, now: datetime | None = None) -> Text | None:
        """Why the certificate may not sign at this moment, or None."""
        moment = now or datetime.now(UTC)
        return (
            _validity_problem(certificate, moment)
            or _usage_problem(certificate, self.key_usage)
            or self._key_problem(certificate)
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


def profiles() -> list[str]:
    """Names of the profiles that come with the library."""
    return sorted(path.stem for path in _PROFILES.glob("*.toml"))


def load_policy(profile: str | Path, **changes: Any) -> Policy:  # noqa: ANN401
    """Read a profile by name or path; keyword arguments replace fields of the policy.

    Raises:
        PolicyViolated: there is no such profile, or a field of it is wrong.
    """
    path = Path(profile)
    if path.suffix != ".toml":
        path = _PROFILES / f"{profile}.toml"
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
        policy = Policy(**{**_fields(table), **changes})
    except OSError:
        raise PolicyViolated(
            f"there is no profile {str(profile)!r}", f"không có hồ sơ ký {str(profile)!r}"
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, KeyError, TypeError, ValueError) as error:
        raise PolicyViolated(
            f"profile {path.name}: {error}", f"hồ sơ ký {path.name} sai: {error}"
        ) from None
    return policy


def _fields(table: dict[str, Any]) -> dict[str, Any]:
    keys = table.get("keys", {})
    fields: dict[str, Any] = {
        "name": table["name"],
        "version": table["version"],
        "level": table["level"],
        "digest": table["digest"],
        "min_rsa_bits": keys["min_rsa_bits"],
        "min_ec_bits": keys["min_ec_bits"],
        "key_usage": tuple(keys["usage"]),
        "max_skew": timedelta(seconds=table["max_skew_s"]),
        "fetch_revocation": table.get("fetch_revocation", False),
    }
    if "appearance" in table:
        fields["appearance"] = Appearance.from_table(table["appearance"])
    return fields


def at_level(policy: Policy, level: str) -> Policy:
    """The same policy at another level, chosen in the open by the caller."""
    return replace(policy, level=level)
