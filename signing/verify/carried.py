"""What a PDF carries beside its signatures: data for offline checks, and where marks lie.

The PDF reader is handed in, together with the exceptions that a hostile file makes it raise.
"""

# ruff: noqa: ANN401 - objects of whichever PDF reader is handed in

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterable, Iterator
from typing import IO, Any

from cryptography import x509

from signing.appearance.mark import PageBox
from signing.entries import entry, numbers
from signing.revoked import ocsp_answer
from signing.trust import RevocationData
from signing.verify.facts import Place

Broken = tuple[type[Exception], ...]
"""What reading a hostile file raises; each means: this item cannot be read."""


class SecurityStore:
    """What the file carries for offline verification: its DSS (EN 319 142-1 §5.4.2)."""

    def __init__(self, reader: Any, broken: Broken) -> None:
        self._broken = broken
        self.certificates: list[x509.Certificate] = []
        crls: list[bytes] = []
        ocsps: list[bytes] = []
        with contextlib.suppress(*self._broken):
            store = reader.root["/DSS"]
            crls = list(self._streams(store, "/CRLs"))
            ocsps = list(self._streams(store, "/OCSPs"))
            for data in self._streams(store, "/Certs"):
                with contextlib.suppress(ValueError):
                    self.certificates.append(x509.load_der_x509_certificate(data))
        self.revocation = readable(crls, ocsps)

    def _streams(self, store: Any, key: str) -> Iterator[bytes]:
        listed = entry(store, key, ())
        for number in range(len(listed)):
            with contextlib.suppress(*self._broken):
                yield listed[number].data

    def revocation_for(self, signer_info: Any) -> RevocationData:
        """The store's data and what Adobe's programs put into the signature itself."""
        crls, ocsps = list(self.revocation.crls), list(self.revocation.ocsps)
        with contextlib.suppress(*self._broken):
            for attribute in signer_info["signed_attrs"]:
                if attribute["type"].native == "adobe_revocation_info_archival":
                    for value in attribute["values"]:
                        crls += [item.dump() for item in value["crl"] or ()]
                        ocsps += [item.dump() for item in value["ocsp"] or ()]
        return readable(crls, ocsps)


def readable(crls: Iterable[bytes], ocsps: Iterable[bytes]) -> RevocationData:
    """What can be read of it: one malformed list takes nothing from the others."""
    return RevocationData(
        tuple(_parsable(crls, x509.load_der_x509_crl)),
        tuple(_parsable(ocsps, ocsp_answer)),
    )


def _parsable(items: Iterable[bytes], parse: Any) -> Iterator[bytes]:
    for item in items:
        with contextlib.suppress(ValueError, TypeError, KeyError, AttributeError, OverflowError):
            parse(item)
            yield item


_OBJECT = re.compile(rb"\bendstream\b|\bstream\r?\n|(?<![0-9])(\d{1,10})\s+(\d{1,5})\s+obj\b")
_PIECE, _OVERLAP = 1 << 20, 64


def has_unlisted_objects(
    file: IO[bytes], start: int, is_listed: Callable[[int, int, int], bool]
) -> bool:
    """True when some object behind an offset is named by no cross-reference.

    No reader that follows the rules shows them; one that repairs files does. Signing programs
    leave none.

    Args:
        file: the PDF.
        start: where the first signed revision ends.
        is_listed: object number, generation and offset, to whether a cross-reference names it.
    """
    return any(not is_listed(*found) for found in _objects(file, start))


def _objects(file: IO[bytes], start: int) -> Iterator[tuple[int, int, int]]:
    """Number, generation and offset of every object that is written outside of streams."""
    file.seek(start)
    offset, before, in_stream = start, b"", False
    while piece := file.read(_PIECE):
        data = before + piece
        base = offset - len(before)
        kept = len(data) - (_OVERLAP if len(piece) == _PIECE else 0)
        for match in _OBJECT.finditer(data):
            if match.start() >= kept:
                break
            if match[1] is None:
                in_stream = not match[0].startswith(b"end")
            elif not in_stream and b"/XRef" not in data[match.end() : match.end() + 200]:
                yield int(match[1]), int(match[2]), base + match.start()
        before, offset = data[kept:], offset + len(piece)


_MOST_WIDGETS = 500
_MOST_PAGES = 20_000


class Pages:
    """Where each widget is, found once for the whole file."""

    def __init__(self, reader: Any, broken: Broken) -> None:
        self._reader = reader
        self._broken = broken
        self._index: dict[Any, int] | None = None
        self._last_written: list[int] | None = None
        self._nodes: list[Any] | None = None
        self._resources: set[Any] | None = None

    def places(self, field: Any) -> tuple[Place, ...]:
        """The pages and boxes of a field's widgets, those that can be found."""
        with contextlib.suppress(*self._broken):
            node = field.get_object() if hasattr(field, "get_object") else field
            if "/Rect" in node or "/Kids" not in node:
                return tuple(self._found(field, node))
            kids = list(node["/Kids"])[:_MOST_WIDGETS]
            return tuple(place for kid in kids for place in self._found(kid, kid))
        return ()

    def place(self, field: Any) -> Place | None:
        """The page and box of a field's first widget; None when it has none."""
        return next(iter(self.places(field)), None)

    def _found(self, reference: Any, node: Any) -> Iterator[Place]:
        with contextlib.suppress(*self._broken):
            widget = node.get_object() if hasattr(node, "get_object") else node
            index = self._page_of(reference, widget)
            if index is not None and "/Rect" in widget:
                yield self._placed(index, widget)

    def _placed(self, index: int, widget: Any) -> Place:
        x0, y0, x1, y1 = numbers(widget["/Rect"])
        box = (min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1))
        page = PageBox.of(self._page(index))
        (ax, ay), (bx, by) = page.to_shown(*box[:2]), page.to_shown(*box[2:])
        width, height = page.shown
        shown = (
            min(ax, bx) / width,
            1 - max(ay, by) / height,
            max(ax, bx) / width,
            1 - min(ay, by) / height,
        )
        return Place(index, box, shown)

    def _page(self, index: int) -> Any:
        return self._list()[index]

    def _list(self) -> list[Any]:
        """All pages in order, found in one walk; a tree with loops or without end is cut off."""
        if self._nodes is None:
            self._nodes = []
            seen: set[Any] = set()
            waiting = [self._reader.root["/Pages"]]
            while waiting and len(self._nodes) < _MOST_PAGES:
                node = waiting.pop()
                key = _key(getattr(node, "container_ref", None))
                if "/Kids" not in node:
                    self._nodes.append(node)
                elif key not in seen:
                    seen.add(key)
                    waiting += [kid.get_object() for kid in reversed(node["/Kids"])]
        return self._nodes

    def _page_of(self, field: Any, widget: Any) -> int | None:
        if self._index is None:
            self._index = {}
            for number in range(self.count):
                page = self._page(number)
                self._index.setdefault(_key(page.container_ref), number)
                with contextlib.suppress(*self._broken):  # one broken page hides no other's marks
                    for annotation in entry(page, "/Annots", ()):
                        self._index.setdefault(_key(annotation), number)
        by_widget = self._index.get(_key(getattr(widget, "container_ref", None)))
        if by_widget is not None:
            return by_widget
        return self._index.get(_key(widget.raw_get("/P"))) if "/P" in widget else None

    def touched_since(self, revision: int) -> frozenset[int]:
        """Indexes of pages whose own objects were written after a revision."""
        if self._last_written is None:
            self._last_written = [self._written(n) for n in range(self.count)]
        return frozenset(n for n, last in enumerate(self._last_written) if last > revision)

    def _form_resources(self) -> set[Any]:
        """References of what fields without a look of their own are drawn with (12.7.3.3)."""
        if self._resources is None:
            self._resources = set(_within(self._reader.root, "/AcroForm"))
            if (form := entry(self._reader.root, "/AcroForm")) is not None:
                self._resources |= set(_within(form, "/DR"))
                kinds = entry(form, "/DR", {})
                for kind in kinds:
                    self._resources |= set(_within(kinds, kind))
                    self._resources |= {_reference(v) for v in entry(kinds, kind, {}).values()}
        return self._resources

    @property
    def count(self) -> int:
        """How many pages the file has."""
        with contextlib.suppress(*self._broken):
            return len(self._list())
        return 0

    def _written(self, number: int) -> int:
        """The last revision that wrote to a page, its content or its annotations.

        A page that cannot be read counts as written to by the last one.
        """
        xrefs = self._reader.xrefs
        with contextlib.suppress(*self._broken):
            page = self._page(number)
            references = {_reference(page.container_ref)}
            for key in ("/Contents", "/Annots", "/Resources"):
                references |= set(_within(page, key))
            for annotation in entry(page, "/Annots", ()):
                # The array gives references, not what they stand for.
                node = annotation.get_object() if _reference(annotation) else annotation
                references |= set(_within(node, "/AP"))
                if entry(node, "/Subtype") == "/Widget" and entry(node, "/FT") != "/Sig":
                    references |= self._form_resources()
            known = [r for r in references if r is not None]
            return max(int(xrefs.get_last_change(r)) for r in known)
        return int(xrefs.total_revisions)


def draws(widget: Any) -> bool:
    """True when the widget's normal appearance has any content."""
    look = entry(entry(widget, "/AP", {}), "/N")
    return bool(getattr(look, "data", b"").strip())


def _reference(value: Any) -> Any:
    """An indirect object's reference, or None for a direct one."""
    return getattr(value, "reference", None if not hasattr(value, "idnum") else value)


def _within(holder: Any, key: str) -> Iterator[Any]:
    """References of a value of a dictionary, and of an array's items or an appearance's states."""
    if key not in holder:
        return
    raw = holder.raw_get(key)
    yield _reference(raw)
    value = holder[key]
    if isinstance(value, list):
        yield from map(_reference, value)
    elif key == "/AP" and hasattr(value, "raw_get"):
        for state in value:
            yield _reference(value.raw_get(state))


def _key(reference: Any) -> Any:
    return getattr(reference, "idnum", None), getattr(reference, "generation", None)
