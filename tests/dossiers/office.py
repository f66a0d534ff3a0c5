"""Dossiers with signed papers, made by hand: values, files and states, no pictures or keys."""

import hashlib

from desk_app.records import Document, Field
from desk_app.store import dossiers, states

GOOD = {"status": "valid"}
ROAD = ("to_check", "checked", "to_sign", "signed", "to_upload")


def digest(text):
    return hashlib.sha256(text.encode()).hexdigest()


def values(**fields):
    return tuple(Field(name, value, 0.95, "ocr") for name, value in fields.items())


def paper(name, kind=None, component=None, confidence=0.95, **fields):
    """(id, type, component, …): what a dossier is filled with."""
    return name, kind, component, confidence, values(**fields)


def fill(store, code, papers, procedure="birth_registration", findings=()):
    dossier = dossiers.create(store, code, procedure)
    states.move(store, dossier.id, "recognising")
    assemble(store, dossier.id, papers, findings)
    states.move(store, dossier.id, "to_check")
    return dossier


def assemble(store, dossier_id, papers, findings=()):
    documents = [
        Document(f"D-{dossier_id}-{name}", dossier_id, n, component, kind, f"Giấy {name}",
                 confidence, (), fields)
        for n, (name, kind, component, confidence, fields) in enumerate(papers, start=1)
    ]  # fmt: skip
    dossiers.save_assembly(store, dossier_id, documents, [], list(findings))


def sign(store, dossier, version="a", verdict=GOOD, *, done=False):
    """Every paper signed, the dossier on its way; the files are real blobs."""
    for state in ROAD[1:3]:
        states.move(store, dossier.id, state)
    for each in dossiers.documents(store, dossier.id):
        key = store.blobs.put_bytes(f"{each.id} {version}".encode())
        with store.transaction() as change:
            dossiers.set_signed_in(change, each.id, key, 10, verdict)
    for state in ROAD[3:]:
        states.move(store, dossier.id, state)
    for state in ("stored", "done") if done else ():
        states.move(store, dossier.id, state)
    return dossiers.documents(store, dossier.id)
