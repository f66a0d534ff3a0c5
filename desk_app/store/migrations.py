"""The schema, as steps that are applied once each and never edited after a release."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from sqlite_utils import Migrations

if TYPE_CHECKING:
    from sqlite_utils import Database

    from desk_app.store.sql import sqlite3

migrations = Migrations("desk")

FIRST_SCHEMA = """
CREATE TABLE dossier(
  id TEXT PRIMARY KEY, code TEXT NOT NULL UNIQUE, procedure TEXT NOT NULL, state TEXT NOT NULL,
  state_since TEXT NOT NULL, created_at TEXT NOT NULL, options TEXT NOT NULL DEFAULT '{}');
CREATE INDEX dossier_state ON dossier(state, state_since);

CREATE TABLE scan_job(
  id TEXT PRIMARY KEY, dossier_id TEXT NOT NULL REFERENCES dossier(id), device TEXT NOT NULL,
  folder TEXT NOT NULL, settings TEXT NOT NULL, state TEXT NOT NULL, reason TEXT,
  started_at TEXT NOT NULL, ended_at TEXT);
CREATE INDEX scan_job_dossier ON scan_job(dossier_id, started_at);
CREATE INDEX scan_job_running ON scan_job(id) WHERE state = 'running';

CREATE TABLE blob(
  sha256 TEXT PRIMARY KEY, size INTEGER NOT NULL, media TEXT NOT NULL, created_at TEXT NOT NULL);

CREATE TABLE document(
  id TEXT PRIMARY KEY, dossier_id TEXT NOT NULL REFERENCES dossier(id), ordinal INTEGER NOT NULL,
  component TEXT, type TEXT, title TEXT NOT NULL, confidence REAL NOT NULL,
  pdf_sha256 TEXT, signed_sha256 TEXT, verdict TEXT);
CREATE INDEX document_dossier ON document(dossier_id, ordinal);

CREATE TABLE page(
  id TEXT PRIMARY KEY, dossier_id TEXT NOT NULL REFERENCES dossier(id), position REAL NOT NULL,
  sheet INTEGER NOT NULL, side TEXT NOT NULL, sha256 TEXT NOT NULL REFERENCES blob(sha256),
  media TEXT NOT NULL, width INTEGER NOT NULL, height INTEGER NOT NULL, dpi INTEGER NOT NULL,
  job_id TEXT, landed_at TEXT NOT NULL, set_aside INTEGER NOT NULL DEFAULT 0,
  set_aside_reason TEXT, document_id TEXT REFERENCES document(id),
  document_position INTEGER, reading_sha256 TEXT, failure TEXT, clerk TEXT NOT NULL DEFAULT '{}');
CREATE INDEX page_dossier ON page(dossier_id, position);
CREATE INDEX page_unread ON page(dossier_id) WHERE reading_sha256 IS NULL;

CREATE TABLE field(
  document_id TEXT NOT NULL REFERENCES document(id), name TEXT NOT NULL, value TEXT NOT NULL,
  confidence REAL NOT NULL, source TEXT NOT NULL, page_id TEXT, box TEXT, problem TEXT,
  PRIMARY KEY(document_id, name));

CREATE TABLE finding(
  id INTEGER PRIMARY KEY, dossier_id TEXT NOT NULL REFERENCES dossier(id), code TEXT NOT NULL,
  severity TEXT NOT NULL, vi TEXT NOT NULL, en TEXT NOT NULL, document_id TEXT, page_id TEXT,
  box TEXT, component TEXT, accepted TEXT);
CREATE INDEX finding_dossier ON finding(dossier_id);

CREATE TABLE stage_result(
  key TEXT PRIMARY KEY, stage TEXT NOT NULL, output TEXT NOT NULL, created_at TEXT NOT NULL);

CREATE TABLE upload(
  id INTEGER PRIMARY KEY, key TEXT NOT NULL, target TEXT NOT NULL,
  dossier_id TEXT NOT NULL REFERENCES dossier(id), document_id TEXT, bytes INTEGER NOT NULL,
  state TEXT NOT NULL, prio INTEGER NOT NULL DEFAULT 5, attempts INTEGER NOT NULL DEFAULT 0,
  not_before REAL NOT NULL DEFAULT 0, lease_owner TEXT, lease_until REAL,
  sent INTEGER NOT NULL DEFAULT 0, error TEXT, receipt TEXT, created_at TEXT NOT NULL,
  done_at TEXT, UNIQUE(target, key));
CREATE INDEX upload_queued ON upload(prio, not_before, id) WHERE state = 'queued';
CREATE INDEX upload_waiting ON upload(not_before) WHERE state = 'waiting';
CREATE INDEX upload_leased ON upload(lease_until) WHERE state = 'leased';
CREATE INDEX upload_dossier ON upload(dossier_id);

CREATE TABLE upload_count(state TEXT PRIMARY KEY, n INTEGER NOT NULL);
CREATE TRIGGER upload_count_insert AFTER INSERT ON upload BEGIN
  INSERT INTO upload_count VALUES(new.state, 1) ON CONFLICT(state) DO UPDATE SET n = n + 1; END;
CREATE TRIGGER upload_count_delete AFTER DELETE ON upload BEGIN
  UPDATE upload_count SET n = n - 1 WHERE state = old.state; END;
CREATE TRIGGER upload_count_update AFTER UPDATE OF state ON upload WHEN old.state <> new.state BEGIN
  UPDATE upload_count SET n = n - 1 WHERE state = old.state;
  INSERT INTO upload_count VALUES(new.state, 1) ON CONFLICT(state) DO UPDATE SET n = n + 1; END;

CREATE TABLE audit_event(
  seq INTEGER PRIMARY KEY, ts TEXT NOT NULL, actor TEXT NOT NULL, action TEXT NOT NULL,
  object TEXT NOT NULL, details TEXT NOT NULL, prev_hash TEXT NOT NULL, hash TEXT NOT NULL);
CREATE TABLE audit_head(
  id INTEGER PRIMARY KEY CHECK (id = 1), seq INTEGER NOT NULL, hash TEXT NOT NULL);
"""


BATCHES_AND_EDITS = """
ALTER TABLE scan_job ADD COLUMN place TEXT;
ALTER TABLE page ADD COLUMN checks TEXT;

CREATE TABLE page_edit(
  seq INTEGER PRIMARY KEY, dossier_id TEXT NOT NULL REFERENCES dossier(id), op TEXT NOT NULL,
  steps TEXT NOT NULL, back TEXT NOT NULL, undoes INTEGER UNIQUE REFERENCES page_edit(seq),
  job_id TEXT, made_at TEXT NOT NULL, actor TEXT NOT NULL);
CREATE INDEX page_edit_dossier ON page_edit(dossier_id, seq);
CREATE INDEX page_edit_job ON page_edit(job_id) WHERE job_id IS NOT NULL;

CREATE TABLE batch(
  id TEXT PRIMARY KEY, code TEXT NOT NULL UNIQUE,
  tray_id TEXT NOT NULL UNIQUE REFERENCES dossier(id), state TEXT NOT NULL,
  state_since TEXT NOT NULL, plan TEXT NOT NULL, operator TEXT NOT NULL, seat TEXT NOT NULL,
  created_at TEXT NOT NULL, closing_reason TEXT);
CREATE INDEX batch_state ON batch(state, state_since);

CREATE TABLE batch_page(
  page_id TEXT PRIMARY KEY REFERENCES page(id), batch_id TEXT NOT NULL REFERENCES batch(id),
  sheet INTEGER NOT NULL, side TEXT NOT NULL, role TEXT NOT NULL DEFAULT 'page', code TEXT);
CREATE INDEX batch_page_batch ON batch_page(batch_id, sheet, side);
CREATE VIEW batch_sheet AS
  SELECT m.page_id, m.batch_id, b.tray_id, p.dossier_id, p.position, m.role, m.code,
    iif(p.dossier_id = b.tray_id, p.sheet, m.sheet) AS sheet,
    iif(p.dossier_id = b.tray_id, p.side, m.side) AS side
  FROM batch_page m JOIN batch b ON b.id = m.batch_id JOIN page p ON p.id = m.page_id;

CREATE TABLE batch_exception(
  id INTEGER PRIMARY KEY, batch_id TEXT NOT NULL REFERENCES batch(id), code TEXT NOT NULL,
  sheet INTEGER NOT NULL, page_id TEXT, vi TEXT NOT NULL, en TEXT NOT NULL, found_at TEXT NOT NULL,
  settled_at TEXT, settled TEXT, UNIQUE(batch_id, code, sheet));
"""

REVIEWS = """
CREATE TABLE review(
  seq INTEGER PRIMARY KEY, dossier_id TEXT NOT NULL REFERENCES dossier(id),
  document_id TEXT NOT NULL, signed_sha256 TEXT NOT NULL, decision TEXT NOT NULL,
  reason TEXT NOT NULL, actor TEXT NOT NULL, at TEXT NOT NULL, settled_at TEXT);
CREATE INDEX review_document ON review(document_id, seq);
CREATE INDEX review_dossier ON review(dossier_id, seq);

CREATE TABLE document_version(
  document_id TEXT NOT NULL, dossier_id TEXT NOT NULL REFERENCES dossier(id),
  version INTEGER NOT NULL, title TEXT NOT NULL, pdf_sha256 TEXT, signed_sha256 TEXT NOT NULL,
  verdict TEXT, replaced_at TEXT NOT NULL, PRIMARY KEY(document_id, version));
CREATE INDEX document_version_dossier ON document_version(dossier_id);

CREATE INDEX upload_created ON upload(created_at);
CREATE INDEX upload_done ON upload(done_at) WHERE state = 'done';
"""


RECORDS = """
CREATE TABLE reuse(
  id INTEGER PRIMARY KEY, dossier_id TEXT NOT NULL REFERENCES dossier(id),
  component TEXT NOT NULL, source_document_id TEXT NOT NULL, source_dossier_id TEXT NOT NULL,
  sha256 TEXT NOT NULL, origin TEXT NOT NULL, actor TEXT NOT NULL, at TEXT NOT NULL,
  withdrawn_at TEXT);
CREATE UNIQUE INDEX reuse_standing ON reuse(dossier_id, component) WHERE withdrawn_at IS NULL;
CREATE INDEX reuse_source ON reuse(source_document_id);

CREATE TABLE digitization(
  code TEXT NOT NULL, version INTEGER NOT NULL, document_id TEXT NOT NULL,
  dossier_id TEXT NOT NULL REFERENCES dossier(id), signed_sha256 TEXT NOT NULL,
  profile TEXT NOT NULL, actor TEXT NOT NULL, at TEXT NOT NULL, PRIMARY KEY(code, version));
CREATE UNIQUE INDEX digitization_file ON digitization(document_id, signed_sha256);
CREATE INDEX digitization_dossier ON digitization(dossier_id);
CREATE TABLE digitization_counter(scope TEXT PRIMARY KEY, n INTEGER NOT NULL);

CREATE TABLE result_paper(
  document_id TEXT PRIMARY KEY, dossier_id TEXT NOT NULL REFERENCES dossier(id),
  is_result INTEGER NOT NULL, actor TEXT NOT NULL, at TEXT NOT NULL);
CREATE INDEX result_paper_dossier ON result_paper(dossier_id);

CREATE INDEX page_sha256 ON page(sha256);
CREATE INDEX field_value ON field(value);
CREATE INDEX dossier_created ON dossier(created_at);
CREATE INDEX document_signed ON document(signed_sha256) WHERE signed_sha256 IS NOT NULL;
CREATE INDEX audit_opened ON audit_event(object) WHERE action = 'dossier.create';

CREATE TABLE search_entry(
  id INTEGER PRIMARY KEY, kind TEXT NOT NULL, of TEXT NOT NULL, code TEXT NOT NULL DEFAULT '',
  person TEXT NOT NULL DEFAULT '', text TEXT NOT NULL DEFAULT '', UNIQUE(kind, of));
CREATE TABLE search_due(
  kind TEXT NOT NULL, of TEXT NOT NULL, PRIMARY KEY(kind, of)) WITHOUT ROWID;
CREATE VIEW search_plain AS SELECT id,
  replace(replace(code, 'đ', 'd'), 'Đ', 'd') AS code,
  replace(replace(person, 'đ', 'd'), 'Đ', 'd') AS person,
  replace(replace(text, 'đ', 'd'), 'Đ', 'd') AS text FROM search_entry;
CREATE VIRTUAL TABLE search_index USING fts5(code, person, text, content='search_plain',
  content_rowid='id', tokenize="unicode61 remove_diacritics 2", prefix='2 3');
CREATE TRIGGER search_entry_insert AFTER INSERT ON search_entry BEGIN
  INSERT INTO search_index(rowid, code, person, text)
    SELECT id, code, person, text FROM search_plain WHERE id = new.id; END;
CREATE TRIGGER search_entry_update BEFORE UPDATE ON search_entry BEGIN
  INSERT INTO search_index(search_index, rowid, code, person, text)
    SELECT 'delete', id, code, person, text FROM search_plain WHERE id = old.id; END;
CREATE TRIGGER search_entry_updated AFTER UPDATE ON search_entry BEGIN
  INSERT INTO search_index(rowid, code, person, text)
    SELECT id, code, person, text FROM search_plain WHERE id = new.id; END;
CREATE TRIGGER search_entry_delete BEFORE DELETE ON search_entry BEGIN
  INSERT INTO search_index(search_index, rowid, code, person, text)
    SELECT 'delete', id, code, person, text FROM search_plain WHERE id = old.id; END;

CREATE TRIGGER search_dossier AFTER INSERT ON dossier BEGIN
  INSERT INTO search_due SELECT 'dossier', new.id
    WHERE NOT EXISTS (SELECT 1 FROM search_due WHERE kind = 'dossier' AND of = new.id); END;
CREATE TRIGGER search_page AFTER UPDATE OF reading_sha256 ON page
  WHEN old.reading_sha256 IS NOT new.reading_sha256 BEGIN
  INSERT INTO search_due SELECT 'page', new.id
    WHERE NOT EXISTS (SELECT 1 FROM search_due WHERE kind = 'page' AND of = new.id); END;
CREATE TRIGGER search_document AFTER INSERT ON document BEGIN
  INSERT INTO search_due SELECT 'document', new.id
    WHERE NOT EXISTS (SELECT 1 FROM search_due WHERE kind = 'document' AND of = new.id); END;
CREATE TRIGGER search_document_gone AFTER DELETE ON document BEGIN
  INSERT INTO search_due SELECT 'document', old.id
    WHERE NOT EXISTS (SELECT 1 FROM search_due WHERE kind = 'document' AND of = old.id); END;
CREATE TRIGGER search_field AFTER INSERT ON field BEGIN
  INSERT INTO search_due SELECT 'document', new.document_id
    WHERE NOT EXISTS (SELECT 1 FROM search_due WHERE kind = 'document' AND of = new.document_id);
  END;
CREATE TRIGGER search_field_changed AFTER UPDATE ON field BEGIN
  INSERT INTO search_due SELECT 'document', new.document_id
    WHERE NOT EXISTS (SELECT 1 FROM search_due WHERE kind = 'document' AND of = new.document_id);
  END;
CREATE TRIGGER search_field_gone AFTER DELETE ON field BEGIN
  INSERT INTO search_due SELECT 'document', old.document_id
    WHERE NOT EXISTS (SELECT 1 FROM search_due WHERE kind = 'document' AND of = old.document_id);
  END;
INSERT INTO search_due SELECT 'dossier', id FROM dossier;
INSERT INTO search_due SELECT 'document', id FROM document;
INSERT INTO search_due SELECT 'page', id FROM page WHERE reading_sha256 IS NOT NULL;
"""

PEOPLE = """
CREATE TABLE person(
  id TEXT PRIMARY KEY, name TEXT NOT NULL, folded TEXT NOT NULL UNIQUE, role TEXT NOT NULL,
  pin TEXT NOT NULL, created_at TEXT NOT NULL, disabled_at TEXT,
  failures INTEGER NOT NULL DEFAULT 0, locked_until TEXT, last_login TEXT);
CREATE TABLE login_stranger(
  name_hash TEXT PRIMARY KEY, failures INTEGER NOT NULL, locked_until TEXT, at TEXT NOT NULL);
CREATE TABLE station_secret(name TEXT PRIMARY KEY, value BLOB NOT NULL);
CREATE INDEX audit_object ON audit_event(object);
"""

RETENTION = """
CREATE TABLE purge(
  dossier_id TEXT PRIMARY KEY REFERENCES dossier(id), at TEXT NOT NULL, actor TEXT NOT NULL,
  keep_days INTEGER NOT NULL, receipt_at TEXT NOT NULL, files INTEGER NOT NULL,
  pages INTEGER NOT NULL, fields INTEGER NOT NULL, blobs INTEGER NOT NULL, bytes INTEGER NOT NULL,
  cleared_at TEXT);
CREATE INDEX purge_unfinished ON purge(dossier_id) WHERE cleared_at IS NULL;
CREATE TABLE blob_purged(
  sha256 TEXT PRIMARY KEY REFERENCES blob(sha256), dossier_id TEXT NOT NULL REFERENCES purge,
  removed_at TEXT);
CREATE INDEX blob_purged_waiting ON blob_purged(dossier_id) WHERE removed_at IS NULL;
CREATE TABLE purge_look(id INTEGER PRIMARY KEY CHECK (id = 1), at TEXT NOT NULL);

CREATE TABLE secrecy(
  dossier_id TEXT NOT NULL REFERENCES dossier(id), document_id TEXT NOT NULL DEFAULT '',
  mode TEXT NOT NULL CHECK (mode IN ('01', '02', '03')), actor TEXT NOT NULL, at TEXT NOT NULL,
  PRIMARY KEY(dossier_id, document_id));

CREATE INDEX page_reading ON page(reading_sha256) WHERE reading_sha256 IS NOT NULL;
CREATE INDEX document_pdf ON document(pdf_sha256) WHERE pdf_sha256 IS NOT NULL;
CREATE INDEX document_version_signed ON document_version(signed_sha256);
CREATE INDEX document_version_pdf ON document_version(pdf_sha256) WHERE pdf_sha256 IS NOT NULL;
CREATE INDEX reuse_file ON reuse(sha256);
CREATE INDEX stage_output ON stage_result(output);
CREATE INDEX audit_description ON audit_event(json_extract(details, '$.sha256'))
  WHERE action = 'dossier.describe';
CREATE INDEX upload_key ON upload(key);
CREATE INDEX upload_ready ON upload(target, prio, not_before, id, bytes) WHERE state = 'queued';
"""

SEARCH_PLACES = """
CREATE TABLE search_place(
  entry INTEGER PRIMARY KEY, day TEXT NOT NULL, procedure TEXT NOT NULL, type TEXT);
CREATE INDEX search_place_day ON search_place(day);
CREATE INDEX search_place_procedure ON search_place(procedure);
CREATE INDEX search_place_type ON search_place(type) WHERE type IS NOT NULL;
CREATE VIEW search_place_now AS
  SELECT e.id AS entry, e.kind, e.of, substr(d.created_at, 1, 10) AS day, d.procedure, m.type
  FROM search_entry e
  LEFT JOIN page p ON e.kind = 'page' AND p.id = e.of
  LEFT JOIN document m ON m.id = iif(e.kind = 'document', e.of, p.document_id)
  CROSS JOIN dossier d
    ON d.id = iif(e.kind = 'dossier', e.of, coalesce(p.dossier_id, m.dossier_id));
CREATE TRIGGER search_place_insert AFTER INSERT ON search_entry BEGIN
  INSERT INTO search_place SELECT entry, day, procedure, type FROM search_place_now
    WHERE entry = new.id; END;
CREATE TRIGGER search_place_delete AFTER DELETE ON search_entry BEGIN
  DELETE FROM search_place WHERE entry = old.id; END;
CREATE TRIGGER search_place_update AFTER UPDATE ON search_entry BEGIN
  DELETE FROM search_place WHERE entry = new.id;
  INSERT INTO search_place SELECT entry, day, procedure, type FROM search_place_now
    WHERE entry = new.id; END;
CREATE TRIGGER search_place_page AFTER UPDATE OF dossier_id, document_id ON page
  WHEN old.dossier_id IS NOT new.dossier_id OR old.document_id IS NOT new.document_id BEGIN
  DELETE FROM search_place
    WHERE entry = (SELECT id FROM search_entry WHERE kind = 'page' AND of = new.id);
  INSERT INTO search_place SELECT entry, day, procedure, type FROM search_place_now
    WHERE kind = 'page' AND of = new.id; END;
CREATE TRIGGER search_place_type_changed AFTER UPDATE OF type ON document
  WHEN old.type IS NOT new.type BEGIN
  UPDATE search_place SET type = new.type WHERE entry IN (
    SELECT id FROM search_entry WHERE kind = 'document' AND of = new.id
    UNION ALL SELECT e.id FROM page p CROSS JOIN search_entry e ON e.kind = 'page' AND e.of = p.id
      WHERE p.dossier_id = new.dossier_id AND p.document_id = new.id); END;
CREATE TRIGGER search_place_dossier AFTER UPDATE OF procedure, created_at ON dossier
  WHEN old.procedure <> new.procedure OR old.created_at <> new.created_at BEGIN
  UPDATE search_place SET procedure = new.procedure, day = substr(new.created_at, 1, 10)
    WHERE entry IN (
    SELECT id FROM search_entry WHERE kind = 'dossier' AND of = new.id
    UNION ALL SELECT e.id FROM document m CROSS JOIN search_entry e
      ON e.kind = 'document' AND e.of = m.id WHERE m.dossier_id = new.id
    UNION ALL SELECT e.id FROM page p CROSS JOIN search_entry e
      ON e.kind = 'page' AND e.of = p.id WHERE p.dossier_id = new.id); END;
INSERT INTO search_place SELECT entry, day, procedure, type FROM search_place_now;
"""


@migrations()
def m001_first_schema(db: Database) -> None:
    """Dossiers, pages, documents, the outbox and the audit chain."""
    for statement in _statements(FIRST_SCHEMA):
        db.conn.execute(statement)


@migrations()
def m002_batches_and_edits(db: Database) -> None:
    """Page edits as a journal, batches with their sheets and exceptions."""
    for statement in _statements(BATCHES_AND_EDITS):
        db.conn.execute(statement)
    _journal_what_is_there(db.conn)


@migrations()
def m003_reviews(db: Database) -> None:
    """The supervisor's decisions, earlier versions of signed papers, the outbox by time."""
    for statement in _statements(REVIEWS):
        db.conn.execute(statement)


@migrations()
def m004_records(db: Database) -> None:
    """Reused papers, digitization codes, and the full-text index with what it still has to read.

    The triggers say NOT EXISTS where OR IGNORE would be shorter: an upsert overrides the latter.
    """
    for statement in _statements(RECORDS):
        db.conn.execute(statement)


@migrations()
def m005_turn_of_the_file(db: Database) -> None:
    """The turn that a page's file itself asks for (EXIF, PDF): a hint for reading."""
    db.conn.execute("ALTER TABLE page ADD COLUMN file_turn INTEGER NOT NULL DEFAULT 0")


@migrations()
def m006_people(db: Database) -> None:
    """People with their roles and PINs, and what the audit chain says of one object."""
    for statement in _statements(PEOPLE):
        db.conn.execute(statement)


@migrations()
def m007_retention(db: Database) -> None:
    """What was purged after its receipt, which papers are secret, a queue of several targets."""
    for statement in _statements(RETENTION):
        db.conn.execute(statement)


@migrations()
def m008_search_places(db: Database) -> None:
    """Day, procedure and kind of paper of every place: a search is narrowed without its texts."""
    for statement in _statements(SEARCH_PLACES):
        db.conn.execute(statement)


def _journal_what_is_there(conn: sqlite3.Connection) -> None:
    """Pages from before the journal enter it as landed in their order, decided as they are."""
    last: dict[str, str] = {}
    rows = conn.execute(
        "SELECT id, dossier_id, sheet, side, clerk, job_id, landed_at FROM page "
        "ORDER BY dossier_id, position, id"
    ).fetchall()
    for page_id, dossier_id, sheet, side, clerk, job_id, landed_at in rows:
        steps = [["land", page_id, dossier_id, last.get(dossier_id), sheet, side]]
        steps += [["decide", page_id, key, value] for key, value in json.loads(clerk).items()]
        conn.execute(
            "INSERT INTO page_edit(dossier_id, op, steps, back, job_id, made_at, actor) "
            "VALUES(?, 'land', ?, '[]', ?, ?, 'desk')",
            (dossier_id, json.dumps(steps), job_id, landed_at),
        )
        last[dossier_id] = page_id


def _statements(script: str) -> list[str]:
    """Split at the semicolons that end a line outside a trigger; executescript would commit."""
    found, current = [], ""
    for line in script.strip().splitlines():
        current += line + "\n"
        in_trigger = "CREATE TRIGGER" in current and not line.rstrip().endswith("END;")
        if line.rstrip().endswith(";") and not in_trigger:
            found.append(current)
            current = ""
    return found
