"""The file exactly as it stood when someone signed it.

A signature that covers a revision covers every byte from the start of the file to the revision's
end, its own value left out; later signatures only append. So the signed revision is a prefix.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from signing.errors import InputProblem
from signing.files import landing
from signing.verify.changes import DPI, Comparison, compare
from signing.verify.facts import Coverage, SignatureFacts
from signing.verify.verdict import FileVerdict

_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Revision:
    """What one signature signed."""

    number: int
    """The signature's place in the verdict's list, from 1."""
    field: str
    signer: str
    end: int
    """Length in bytes."""
    is_whole_file: bool
    """Nothing was added after it."""


@dataclass(frozen=True, slots=True)
class SavedRevision:
    """A revision written to a file of its own."""

    path: Path
    sha256: str
    bytes: int


def revisions(verdict: FileVerdict) -> tuple[Revision, ...]:
    """The revisions of a file that can be shown: those that a signature covers from the start.

    A signature over an odd range has none; what it signed is not a document.
    """
    return tuple(
        Revision(
            number, facts.field, facts.signer, facts.signed_until, facts.coverage is Coverage.FILE
        )
        for number, signature in enumerate(verdict.signatures, 1)
        if isinstance(facts := signature.facts, SignatureFacts)
        and facts.coverage in (Coverage.FILE, Coverage.REVISION)
    )


def read(verdict: FileVerdict, number: int) -> bytes:
    """The bytes of a signed revision; for large files use :func:`save`.

    Raises:
        InputProblem: there is no such revision.
    """
    with verdict.path.open("rb") as file:
        return file.read(_find(verdict, number).end)


def save(verdict: FileVerdict, number: int, target: Path) -> SavedRevision:
    """Write a signed revision to a file of its own, atomically.

    Args:
        verdict: of the file as it is.
        number: the signature's place in the list, from 1.
        target: never the file itself.

    Raises:
        InputProblem: there is no such revision, or the target is the file itself.
    """
    revision = _find(verdict, number)
    if target.resolve() == verdict.path.resolve():
        raise InputProblem(
            "it may not be overwritten", "không được ghi đè chính tệp này", file=verdict.path.name
        )
    digest, left = hashlib.sha256(), revision.end
    with verdict.path.open("rb") as source, landing(target) as file:
        while left and (piece := source.read(min(_CHUNK, left))):
            digest.update(piece)
            file.write(piece)
            left -= len(piece)
    return SavedRevision(target, digest.hexdigest(), revision.end)


def changes_since(
    verdict: FileVerdict, number: int, *, pictures: bool = True, dpi: float = DPI
) -> Comparison:
    """What later revisions changed on the pages since a signature.

    Args:
        verdict: of the file as it is.
        number: the signature's place in the list, from 1.
        pictures: also draw the pages that changed, at most twenty.
        dpi: resolution of the pictures.

    Raises:
        InputProblem: there is no such revision.
    """
    revision = _find(verdict, number)
    every = [s.facts for s in verdict.signatures if isinstance(s.facts, SignatureFacts)]
    chosen = [facts for facts in every if facts.signed_until == revision.end]
    found = compare(verdict.path, every, verdict.pages, of=chosen, pictures=pictures, dpi=dpi)
    return found.get(revision.end, Comparison())


def _find(verdict: FileVerdict, number: int) -> Revision:
    for revision in revisions(verdict):
        if revision.number == number:
            return revision
    raise InputProblem(
        f"it has no signed revision {number}",
        f"không có bản đã ký số {number}",
        file=verdict.path.name,
    )
