"""Handing files over on a medium that travels, where there is no line worth its name.

    FOLDER/outgoing/<id>.sealed          readable by the centre alone (envelope.py)
    FOLDER/outgoing/manifest-sha256.txt  for `sha256sum -c` before anything is opened
    FOLDER/receipts/<id>.receipt.json    what the centre writes when it has stored the file

The id is drawn at random and the digest is nowhere on the medium but inside the seal: a receipt
that names it can only come from one who opened the container. What was handed over is noted on the
desk; the file stays in the queue until its receipt is back, however long that takes.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
import secrets
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO, Any

from desk_app.errors import DeskError, NotFound, UsageError
from desk_app.records import Receipt
from desk_app.store.blobs import CHUNK, sync_folder
from desk_app.store.database import now_local
from desk_app.submission.adapters import Beat, Caps, Meta, Remote, Session, quiet
from desk_app.submission.answers import said
from desk_app.submission.envelope import Sealer, load_recipient
from desk_app.submission.errors import (
    DamagedInTransit,
    OffsetConflict,
    ReceiptMismatch,
    ReceiptPending,
    StoreFull,
    StoreMisconfigured,
    StoreUnreachable,
)

OUTGOING, RECEIPTS, MANIFEST = "outgoing", "receipts", "manifest-sha256.txt"
SEALED, PART = ".sealed", ".part"
REMAINS_S = 3600.0
MAX_RECEIPT = 64 * 1024


class UsbStore:
    """A StoreAdapter on a folder of a medium.

    Args:
        folder: on the medium; it is missing while the medium is away.
        recipient: PEM certificate of the centre.
        notes: folder of the desk for what was handed over.
        name: how messages call it.
        lost_after_days: after so long without a receipt a file is written again.
        chunk_bytes: size of a frame.
        clock: the station's time.
    """

    def __init__(
        self, folder: Path, recipient: Path, notes: Path, *, name: str = "usb",
        lost_after_days: int = 30, chunk_bytes: int = CHUNK,
        clock: Callable[[], datetime] = now_local,
    ) -> None:  # fmt: skip
        self.folder = folder
        self.name = name
        self.chunk_bytes = chunk_bytes
        self._recipient = recipient
        self._notes = notes
        self._lost_after = timedelta(days=lost_after_days)
        self._clock = clock
        self._open: tuple[str, Path, IO[bytes], Sealer] | None = None

    def probe(self) -> Caps:
        """Whether the medium takes and gives back bytes, and the centre's certificate is right."""
        self._certificate()
        with self._faults():
            self._require_medium()
            trial = self.folder / f".probe-{secrets.token_hex(8)}"
            try:
                write_durably(trial, trial.name.encode())
                kept = trial.read_bytes() == trial.name.encode()
            finally:
                trial.unlink(missing_ok=True)
        return Caps(
            resumable=False, min_part=1, verifies_sha256=kept, conditional_create=True, receipt=True
        )

    def stat(self, key: str) -> Remote | None:
        """What was handed over under a key, by the desk's own note."""
        note = self._note(key)
        return None if note is None else Remote(note["size"], note["size"], None, True)

    def begin(self, key: str, size: int, meta: Meta) -> Session:
        """Start a container; one that was cut off is written anew, its key went with its writer."""
        with self._faults():
            note = self._note(key)
            if note is not None and not self._is_lost(note):
                return Session(key, size, meta, size, note["id"])
            self._require_medium()
            self._abandon()
            (self.folder / OUTGOING).mkdir(exist_ok=True)
            self._clear_remains()
            session = Session(key, size, meta, 0, secrets.token_hex(16))
            part = self.folder / OUTGOING / (session.token + PART)
            stream = part.open("xb")
            facts = {"sha256": key, "size": size, "media": meta.media, "dossier": meta.dossier,
                     "document": meta.document}  # fmt: skip
            try:
                sealer = Sealer(stream, self._certificate(), facts)
            except BaseException:
                stream.close()
                part.unlink()
                raise
            self._open = (session.token, part, stream, sealer)
            return session

    def send(self, session: Session, offset: int, chunk: bytes, beat: Beat = quiet) -> int:
        """Seal the next bytes."""
        if self._open is None or self._open[0] != session.token:
            raise OffsetConflict(store=self.name)
        with self._faults():
            self._open[3].add(chunk)
        return offset + len(chunk)

    def finish(self, session: Session) -> Receipt:
        """The receipt that came back.

        Raises:
            ReceiptPending: handed over, now or earlier; it is not here yet.
        """
        with self._faults():
            if self._open is not None and self._open[0] == session.token:
                self._hand_over(session)
            note = self._note(session.key)
            if note is None:
                raise OffsetConflict(store=self.name)
            path = self._receipt(note)
            if not path.is_file():
                raise ReceiptPending(store=self.name, day=str(note["handed_at"])[:10])
            return self._read_receipt(path, note, session)

    def returned(self) -> list[str]:
        """Keys of the files whose receipts are on the medium."""
        try:
            notes = [self._read_note(path) for path in sorted(self._notes.glob("*.json"))]
            return [note["key"] for note in notes if note and self._receipt(note).is_file()]
        except OSError:
            return []  # the medium was pulled; its receipts are found the next time

    def fetch(self, key: str) -> Iterator[bytes]:
        """Not possible: the desk cannot open what it sealed."""
        raise NotFound(
            f"{key[:12]}: {self.name} (sealed)", detail_vi=f"{key[:12]}: {self.name} (niêm phong)"
        )

    def address(self, key: str) -> str:
        """The name under which the centre received it."""
        note = self._note(key)
        return str(note["id"]) if note else ""

    def close(self) -> None:
        """Drop a container that was not finished."""
        with contextlib.suppress(OSError):
            self._abandon()

    def _hand_over(self, session: Session) -> None:
        """Make the container whole and durable, look at it once more, note it."""
        assert self._open is not None
        _, part, stream, sealer = self._open
        self._open = None
        with stream:
            sealer.end()
            expected = stream.tell()
            stream.flush()
            os.fsync(stream.fileno())
            if hasattr(os, "posix_fadvise"):
                os.posix_fadvise(stream.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        if part.stat().st_size != expected:
            part.unlink()
            raise DamagedInTransit(store=self.name)
        sealed = part.with_suffix(SEALED)
        part.replace(sealed)
        self._list(sealed)
        self._notes.mkdir(parents=True, exist_ok=True, mode=0o700)
        note = {"key": session.key, "id": session.token, "size": session.size,
                "handed_at": self._clock().isoformat(timespec="seconds")}  # fmt: skip
        write_durably(self._notes / f"{session.key}.json", json.dumps(note).encode())

    def _list(self, sealed: Path) -> None:
        """Add a container to the manifest, computed from what the medium gives back."""
        with sealed.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
        manifest = sealed.parent / MANIFEST
        lines = manifest.read_text("ascii") if manifest.exists() else ""
        write_durably(manifest, f"{lines}{digest}  {sealed.name}\n".encode())

    def _read_receipt(self, path: Path, note: dict[str, Any], session: Session) -> Receipt:
        try:
            with path.open("rb") as stream:
                raw = said(stream.read(MAX_RECEIPT))
            if not isinstance(raw["size"], int) or not isinstance(raw["stored_at"], str):
                raise ValueError
            receipt = Receipt(
                str(raw["sha256"]), str(raw["sha256"]), raw["size"], raw["stored_at"],
                str(raw["store"]), raw,
            )  # fmt: skip
        except (ValueError, KeyError, TypeError) as fault:
            raise ReceiptMismatch("unreadable", detail_vi="không đọc được") from fault
        if raw.get("id") != note["id"] or receipt.sha256 != session.key:
            raise ReceiptMismatch("sha256")
        return receipt

    def _is_lost(self, note: dict[str, Any]) -> bool:
        """Long without a receipt, and the medium that is here does not carry it."""
        age = self._clock() - datetime.fromisoformat(note["handed_at"])
        if age < self._lost_after or not self.folder.is_dir():
            return False
        sealed = self.folder / OUTGOING / (note["id"] + SEALED)
        return not sealed.exists() and not self._receipt(note).is_file()

    def _receipt(self, note: dict[str, Any]) -> Path:
        return self.folder / RECEIPTS / f"{note['id']}.receipt.json"

    def _note(self, key: str) -> dict[str, Any] | None:
        if len(key) != 64 or not key.isalnum():
            raise UsageError(f"sha256 {key[:80]!r}")
        return self._read_note(self._notes / f"{key}.json")

    def _read_note(self, path: Path) -> dict[str, Any] | None:
        try:
            note: dict[str, Any] = json.loads(path.read_bytes())
            datetime.fromisoformat(note["handed_at"])
            return note if note["id"] and note["key"] and note["size"] >= 0 else None
        except FileNotFoundError:
            return None
        except (ValueError, KeyError, TypeError):
            return None  # unreadable: handed over once more, which harms nothing

    def _certificate(self) -> Any:  # noqa: ANN401 - a class of a heavy library
        try:
            return load_recipient(self._recipient)
        except UsageError as fault:
            en, vi = fault.facts["detail"], fault.facts["detail_vi"]
            raise StoreMisconfigured(store=self.name, vi_detail=vi, en_detail=en) from fault

    def _require_medium(self) -> None:
        if not self.folder.is_dir():
            raise StoreUnreachable(
                store=self.name, vi_detail="chưa cắm thiết bị bàn giao",
                en_detail="the hand-over medium is not plugged in",
            )  # fmt: skip

    def _clear_remains(self) -> None:
        """Containers of writers that were killed: nobody can go on with them, or open them."""
        for part in (self.folder / OUTGOING).glob(f"*{PART}"):
            if time.time() - part.stat().st_mtime > REMAINS_S:
                part.unlink(missing_ok=True)

    def _abandon(self) -> None:
        if self._open is not None:
            _, part, stream, _ = self._open
            self._open = None
            stream.close()
            part.unlink(missing_ok=True)

    @contextlib.contextmanager
    def _faults(self) -> Iterator[None]:
        """Turn what the file system says into words."""
        try:
            yield
        except DeskError:
            raise
        except OSError as fault:
            if fault.errno in (errno.ENOSPC, errno.EDQUOT):
                raise StoreFull(store=self.name) from fault
            words = fault.strerror or str(fault)
            raise StoreUnreachable(store=self.name, vi_detail=words, en_detail=words) from fault


def write_durably(path: Path, data: bytes) -> None:
    """Write a small file whole or not at all, and on the medium when this returns."""
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}{PART}")
    with temporary.open("xb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())
    temporary.replace(path)
    sync_folder(path.parent)
