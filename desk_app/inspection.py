"""What a supervisor looks up about a signed file: changes since, certificates, a report.

Every function here opens a file that may be hostile, so the window calls them in a worker process
and gets back plain records. Nothing is kept in the store.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from desk_app import settings as station_settings
from desk_app import signatures
from desk_app.errors import Damaged, NotFound, UnusableInput
from desk_app.records import Text
from desk_app.store import plain
from desk_app.store.blobs import storage_faults

if TYPE_CHECKING:
    from signing.verify.changes import ChangedPage, Comparison
    from signing.verify.facts import SignatureFacts
    from signing.verify.revisions import Revision
    from signing.verify.verdict import FileVerdict

Shown = tuple[float, float, float, float]
"""A box as parts of the page as shown, 0 to 1 from the upper left."""

MOST_NAMES = 999
"""Reports of one file in one folder."""


@dataclass(frozen=True, slots=True)
class LaterMark:
    """The mark that a later signature put on a page."""

    signer: str
    box: Shown
    hides: bool
    """Most of what was printed beneath it cannot be read any more."""


@dataclass(frozen=True, slots=True)
class PageChange:
    """One page that does not look as it did when it was signed."""

    page: int
    """Page index, from 0."""
    boxes: tuple[Shown, ...]
    """Changes that no later signature explains."""
    marks: tuple[LaterMark, ...]


@dataclass(frozen=True, slots=True)
class Signed:
    """What one signature signed, and what became of it."""

    number: int
    """The signature's place in the verdict's list, from 1."""
    field: str
    signer: str
    end: int
    """The signed revision is this many bytes of the file."""
    is_last: bool
    """Nothing was added after it."""
    is_intact: bool
    words: Text
    """What later revisions did, in words."""
    fields: tuple[str, ...]
    """Names of form fields that changed."""
    pages: tuple[PageChange, ...]
    unseen: int
    """Pages that could not be compared."""

    @property
    def unexplained(self) -> int:
        """How many places changed that no later signature explains."""
        return sum(len(page.boxes) for page in self.pages)


def history(data: Path, path: Path) -> tuple[Signed, ...]:
    """Every signature that covers a whole revision, and what changed on the pages since.

    Args:
        data: the data folder, for its trust anchors.
        path: the signed file.

    Raises:
        InputProblem: the file cannot be read.
    """
    from signing.verify import revisions

    with plain.readable(path) as file:
        verdict = _verdict(data, file)
        every = {n: s.facts for n, s in enumerate(verdict.signatures, 1)}
        compared = _compared(verdict)
        signed = revisions.revisions(verdict)
    found = []
    for each in signed:
        facts = every[each.number]
        found.append(_signed(each, facts, compared.get(each.end)))  # type: ignore[arg-type]
    return tuple(found)


def _compared(verdict: FileVerdict) -> dict[int, Comparison]:
    from signing.verify import changes
    from signing.verify.facts import SignatureFacts

    facts = [s.facts for s in verdict.signatures if isinstance(s.facts, SignatureFacts)]
    return changes.compare(verdict.path, facts, verdict.pages)


def _signed(revision: Revision, facts: SignatureFacts, found: Comparison | None) -> Signed:
    from signing.verify import report

    words = report.modification_words(facts)
    return Signed(
        # Names from the file are the engine's own kind of text, which cannot leave its process.
        number=revision.number, field=str(revision.field), signer=str(revision.signer),
        end=revision.end,
        is_last=revision.is_whole_file, is_intact=facts.intact, words=Text(words.vi, words.en),
        fields=tuple(str(name) for name in facts.modification.fields),
        pages=tuple(_page(page) for page in found.pages) if found else (),
        unseen=found.unseen if found else 0,
    )  # fmt: skip


def _page(page: ChangedPage) -> PageChange:
    marks = tuple(LaterMark(str(a.signer), a.place.shown, a.hides) for a in page.additions)
    return PageChange(page.page, page.shown, marks)


def _verdict(data: Path, path: Path) -> FileVerdict:
    from signing.verify import verdict

    chosen = station_settings.load(data)
    return verdict.verify_file(path, signatures.anchors(data, chosen))


# --- reports ----------------------------------------------------------------------------------


def export(data: Path, path: Path, title: str, folder: Path) -> tuple[Path, Path]:
    """Write the validation report of a file as PDF and as JSON; nothing is ever overwritten.

    Args:
        data: the data folder, for its trust anchors.
        path: the signed file.
        title: what people call it; names the reports.
        folder: where they go; made when it is new.

    Returns:
        The PDF and the JSON.

    Raises:
        InputProblem: the file cannot be read.
        StorageFault: the folder cannot be written to.
    """
    from signing.verify import printed, report

    with plain.readable(path) as file, storage_faults():
        verdict = _verdict(data, file)
        folder.mkdir(parents=True, exist_ok=True)
        printed_to, listed_to = _reserved(folder, _plain(title))
        try:
            printed.write_pdf([verdict], printed_to)
            entry = {"files": [report.to_json(verdict)], "refused": []}
            text = json.dumps(entry, ensure_ascii=False, indent=2)
            temporary = listed_to.with_name(f".{listed_to.name}.part")
            temporary.write_text(text, encoding="utf-8")
            temporary.replace(listed_to)
        except BaseException:
            for file in (printed_to, listed_to):
                file.unlink(missing_ok=True)
            raise
    return printed_to, listed_to


def _reserved(folder: Path, stem: str) -> tuple[Path, Path]:
    """Two names that nobody had, taken by empty files."""
    for number in range(1, MOST_NAMES):
        name = stem if number == 1 else f"{stem}-{number}"
        pair = folder / f"{name}.pdf", folder / f"{name}.json"
        taken: list[Path] = []
        try:
            for file in pair:
                file.open("x").close()
                taken.append(file)
        except FileExistsError:
            for file in taken:
                file.unlink()
            continue
        return pair
    raise FileExistsError(f"{stem}.pdf")


def _plain(title: str) -> str:
    """A file name that every system takes: letters of the alphabet, figures and hyphens."""
    folded = unicodedata.normalize("NFD", title.replace("đ", "d").replace("Đ", "D"))
    letters = "".join(c for c in folded if not unicodedata.combining(c))
    return re.sub(r"[^A-Za-z0-9.]+", "-", letters).strip("-.")[:100] or "report"


# --- what a person signs with -----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class MarkPicture:
    """One page with the visible mark as it will be signed."""

    png: bytes
    page: int
    pages: int
    box: Shown
    left_mm: float
    top_mm: float
    page_mm: tuple[float, float]
    """Width and height of the page as shown."""
    covers_print: bool


def mark(
    path: Path | None, profile: str, values: dict[str, str], spot: tuple[int, float, float] | None
) -> MarkPicture:
    """Draw the mark of a profile on a document.

    Args:
        path: the document; None for an empty A4 page.
        profile: name of a signing profile with a visible mark.
        values: for the lines and pictures of the mark.
        spot: page index, left and top in millimetres that a person chose; None for the profile's.

    Raises:
        MarkUnusable: the mark cannot be drawn or placed.
        PolicyViolated: the profile has no visible mark.
        InputProblem: the document cannot be read.
    """
    import tempfile

    from signing.appearance.placing import Spot
    from signing.appearance.preview import preview
    from signing.appearance.profile import load_appearance

    look = load_appearance(profile)
    with ExitStack() as stack:
        if path is None:
            folder = stack.enter_context(tempfile.TemporaryDirectory())
            source = _empty_page(Path(folder) / "empty.pdf")
        else:
            source = stack.enter_context(plain.readable(path))
        found = preview(source, look, values, at=Spot(*spot) if spot else None, dpi=110)
        left, top, right, bottom = found.box_mm
        shares = found.box_shown
        page_mm = ((right - left) / (shares[2] - shares[0]),
                   (bottom - top) / (shares[3] - shares[1]))  # fmt: skip
        return MarkPicture(
            found.png, found.page, found.pages, shares, left, top, page_mm, found.covers_print
        )


def _empty_page(target: Path) -> Path:
    import pikepdf

    pdf = pikepdf.new()
    pdf.add_blank_page(page_size=(595.276, 841.89))
    pdf.save(target)
    return target


# --- certificates -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate as a person compares it."""

    name: str
    subject: str
    issuer: str
    serial: str
    sha256: str
    not_before: datetime
    not_after: datetime
    usage: tuple[str, ...]
    key: str
    """Kind and size of the key, as in ``RSA 2048``."""
    is_anchor: bool
    """Installed at this station as a root of trust."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A statement on revocation that lies in the file."""

    kind: str
    """``OCSP`` or ``CRL``."""
    issuer: str
    made_at: datetime
    next_at: datetime | None


@dataclass(frozen=True, slots=True)
class Papers:
    """Who signed, by whose word, and who says when."""

    chain: tuple[Certificate, ...]
    """The signer's certificate first, then its issuers as far as they are at hand."""
    authority: tuple[Certificate, ...]
    """The timestamp authority's, in the same way; empty without a timestamp."""
    answers: tuple[Answer, ...]


def papers(data: Path, path: Path, field: str, sha256: str) -> Papers:
    """The certificates of one signature.

    Args:
        data: the data folder, for its trust anchors.
        path: the signed file.
        field: the name of the signature's field.
        sha256: fingerprint of the signer's certificate as the verdict gives it.

    Raises:
        UnusableInput: the signature's value holds no certificate that can be read.
    """
    from desk_app import carried

    chosen = station_settings.load(data)
    trusted = signatures.anchors(data, chosen)
    with plain.readable(path) as file:
        return carried.papers(file, field, sha256, trusted)


def ends(wanted: Iterable[tuple[Path, str, str]]) -> dict[str, datetime]:
    """When certificates end, by fingerprint.

    Args:
        wanted: file, field and fingerprint of the signer's certificate; what cannot be read is
            left out.
    """
    from desk_app import carried

    found: dict[str, datetime] = {}
    for path, field, sha256 in wanted:
        if sha256 in found:
            continue
        try:
            with plain.readable(path) as file:
                found[sha256] = carried.papers(file, field, sha256, None).chain[0].not_after
        except (UnusableInput, NotFound, Damaged):
            continue
    return found
