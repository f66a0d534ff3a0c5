"""Check a package, ours or a stranger's, as a ZIP file or as a folder: fixity above all.

Every file that a METS file names must be there with its size and hash, and nothing else may be
there. Nothing is unpacked, and no more is read than the package says it holds.
"""

from __future__ import annotations

import hashlib
import posixpath
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal, cast
from urllib.parse import unquote, urlsplit

from desk_app.errors import NotFound, UnusableInput
from desk_app.store.blobs import CHUNK, storage_faults
from desk_app.submission.packages import schemas, trees, xml
from desk_app.submission.packages.fields import Level

if TYPE_CHECKING:
    from lxml import etree

ALGORITHMS = {"SHA-256": "sha256", "SHA-384": "sha384", "SHA-512": "sha512"}
MOST_FAULTS = 1000
"""No more are told of one package."""
_NS = {"m": xml.METS, "x": xml.XLINK}
_HREF = f"{{{xml.XLINK}}}href"
_UUID8 = re.compile(r"[0-9A-F]{8}-[0-9A-F]{4}-8[0-9A-F]{3}-[89AB][0-9A-F]{3}-[0-9A-F]{12}$")
_LEVELS: dict[str, Level] = {"ead_doc": "document", "ead_pic": "picture", "ead_med": "media"}
CHECKS = ("structure", "fixity", "mets", "descriptions", "identity")


@dataclass(frozen=True, slots=True)
class Fault:
    """Something about a package that is not as it should be."""

    check: str
    """structure, fixity, mets, descriptions or identity."""
    code: str
    """MISSING, EXTRA, CHANGED, UNREADABLE, NAME, REFERENCE, INVALID, COUNT or IDENTITY."""
    path: str
    vi: str
    en: str


@dataclass(slots=True)
class Report:
    """What a check found."""

    path: Path
    kind: str = ""
    """AIP, SIP or DIP, as the package says; empty where it does not say."""
    object_id: str = ""
    files: int = 0
    bytes: int = 0
    faults: list[Fault] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether nothing was found."""
        return not self.faults

    def add(self, check: str, code: str, path: str, vi: str, en: str) -> None:
        """Note a fault."""
        if len(self.faults) < MOST_FAULTS:
            self.faults.append(Fault(check, code, path, vi, en))


@dataclass(frozen=True, slots=True)
class _Reference:
    path: str
    algorithm: str
    digest: str
    size: str
    is_mets: bool


def check(path: Path, *, stopped: Callable[[], None] = lambda: None) -> Report:
    """Check a package.

    Args:
        path: The ZIP file, or the folder that holds METS.xml.
        stopped: Called between files; raises to stop.

    Raises:
        NotFound: Nothing is there.
        UnusableInput: It is neither a folder nor a ZIP file.
    """
    if not path.exists():
        raise NotFound(str(path))
    report = Report(path)
    with storage_faults(), trees.opened(path) as tree:
        for name, vi, en in tree.oddities:
            report.add("structure", "NAME", name, vi, en)
        report.files, report.bytes = len(tree.sizes), sum(tree.sizes.values())
        if "METS.xml" in tree.sizes:
            _check_tree(tree, report, stopped)
        else:
            report.add("structure", "MISSING", "METS.xml", "không có", "is missing")
    return report


def _check_tree(tree: trees.Tree, report: Report, stopped: Callable[[], None]) -> None:
    named, told = {"METS.xml"}, set[_Reference]()
    waiting = ["METS.xml"]
    seen: set[str] = set()
    while waiting:
        path = waiting.pop()
        if path in seen or path not in tree.sizes:
            continue
        seen.add(path)
        root = _read(tree, path, report)
        if root is None:
            continue
        if path == "METS.xml":
            _about_package(tree, root, report)
        _valid_mets(root, path, report)
        for each in _references(root, path, report):
            if each.is_mets:
                waiting.append(each.path)
                continue
            named.add(each.path)
            if each not in told:
                told.add(each)
                stopped()
                _fixity(tree, each, report)
    for path in sorted(set(tree.sizes) - named):
        report.add("fixity", "EXTRA", path, "thừa, không có trong METS", "is in no METS file")
    _descriptions(tree, report, named)


# --- METS -------------------------------------------------------------------------------------


def _about_package(tree: trees.Tree, root: etree._Element, report: Report) -> None:
    report.object_id = root.get("OBJID", "")
    header = root.find("m:metsHdr", _NS)
    kind = header.get(f"{{{xml.CSIP}}}OAISPACKAGETYPE") if header is not None else None
    report.kind = kind or ""
    if report.object_id.replace(":", "_") != tree.name:
        report.add(
            "identity",
            "IDENTITY",
            "METS.xml",
            f"thư mục {tree.name} khác OBJID",
            f"the folder {tree.name} is not the OBJID",
        )
    own = _UUID8.search(report.object_id)
    if (
        own
        and xml.own_id(tree.read("METS.xml").replace(own[0].encode(), xml.BLANK.encode()))
        != (own[0])
    ):
        report.add(
            "identity",
            "CHANGED",
            "METS.xml",
            "đã bị thay đổi: không khớp mã gói",
            "was changed: it does not fit its own id",
        )
    has_premis = root.find("m:amdSec/m:digiprovMD/m:mdRef", _NS) is not None
    if report.kind == "AIP" and not has_premis:
        report.add("structure", "MISSING", "metadata/preservation/PREMIS.xml",
                   "AIP thiếu PREMIS", "an AIP without PREMIS")  # fmt: skip


def _read(tree: trees.Tree, path: str, report: Report) -> etree._Element | None:
    try:
        if tree.sizes[path] > xml.MAX_BYTES:
            raise UnusableInput("> 256 MiB", file=path)
        return xml.parse(tree.read(path), path)
    except UnusableInput as fault:
        report.add("mets", "UNREADABLE", path, fault.vi, fault.en)
        return None


def _valid_mets(root: etree._Element, path: str, report: Report) -> None:
    for fault in schemas.faults(schemas.mets_schema(), root):
        report.add("mets", "INVALID", path, f"sai lược đồ METS: dòng {fault}",
                   f"not valid METS: line {fault}")  # fmt: skip
    ids = {each.get("ID") for each in root.iter() if isinstance(each.tag, str)}
    for each in root.iter(f"{{{xml.METS}}}div", f"{{{xml.METS}}}fptr"):
        wanted = f"{each.get('DMDID', '')} {each.get('ADMID', '')} {each.get('FILEID', '')}"
        if unknown := set(wanted.split()) - ids:
            report.add("mets", "REFERENCE", path, f"không có mã {min(unknown)}",
                       f"no such id {min(unknown)}")  # fmt: skip


def _references(root: etree._Element, mets: str, report: Report) -> Iterator[_Reference]:
    pointers = ("mdRef", "FLocat", "mptr")
    for element in root.iter(*(f"{{{xml.METS}}}{name}" for name in pointers)):
        href = element.get(_HREF, "")
        parent = element.getparent()
        is_mets = element.tag.endswith("}mptr")
        facts = parent if element.tag.endswith("}FLocat") and parent is not None else element
        path = _resolved(href, mets)
        if path is None:
            report.add("mets", "REFERENCE", mets, f"đường dẫn ra ngoài gói {href[:80]!r}",
                       f"a path that leaves the package {href[:80]!r}")  # fmt: skip
            continue
        yield _Reference(path, facts.get("CHECKSUMTYPE", ""), facts.get("CHECKSUM", ""),
                         facts.get("SIZE", ""), is_mets)  # fmt: skip


def _resolved(href: str, mets: str) -> str | None:
    try:
        parts = urlsplit(href)
    except ValueError:
        return None
    if parts.scheme or parts.netloc or not parts.path or "\\" in href:
        return None
    path = posixpath.normpath(posixpath.join(posixpath.dirname(mets), unquote(parts.path)))
    return None if path.startswith(("/", "..")) else path


# --- fixity -----------------------------------------------------------------------------------


def _fixity(tree: trees.Tree, wanted: _Reference, report: Report) -> None:
    path = wanted.path
    if path not in tree.sizes:
        report.add("fixity", "MISSING", path, "không có trong gói", "is missing")
        return
    if wanted.algorithm not in ALGORITHMS or not wanted.digest:
        report.add("fixity", "REFERENCE", path, "METS không ghi mã băm SHA-2",
                   "METS gives no SHA-2 hash")  # fmt: skip
        return
    if wanted.size and wanted.size != str(tree.sizes[path]):
        report.add("fixity", "CHANGED", path, f"dài {tree.sizes[path]}, METS ghi {wanted.size}",
                   f"has {tree.sizes[path]} bytes, METS says {wanted.size}")  # fmt: skip
        return
    digest = _digest(tree, path, ALGORITHMS[wanted.algorithm])
    if digest != wanted.digest.lower():
        report.add("fixity", "CHANGED", path, "nội dung đã thay đổi (sai mã băm)",
                   "its content changed (another hash)")  # fmt: skip


def _digest(tree: trees.Tree, path: str, algorithm: str) -> str | None:
    """The hash of a file; None where it cannot be read to its end."""
    digest = hashlib.new(algorithm)
    try:
        with tree.open(path) as stream:
            while piece := stream.read(CHUNK):
                digest.update(piece)
    except UnusableInput:
        return None
    return digest.hexdigest()


# --- descriptions -----------------------------------------------------------------------------


def _descriptions(tree: trees.Tree, report: Report, named: set[str]) -> None:
    if report.kind not in ("AIP", "SIP"):
        return
    kind = cast(Literal["AIP", "SIP"], report.kind)
    data = [path for path in named if "/data/" in f"/{path}"]
    for path in sorted(named & set(tree.sizes)):
        folder, name = posixpath.split(path)
        if not name.lower().startswith("ead") or not folder.endswith("metadata/descriptive"):
            continue
        root = _read(tree, path, report)
        if root is None:
            continue
        level = _LEVELS.get(name.lower()[:7], "dossier")
        for fault in schemas.faults(schemas.compiled(level, kind), root):
            report.add("descriptions", "INVALID", path, f"sai danh mục trường: dòng {fault}",
                       f"does not fit the list of fields: line {fault}")  # fmt: skip
        if level == "dossier" and (root.findtext("totalDoc") or "").strip() != str(len(data)):
            report.add("descriptions", "COUNT", path, f"totalDoc khác {len(data)} tệp",
                       f"totalDoc is not {len(data)} files")  # fmt: skip
