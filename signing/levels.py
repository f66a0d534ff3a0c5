"""At which level of government a signer stands, told from the subject of the certificate.

A certificate names its holder's agency in O and OU, and often only the place in L and ST. The
profile of a province (TOML, ``signing/provinces``) says which names belong to which level; levels
are data with dates, because they change: the district level ended on 2025-07-01.

What a subject says is only as true as its issuer. A level is a fact about a *trusted* signer; for
anyone else it is what a stranger claims, and the caller says so.
"""

from __future__ import annotations

import tomllib
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.x509.oid import NameOID, ObjectIdentifier

from signing.certificates import Text, fingerprint
from signing.errors import PolicyViolated
from signing.ports import VIETNAM

LEVELS = ("province", "department", "district", "commune", "unit")

_PROVINCES = Path(__file__).parent / "provinces"
_ATTRIBUTES: dict[str, ObjectIdentifier] = {
    "CN": NameOID.COMMON_NAME,
    "O": NameOID.ORGANIZATION_NAME,
    "OU": NameOID.ORGANIZATIONAL_UNIT_NAME,
    "L": NameOID.LOCALITY_NAME,
    "ST": NameOID.STATE_OR_PROVINCE_NAME,
    "title": NameOID.TITLE,
}
_MOST_LETTERS = 200


@dataclass(frozen=True, slots=True)
class Level:
    """One level and the agencies that belong to it."""

    id: str
    name: Text
    agencies: tuple[str, ...]
    """Beginnings of names, folded."""
    since: date | None = None
    until: date | None = None
    """First day on which it did not exist any more, in Vietnam."""

    def exists_on(self, day: date) -> bool:
        """True while the level existed."""
        return (self.since is None or day >= self.since) and (
            self.until is None or day < self.until
        )


@dataclass(frozen=True, slots=True)
class Province:
    """A province's profile: its levels, and which attributes of a subject name an agency."""

    name: str
    version: int
    levels: tuple[Level, ...]
    agency_attributes: tuple[str, ...]
    places: tuple[str, ...] = ()
    """Names of the province in ST or L, folded; empty: any."""
    certificates: tuple[tuple[str, str], ...] = ()
    """Fingerprints of known certificates with the level they sign for; they win over names."""


@dataclass(frozen=True, slots=True)
class SignerLevel:
    """The level that a certificate's subject names."""

    level: str
    """One of :data:`LEVELS`, or ``unknown``."""
    text: Text
    agency: str
    """The name that told it, as the certificate spells it."""
    title: str
    """The holder's office, when the subject has one."""
    abolished: bool = False
    """The level did not exist any more when the signature was made."""

    def to_json(self) -> dict[str, Any]:
        """The same as a JSON object."""
        return {
            "code": self.level,
            "vi": self.text.vi,
            "en": self.text.en,
            "agency": self.agency,
            "title": self.title,
            "abolished": self.abolished,
        }


_UNKNOWN = Text("unknown", "chưa rõ cấp", "level not known")


def load_province(profile: str | Path = "common") -> Province:
    """Read a province's profile by name or path.

    Raises:
        PolicyViolated: there is no such profile, or a field of it is wrong.
    """
    path = Path(profile)
    if path.suffix != ".toml":
        path = _PROVINCES / f"{profile}.toml"
    try:
        return _province(tomllib.loads(path.read_text(encoding="utf-8")))
    except OSError:
        raise PolicyViolated(
            f"there is no province profile {str(profile)!r}",
            f"không có hồ sơ tỉnh {str(profile)!r}",
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, KeyError, TypeError, ValueError) as error:
        raise PolicyViolated(
            f"province profile {path.name}: {error}", f"hồ sơ tỉnh {path.name} sai: {error}"
        ) from None


@lru_cache(maxsize=1)
def common() -> Province:
    """The profile that fits every province, read once."""
    return load_province()


def level_of(
    certificate: x509.Certificate, at: datetime, province: Province | None = None
) -> SignerLevel:
    """The level that a certificate's subject names, as of a moment.

    Args:
        certificate: the signer's.
        at: when it signed; a level counts while it existed.
        province: the profile; the common one by default.
    """
    rules = province or common()
    day = at.astimezone(VIETNAM).date()
    title = _values(certificate, "title")
    if known := _by_fingerprint(certificate, rules):
        return SignerLevel(known.id, known.name, _agency(certificate), _first(title))
    if rules.places and not _is_in_province(certificate, rules):
        return SignerLevel("unknown", _UNKNOWN, _agency(certificate), _first(title))
    for attribute in rules.agency_attributes:
        for value in _values(certificate, attribute):
            # A person's own name is no agency: it counts only where nothing else is said.
            if attribute == "CN" and (_values(certificate, "O") or _values(certificate, "OU")):
                continue
            if (level := _level(value, rules, day)) is not None:
                return SignerLevel(
                    level.id, level.name, value, _first(title), not level.exists_on(day)
                )
    return SignerLevel("unknown", _UNKNOWN, _agency(certificate), _first(title))


def fold(name: str) -> str:
    """A name as people compare it: no case, single spaces, no punctuation; tone marks stay.

    Letters of other scripts stay what they are: a Cyrillic look-alike must not be recognised.
    """
    text = unicodedata.normalize("NFC", name[:_MOST_LETTERS]).casefold()
    return " ".join("".join(c if c.isalnum() else " " for c in text).split())


def _bare(folded: str) -> str:
    """Without tone marks."""
    text = unicodedata.normalize("NFKD", folded.replace("đ", "d"))
    return "".join(c for c in text if not unicodedata.combining(c))


def _level(name: str, province: Province, day: date) -> Level | None:
    """The level with the longest agency that the name begins with; one that exists comes first.

    A name spelt without any tone mark is compared without them; one that has them is not, or
    "Phương" would be a ward (phường).
    """
    folded = fold(name) + " "
    spelt = str if _bare(folded) != folded else _bare
    fits = [
        (len(agency), level.exists_on(day), level)
        for level in province.levels
        for agency in level.agencies
        if folded.startswith(spelt(agency) + " ")
    ]
    return max(fits, key=lambda fit: fit[:2])[2] if fits else None


def _by_fingerprint(certificate: x509.Certificate, province: Province) -> Level | None:
    wanted = dict(province.certificates).get(fingerprint(certificate))
    return next((level for level in province.levels if level.id == wanted), None)


def _is_in_province(certificate: x509.Certificate, province: Province) -> bool:
    names = [_bare(fold(v)) for key in ("ST", "L", "O", "OU") for v in _values(certificate, key)]
    return any(f" {_bare(place)} " in f" {name} " for name in names for place in province.places)


def _values(certificate: x509.Certificate, attribute: str) -> list[str]:
    """Values of an attribute, the most particular last in the subject and first here."""
    found = certificate.subject.get_attributes_for_oid(_ATTRIBUTES[attribute])
    return [str(item.value) for item in reversed(found)]


def _agency(certificate: x509.Certificate) -> str:
    return _first(_values(certificate, "O"))


def _first(values: list[str]) -> str:
    return values[0] if values else ""


def _province(table: dict[str, Any]) -> Province:
    attributes = tuple(table["agency_attributes"])
    if unknown := set(attributes) - set(_ATTRIBUTES):
        raise ValueError(f"agency_attributes: {', '.join(sorted(unknown))}")
    return Province(
        name=str(table["name"]),
        version=int(table["version"]),
        levels=tuple(_read_level(entry) for entry in table["level"]),
        agency_attributes=attributes,
        places=tuple(fold(place) for place in table.get("places", ())),
        certificates=tuple(
            (str(entry["sha256"]).lower(), _known(entry["level"]))
            for entry in table.get("certificate", ())
        ),
    )


def _read_level(entry: dict[str, Any]) -> Level:
    agencies = tuple(fold(name) for name in entry["agencies"])
    if "" in agencies:
        raise ValueError("agencies: an empty name")
    for key in ("since", "until"):
        if key in entry and (not isinstance(entry[key], date) or isinstance(entry[key], datetime)):
            raise ValueError(f"{key}: a date is wanted")
    level = _known(entry["id"])
    return Level(
        id=level,
        name=Text(level, str(entry["vi"]), str(entry["en"])),
        agencies=agencies,
        since=entry.get("since"),
        until=entry.get("until"),
    )


def _known(level: str) -> str:
    if level not in LEVELS:
        raise ValueError(f"level {level!r} is not one of {', '.join(LEVELS)}")
    return level
