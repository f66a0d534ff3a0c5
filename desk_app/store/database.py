"""The desk's database: one connection per thread, durable commits, one way to change anything.

WAL with synchronous=FULL: a commit that was reported survives a power cut. A change is made
inside `transaction()`, which takes the write lock at once (a deferred BEGIN that reads first
fails with "database is locked" under a concurrent writer) and carries the audit record.

The file is SQLCipher's, the index of the texts included, with a raw key from the folder's vault:
deriving one from a passphrase at each connection would take half a second.
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from desk_app.errors import DatabaseBusy, DiskFull, StorageError
from desk_app.store import acting, audit, vault
from desk_app.store.blobs import Blobs
from desk_app.store.sql import sqlite3
from scanners import sealed

if TYPE_CHECKING:
    from sqlite_utils import Database

FILE_NAME = vault.DATABASE
LATEST = "m008_search_places"
BUSY_S = 30.0
CACHE_KIB = 32 << 10
"""For each connection at most: pages in it need not be decrypted again."""


def now_local() -> datetime:
    """The station's time with its offset."""
    return datetime.now().astimezone()


class Change:
    """An open transaction: SQL on `conn`, tables on `db`, one `audit` call at least."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.conn = store.conn
        self.db = store.db
        self.now = store.now()

    def audit(self, action: str, obj: str, **details: object) -> None:
        """Record what this transaction changes; ids, codes and hashes only."""
        self.audit_by(self.store.actor, action, obj, **details)

    def audit_by(self, actor: str, action: str, obj: str, **details: object) -> None:
        """The same for somebody else than the actor of this moment."""
        audit.append(self.conn, self.now, actor, action, obj, details)


class Store:
    """A data folder: database, blobs and spool. Safe to share between threads."""

    def __init__(
        self,
        folder: Path,
        *,
        actor: str = acting.STATION,
        clock: Callable[[], datetime] = now_local,
    ) -> None:
        self.folder = folder
        self._actor = actor
        self.spool = folder / "spool"
        self._clock = clock
        self._local = threading.local()
        self._make_folder(folder)
        self.vault = vault.open_vault(folder)
        self.blobs = Blobs(folder / "blobs", self.vault.keys)
        self._prepare()

    @property
    def actor(self) -> str:
        """For whom this thread works, or who this store was opened by."""
        return acting.actor() or self._actor

    @actor.setter
    def actor(self, name: str) -> None:
        self._actor = name

    def now(self) -> str:
        """Time stamp for records: ISO 8601 with offset, to the millisecond."""
        return self._clock().isoformat(timespec="milliseconds")

    @property
    def conn(self) -> sqlite3.Connection:
        """This thread's own connection."""
        conn: sqlite3.Connection | None = getattr(self._local, "conn", None)
        if conn is None:
            conn = self._connect()
            self._local.conn = conn
        return conn

    @property
    def db(self) -> Database:
        """This thread's connection as a sqlite-utils database."""
        db: Database | None = getattr(self._local, "db", None)
        if db is None:
            from sqlite_utils import Database  # 180 ms: not before the first write

            db = Database(self.conn)
            self._local.db = db
        return db

    def rows(self, sql: str, *values: object) -> list[sqlite3.Row]:
        """Read; outside a transaction it sees the last commit."""
        return self.conn.execute(sql, values).fetchall()

    def row(self, sql: str, *values: object) -> sqlite3.Row | None:
        """Read one row or nothing."""
        found: sqlite3.Row | None = self.conn.execute(sql, values).fetchone()
        return found

    @contextlib.contextmanager
    def transaction(self) -> Iterator[Change]:
        """Change the database, all or nothing, durable when it returns."""
        conn = self.conn
        with database_faults():
            conn.execute("BEGIN IMMEDIATE")
            try:
                yield Change(self)
                conn.execute("COMMIT")
            except BaseException:
                if conn.in_transaction:
                    conn.execute("ROLLBACK")
                raise

    def seal_key(self, context: str) -> sealed.Key | None:
        """What the files of a scan job are sealed with; None for plain text."""
        return None if self.vault.is_plain else self.vault.key(context)

    def data_version(self) -> int:
        """A number that changes when another connection commits; cheap to poll."""
        return int(self.conn.execute("PRAGMA data_version").fetchone()[0])

    def integrity(self) -> str:
        """What SQLite says of its own file: `ok`, or the first thing that is wrong."""
        with database_faults():
            return str(self.conn.execute("PRAGMA integrity_check(1)").fetchone()[0])

    def close(self) -> None:
        """Close this thread's connection; the others close with their threads."""
        conn = getattr(self._local, "conn", None)
        if conn is not None:
            conn.close()
            self._local.conn = self._local.db = None

    @staticmethod
    def _make_folder(folder: Path) -> None:
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as fault:
            raise StorageError(fault.strerror or str(fault)) from fault

    def _prepare(self) -> None:
        self._make_folder(self.blobs.folder)
        self._make_folder(self.spool)
        if not self._is_current():
            from desk_app.store.migrations import migrations

            with database_faults(), self._migration_lock():
                migrations.apply(self.db)

    def _is_current(self) -> bool:
        """Whether the newest migration is in; asks without importing sqlite-utils."""
        try:
            with database_faults():
                found = self.row("SELECT 1 FROM _sqlite_migrations WHERE name = ?", LATEST)
        except StorageError as fault:
            if "no such table" in str(fault):
                return False
            raise
        return found is not None

    @contextlib.contextmanager
    def _migration_lock(self) -> Iterator[None]:
        """Two programs that start on an empty folder must not both create the tables."""
        from desk_app.paths import locked

        with locked(self.folder / ".migrating", wait=True):
            yield

    def _connect(self) -> sqlite3.Connection:
        with database_faults():
            conn = connect(self.folder / FILE_NAME, self.vault.database_key())
            conn.execute("PRAGMA journal_mode = WAL")
            conn.execute("PRAGMA synchronous = FULL")
            conn.execute("PRAGMA foreign_keys = ON")
            if os.name == "posix":
                (self.folder / FILE_NAME).chmod(0o600)
            return conn


def connect(file: Path, key: str | None) -> sqlite3.Connection:
    """A connection to a database file, encrypted where there is a key; nothing is read yet.

    Args:
        file: The database.
        key: SQLCipher's raw key (`Vault.database_key`); None for plain text.
    """
    conn = sqlite3.connect(file, isolation_level=None, timeout=BUSY_S)
    if key is not None:
        conn.execute(f'PRAGMA key = "{key}"')
        conn.execute("PRAGMA cipher_log_level = NONE")  # faults are raised; stderr is the user's
    conn.row_factory = sqlite3.Row
    conn.execute("PRAGMA temp_store = MEMORY")  # sorted rows must not reach the disk in plain
    conn.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
    return conn


@contextlib.contextmanager
def database_faults() -> Iterator[None]:
    """Turn what SQLite says into the desk's errors."""
    try:
        yield
    except sqlite3.IntegrityError:
        raise
    except sqlite3.OperationalError as fault:
        if "full" in str(fault):
            raise DiskFull() from fault
        if "locked" in str(fault):
            raise DatabaseBusy() from fault
        raise StorageError(str(fault)) from fault
    except sqlite3.DatabaseError as fault:
        raise StorageError(str(fault)) from fault
