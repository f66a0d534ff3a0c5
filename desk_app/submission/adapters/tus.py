"""A store that speaks tus 1.0, the protocol of uploads that go on after a break.

An upload is named by the sha256 of its file: `HEAD <url>/<sha256>` finds it again after any kill,
with nothing remembered on this side. What counts as stored is decided by a receipt whose digest is
ours, by the bytes read back, or by both; never by a status code.

Not every server is the reference store (docs/profiles.md); `probe` tells what one can do.
"""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any, Literal
from urllib.parse import urljoin, urlsplit

from desk_app.errors import NotFound, UsageError
from desk_app.records import Receipt
from desk_app.store.database import now_local
from desk_app.submission.adapters import Beat, Caps, Meta, Remote, Session, quiet
from desk_app.submission.answers import refused, said
from desk_app.submission.errors import (
    DamagedInTransit,
    NotTheStore,
    OffsetConflict,
    ReceiptMismatch,
    StoreDamaged,
    StoreMisconfigured,
    require_receipt,
)
from desk_app.submission.wire import Answer, Wire

VERSION = {"Tus-Resumable": "1.0.0"}
CHUNK_FIRST = 256 * 1024
CHUNK_MIN = 32 * 1024
CHUNK_MAX = 8 * 1024 * 1024
EASY_S = 4.0
"""A chunk that took less may be twice as large next time."""
HASH_BYTES_PER_S = 10e6
"""Slowest store that we wait for while it reads a finished file back."""
_KEY = re.compile(r"[0-9a-f]{64}")
_GONE = {404, 410}
_PROBE = b"One-Stop Digitization Desk: probe of a store\n"
_PROBE_KEY = hashlib.sha256(_PROBE).hexdigest()
_PROBE_META = Meta("text/plain")

Verify = Literal["receipt", "read_back", "both"]
Headers = Callable[[bool], Mapping[str, str]]
"""Headers that let us in; True asks for fresh ones because the last were refused."""


def _last_part(url: str, location: str) -> str:
    """How a server calls a new upload; behind a proxy the rest of the address is often not ours."""
    try:
        return urlsplit(urljoin(url + "/", location)).path.rstrip("/").rsplit("/", 1)[-1]
    except ValueError:  # no address at all
        return ""


def _no_headers(_: bool) -> Mapping[str, str]:
    return {}


class ChunkSize:
    """How many bytes to hand over at a time: large while easy, smaller where breaks cost them.

    A server that keeps the beginning of a broken chunk loses us nothing; one behind a proxy that
    collects whole requests does, and gets smaller ones.
    """

    def __init__(self, first: int = CHUNK_FIRST, largest: int = CHUNK_MAX) -> None:
        self.bytes = first
        self._largest = largest

    def succeeded(self, seconds: float) -> None:
        """A chunk arrived after so long."""
        if seconds < EASY_S:
            self.bytes = min(self._largest, 2 * self.bytes)

    def failed(self, kept: int) -> None:
        """A chunk broke off; the server kept so many bytes of it."""
        if kept == 0:
            self.bytes = max(CHUNK_MIN, self.bytes // 2)

    def refused(self, size: int) -> bool:
        """A proxy found this too large for one request; False where less makes no sense."""
        self._largest = self.bytes = max(CHUNK_MIN, size // 2)
        return size > CHUNK_MIN


class TusStore:
    """A StoreAdapter on a tus endpoint.

    Args:
        url: where uploads are created, such as `https://kho.tinh.gov.vn/files`.
        name: how receipts and messages call it.
        wire: the connection.
        verify: what proves that a file is stored.
        receipt_path: of a receipt, below the endpoint; `{key}` is the sha256.
        headers: what lets us in.
        clock: time for receipts that are made by reading back.
    """

    def __init__(
        self, url: str, wire: Wire, *, name: str = "tus", verify: Verify = "receipt",
        receipt_path: str = "{key}/receipt", headers: Headers = _no_headers,
        chunk: ChunkSize | None = None, clock: Callable[[], datetime] = now_local,
    ) -> None:  # fmt: skip
        self.name = name
        self.url = url.rstrip("/")
        self.wire = wire
        self._verify = verify
        self._receipt_path = receipt_path
        self._headers = headers
        self._chunk = chunk or ChunkSize()
        self._clock = clock
        self._broke_at: tuple[str, int] | None = None

    @property
    def chunk_bytes(self) -> int:
        """How much to hand over next."""
        return self._chunk.bytes

    def stat(self, key: str) -> Remote | None:
        """What the server has; whether it is whole and right only `finish` tells."""
        answer = self._ask("HEAD", self._place(key))
        if answer.status in _GONE:
            return None
        if answer.status != 200:
            raise refused(self.name, answer)
        offset = self._number(answer, "upload-offset")
        size = self._number(answer, "upload-length") if "upload-length" in answer.headers else None
        return Remote(size, offset, None, offset == size)

    def begin(self, key: str, size: int, meta: Meta) -> Session:
        """Start or go on; a known name is never created a second time."""
        remote = self.stat(key)
        if remote is None and not self._create(key, size, meta):
            remote = self.stat(key)  # created in the same moment by another sender
        if remote is None:
            return Session(key, size, meta, 0)
        if remote.size not in (None, size):
            raise StoreDamaged(store=self.name, file=key)
        if remote.offset > size:
            raise self._strange(f"{remote.offset} > {size}")
        self._note_break(key, remote.offset)
        return Session(key, size, meta, remote.offset)

    def send(self, session: Session, offset: int, chunk: bytes, beat: Beat = quiet) -> int:
        """Hand over the bytes at `offset`; the server says how far it came."""
        started = time.monotonic()
        self._broke_at = (session.key, offset)
        answer = self._patch(session, offset, chunk, beat)
        if answer.status == 409 or answer.status in _GONE:
            raise OffsetConflict(store=self.name)
        reached = self._reached(answer, offset + len(chunk))
        self._broke_at = None
        self._chunk.succeeded(time.monotonic() - started)
        return reached

    def finish(self, session: Session) -> Receipt:
        """The store's receipt, asked for again where the last answer was lost.

        A server that was killed between the last byte and its look at the file has never verified
        it: an empty PATCH at the end makes it look.
        """
        receipt = None
        if self._verify != "read_back":
            receipt = self._kept_receipt(session.key) or self._demanded_receipt(session)
            require_receipt(receipt, session.key, session.size)
        if self._verify != "receipt":
            receipt = self._read_back(session, receipt)
        assert receipt is not None
        return receipt

    def fetch(self, key: str) -> Iterator[bytes]:
        """The stored bytes, in pieces."""
        if (remote := self.stat(key)) is None or not remote.complete:
            raise NotFound(
                f"{key[:12]} in the store {self.name}",
                detail_vi=f"{key[:12]} trong kho {self.name}",
            )
        return self.wire.stream(self._place(key), self._headers(False))

    def probe(self) -> Caps:
        """Try the store out: half a file, a second POST of it, then bytes that are not its own.

        What is finished stays in a store of records: the one file that is, is always the same.
        """
        whole = f"desk probe {secrets.token_hex(16)}".encode()
        session = self.begin(hashlib.sha256(whole).hexdigest(), len(whole), _PROBE_META)
        half = len(whole) // 2
        self.send(session, 0, whole[:half])
        arrived = self.begin(session.key, session.size, session.meta).offset
        refuses = not self._create(session.key, session.size, session.meta)
        unharmed = self.begin(session.key, session.size, session.meta).offset == half
        verifies = self._refuses(session, half, b"?" * (len(whole) - half))
        self._remove(session.key)
        return Caps(
            resumable=arrived == half, min_part=1, verifies_sha256=verifies,
            conditional_create=refuses and unharmed, receipt=self._gives_receipts(),
        )  # fmt: skip

    def address(self, key: str) -> str:
        """The address of the upload."""
        return self._place(key)

    def close(self) -> None:
        """Drop the connection."""
        self.wire.close()

    # --- steps --------------------------------------------------------------------------------

    def _create(self, key: str, size: int, meta: Meta) -> bool:
        """POST; False where the store knows the name already and refuses."""
        facts = {"sha256": key, "filetype": meta.media, "dossier": meta.dossier,
                 "document": meta.document}  # fmt: skip
        pairs = (f"{k} {base64.b64encode(v.encode()).decode()}" for k, v in facts.items() if v)
        answer = self._ask("POST", self.url, {
            "Upload-Length": str(size), "Upload-Metadata": ",".join(pairs), "Content-Length": "0",
        })  # fmt: skip
        if answer.status == 409:
            return False
        if answer.status not in (200, 201):
            raise refused(self.name, answer)
        if _last_part(self.url, answer.headers.get("location", "")) != key and size:
            raise StoreMisconfigured(
                store=self.name, vi_detail="kho không đặt tên tệp theo sha256",
                en_detail="the store does not name files by their sha256",
            )  # fmt: skip
        return True

    def _patch(self, session: Session, offset: int, chunk: bytes, beat: Beat = quiet) -> Answer:
        headers = {"Upload-Offset": str(offset), "Content-Type": "application/offset+octet-stream"}
        ends = offset + len(chunk) == session.size
        looks_s = session.size / HASH_BYTES_PER_S if ends else 0.0
        answer = self._ask(
            "PATCH", self._place(session.key), headers, chunk, beat=beat, extra_s=looks_s
        )
        if answer.status == 460:
            raise DamagedInTransit(store=self.name)
        if answer.status == 413 and self._chunk.refused(len(chunk)):
            raise OffsetConflict(store=self.name)  # once more, in smaller pieces
        return answer

    def _reached(self, answer: Answer, end: int) -> int:
        if answer.status not in (200, 204):
            raise refused(self.name, answer)
        reached = self._number(answer, "upload-offset")
        if reached != end:
            raise OffsetConflict(store=self.name)  # HEAD decides
        return reached

    def _kept_receipt(self, key: str) -> Receipt | None:
        answer = self._ask("GET", f"{self.url}/{self._receipt_path.format(key=key)}")
        if answer.status in _GONE:
            return None
        if answer.status != 200:
            raise refused(self.name, answer)
        return self._receipt(answer)

    def _demanded_receipt(self, session: Session) -> Receipt:
        answer = self._patch(session, session.size, b"")
        if answer.status == 409 or answer.status in _GONE:
            raise OffsetConflict(store=self.name)
        if answer.status not in (200, 204):
            raise refused(self.name, answer)
        if not answer.body:
            raise ReceiptMismatch("no receipt", detail_vi="không có biên nhận")
        return self._receipt(answer)

    def _receipt(self, answer: Answer) -> Receipt:
        """Only what is a receipt in form; whether it is for our bytes is checked after."""
        if answer.is_html:
            raise refused(self.name, answer)
        try:
            raw: dict[str, Any] = said(answer.body)
            size, stored_at = raw["size"], raw["stored_at"]
            if not isinstance(size, int | str) or not isinstance(stored_at, str):
                raise ValueError
            return Receipt(
                str(raw.get("key", raw["sha256"])).lower(), str(raw["sha256"]).lower(),
                int(size), stored_at, str(raw.get("store", self.name)), raw,
            )  # fmt: skip
        except (ValueError, KeyError, TypeError, AttributeError) as fault:
            raise ReceiptMismatch("unreadable", detail_vi="không đọc được") from fault

    def _read_back(self, session: Session, receipt: Receipt | None) -> Receipt:
        """Hash what the store gives back: our own word for what it holds."""
        digest, size = hashlib.sha256(), 0
        for piece in self.fetch(session.key):
            digest.update(piece)
            size += len(piece)
            if size > session.size:
                break
        if (digest.hexdigest(), size) != (session.key, session.size):
            raise StoreDamaged(store=self.name, file=session.key)
        raw = dict(receipt.raw) if receipt else {}
        now = self._clock().isoformat(timespec="milliseconds")
        stored_at = receipt.stored_at if receipt else now
        return Receipt(
            session.key, session.key, size, stored_at, self.name, raw | {"read_back_at": now}
        )

    def _refuses(self, session: Session, offset: int, wrong: bytes) -> bool:
        """Whether the store turns away bytes that are not those of the name."""
        try:
            answer = self._patch(session, offset, wrong)
        except DamagedInTransit:
            return True
        return answer.status not in (200, 204)

    def _gives_receipts(self) -> bool:
        session = self.begin(_PROBE_KEY, len(_PROBE), _PROBE_META)
        if session.offset < session.size:
            self.send(session, session.offset, _PROBE[session.offset :])
        try:
            receipt = self._kept_receipt(session.key) or self._demanded_receipt(session)
            require_receipt(receipt, session.key, session.size)
        except ReceiptMismatch:
            return False
        return True

    def _remove(self, key: str) -> None:
        answer = self._ask("DELETE", self._place(key))
        if answer.status not in (204, 400, 403, 404, 405, 410):
            raise refused(self.name, answer)

    def _note_break(self, key: str, offset: int) -> None:
        if self._broke_at is not None and self._broke_at[0] == key:
            self._chunk.failed(offset - self._broke_at[1])
        self._broke_at = None

    # --- talking ------------------------------------------------------------------------------

    def _ask(
        self, method: str, url: str, headers: Mapping[str, str] | None = None,
        body: bytes | None = None, *, beat: Beat = quiet, extra_s: float = 0.0,
    ) -> Answer:  # fmt: skip
        """One request; a token that ran out is renewed once."""
        for fresh in (False, True):
            sent = {**VERSION, **self._headers(fresh), **(headers or {})}
            answer = self.wire.request(method, url, sent, body, beat=beat, extra_s=extra_s)
            if answer.status != 401:
                break
        return answer

    def _place(self, key: str) -> str:
        if not _KEY.fullmatch(key):
            raise UsageError(f"sha256 {key[:80]!r}")
        return f"{self.url}/{key}"

    def _number(self, answer: Answer, name: str) -> int:
        text = answer.headers.get(name, "")
        if not (text.isascii() and text.isdigit() and len(text) < 19):
            raise refused(self.name, answer) if answer.is_html else self._strange(name)
        return int(text)

    def _strange(self, what: str) -> NotTheStore:
        return NotTheStore(
            store=self.name, vi_detail=f"câu trả lời không theo tus 1.0 ({what})",
            en_detail=f"its answer is not tus 1.0 ({what})",
        )  # fmt: skip
