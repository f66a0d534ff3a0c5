"""Refusals of the store and of what lies on it: each sentence in one language alone."""

from datetime import date

import pytest

from desk_app.capture import scan_profiles, separation
from desk_app.dossiers import codes, digitization, imports, provinces
from desk_app.errors import DeskError
from desk_app.records import Page
from desk_app.store import (
    batches,
    conversion,
    dossiers,
    edits,
    escrow,
    key_places,
    people,
    pins,
    secrecy,
    states,
    vault,
)
from desk_app.store.batches import Plan
from desk_app.store.database import FILE_NAME, Store
from desk_app.store.steps import Put, Stacks
from tests import one_language, quick_pins

CODES = ("H49.64-261122-0001", "H49.64-261122-0002")
PIN = b"190845"


@pytest.fixture
def store(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    quick_pins.use(monkeypatch)
    vault.forget()
    store = Store(tmp_path / "data")
    for code, names in zip(CODES, ("ab", "c"), strict=True):
        dossier = dossiers.create(store, code, "birth_registration")
        for sheet, name in enumerate(names, start=1):
            sha256 = store.blobs.put_bytes(name.encode())
            page = Page(name, dossier.id, 0, sheet, "front", sha256, "image/jpeg", 10, 20, 300)
            assert dossiers.add_page(store, page, 1, "job")
    yield store
    store.close()
    vault.forget()


def sign(store, code=CODES[0]):
    dossier = dossiers.find(store, code)
    for state in states.ORDER[2 : states.ORDER.index("signed") + 1]:
        states.move(store, dossier.id, state)
    return dossier.id


def undo_twice(store):
    edit = edits.move_pages(store, ["a"], "b")
    edits.undo(store, edit)
    edits.undo(store, edit)


def undo_below(store):
    edit = edits.move_pages(store, ["a"], "b")
    edits.delete(store, ["a"])
    edits.undo(store, edit)


def redo_standing(store):
    edits.redo(store, edits.move_pages(store, ["a"], "b"))


def edit_signed(store):
    sign(store)
    edits.move_pages(store, ["a"], "b")


def begin_signed(store):
    batch = batches.create(store, "L1", Plan(3), "", "")
    sign(store)
    batches.begin_dossier(store, batch, ["a"], CODES[0])


def unbalanced(store):
    batches.close(store, batches.create(store, "L1", Plan(3), "", ""), None, ["SHEETS"])


def resume_open(store):
    batches.resume(store, batches.create(store, "L1", Plan(3), "", ""), "", "")


def settle_nothing(store):
    batches.settle(store, batches.create(store, "L1", Plan(3), "", ""), "SHEETS", 2, "seen")


def say_mode(store, mode, paper=""):
    with store.transaction() as change:
        secrecy.say_in(change, dossiers.find(store, CODES[0]).id, mode, paper)


def damaged(store):
    path = store.blobs.path(store.blobs.put_bytes(b"page" * 999))
    path.write_bytes(path.read_bytes()[:-9])
    store.blobs.read(path.name)


def changed_inside(store):
    path = store.blobs.path(store.blobs.put_bytes(b"page" * 999))
    data = path.read_bytes()
    path.write_bytes(data[:70] + bytes([data[70] ^ 1]) + data[71:])
    store.blobs.read(path.name)


def add_person(store, name, role="administrator", pin=PIN):
    people.add(store, name, role, bytearray(pin))


def last_administrator(store):
    add_person(store, "Lan")
    people.set_disabled(store, people.find(store, "Lan").id, True)


def broken_database(store):
    store.close()
    (store.folder / FILE_NAME).write_bytes(b"no database" * 999)
    Store(store.folder)


def wrong_key(store):
    vault.checked(vault.read_marker(store.folder), bytes(32))


def no_marker(store):
    (store.folder / vault.FILE_NAME).unlink()
    vault.open_vault(store.folder)


def other_marker(store):
    marker = vault.Marker("plain")
    vault.write_marker(store.folder, marker)
    vault.open_vault(store.folder)


def passphrase(store):
    vault.set_passphrase(store.folder, b"long enough")
    vault.forget()
    vault.open_vault(store.folder)


def wrong_passphrase(store):
    vault.set_passphrase(store.folder, b"long enough")
    vault.unwrapped(vault.read_marker(store.folder), b"another one")


def import_twice(store):
    files = [store.folder / "x" / "a.toml", store.folder / "y" / "a.toml"]
    for file in files:
        file.parent.mkdir()
        file.write_text('[[province]]\nid = "p"\n', encoding="utf-8")
    imports.take(store, files)


def locked_profile(store):
    file = store.folder / "fixed.toml"
    file.write_text("locked = true\n", encoding="utf-8")
    scan_profiles.read_profile(file).with_changes({"dpi": "200"})


def wrong_profile(store, text):
    file = store.folder / "scan.toml"
    file.write_bytes(text)
    scan_profiles.read_profile(file)


REFUSED = {
    "no dossier": lambda s: dossiers.find(s, "X"),
    "no dossier to move": lambda s: states.move(s, "X", "scanning"),
    "no dossier to edit": lambda s: edits.move_pages(s, ["a"], None, "X"),
    "no page": lambda s: edits.decide(s, "X", first=True),
    "no pages": lambda s: edits.move_pages(s, [], None),
    "no edit": lambda s: edits.undo(s, 9),
    "undone before": undo_twice,
    "edited since": undo_below,
    "it stands": redo_standing,
    "itself": lambda s: edits.move_pages(s, ["a"], "a"),
    "page elsewhere": lambda s: edits.move_pages(s, ["a"], "c"),
    "page nowhere": lambda s: Stacks().apply(Put("a", "d", None, 1, "front")),
    "signed": edit_signed,
    "signed by code": begin_signed,
    "unbalanced batch": unbalanced,
    "open batch": resume_open,
    "declared sheets": lambda s: batches.create(s, "L", Plan(0), "", ""),
    "no tray": lambda s: batches.of_tray(s, "X"),
    "no exception": settle_nothing,
    "secrecy": lambda s: say_mode(s, "99"),
    "secret paper": lambda s: say_mode(s, "03", "X"),
    "no stored file": lambda s: s.blobs.read("ab" * 32),
    "damaged": damaged,
    "changed": changed_inside,
    "short PIN": lambda s: pins.check(bytearray(b"123")),
    "weak PIN": lambda s: pins.check(bytearray(b"123456")),
    "nobody": lambda s: people.find(s, "Lan"),
    "nameless": lambda s: add_person(s, " "),
    "first person": lambda s: add_person(s, "Lan", "clerk"),
    "last administrator": last_administrator,
    "no keyring": lambda s: key_places.get("ab", "keyring"),
    "broken database": broken_database,
    "wrong key": wrong_key,
    "no marker": no_marker,
    "other marker": other_marker,
    "passphrase": passphrase,
    "wrong passphrase": wrong_passphrase,
    "encrypted before": lambda s: conversion.encrypt(s.folder),
    "no escrow": lambda s: escrow.open_with_code([], "ab", b"code"),
    "no copy for a key": lambda s: escrow.open_with_key([], "ab", None),
    "no certificate": lambda s: escrow.copy_for_certificate(b"", "ab", s.folder / vault.FILE_NAME),
    "no key file": lambda s: escrow.private_key(f"p12:{s.folder / vault.FILE_NAME}", b""),
    "digitization code": lambda s: digitization.find(s, "X"),
    "digitized": lambda s: digitization.assign(s, provinces.at(s.folder), "X"),
    "province profile": lambda s: provinces.at(s.folder).profile("X"),
    "no import": lambda s: imports.take(s, [s.folder / "none.toml"]),
    "import twice": import_twice,
    "procedure code": lambda s: codes.check_procedure_code("X"),
    "office": lambda s: codes.org_levels("?"),
    "number": lambda s: codes.next_code("H56.17", date(2026, 1, 5), 0),
    "archive code": lambda s: codes.parse_file_code("X"),
    "scan profile": lambda s: scan_profiles.load("X", s.folder),
    "locked profile": locked_profile,
    "profile not TOML": lambda s: wrong_profile(s, b"dpi = = 3"),
    "profile not text": lambda s: wrong_profile(s, b"\xff"),
    "no profile": lambda s: scan_profiles.read_profile(s.folder / "none.toml"),
    "separation": lambda s: separation.load("X"),
    "pattern": lambda s: separation.load("code:("),
}


@pytest.mark.parametrize("refused", REFUSED.values(), ids=REFUSED)
def test_each_sentence_keeps_to_its_language(store, refused):
    with pytest.raises(DeskError) as caught:
        refused(store)
    one_language.require(caught.value)
