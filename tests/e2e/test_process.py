"""`desk process` does what can be done here, whatever is wrong with the store."""

import pytest

from desk_app import settings, waiting
from desk_app.records import Page
from desk_app.store import dossiers
from desk_app.store.database import Store
from signing.errors import TimestampUnreachable
from tests.e2e.conftest import ROOT, desk
from tests.store.finished import reading

CODE = "H49.64-260302-0001"
SHEET = ROOT / "resources/samples/birth_registration/s03b.jpg"
BAD = {
    "missing field": ('adapter = "tus"\n[tus]', "BAD_USAGE", 2),
    "unknown adapter": ('adapter = "ftp"', "BAD_USAGE", 2),
    "wrong address": ('adapter = "tus"\n[tus]\nurl = "http://127.0.0.1:9/f"', "LINE_BROKEN", 3),
    "wrong certificate": (
        'adapter = "tus"\n[tus]\nurl = "https://127.0.0.1:9/f"\nca = "none.pem"',
        "STORE_PROFILE", 3,
    ),
    "no such profile": (None, "NOT_FOUND", 2),
}  # fmt: skip


def call(data, *arguments):
    return desk(*arguments, "--data", data, "--json")


@pytest.fixture
def data(tmp_path):
    """A dossier whose page is read and not sorted yet, and a signed file in the queue."""
    folder = tmp_path / "data"
    store = Store(folder)
    dossier = dossiers.create(store, CODE, "birth_registration")
    page = Page("p1", dossier.id, 0, 1, "front", store.blobs.adopt(SHEET), "image/jpeg", 2480,
                3508, 300)  # fmt: skip
    dossiers.add_page(store, page, SHEET.stat().st_size, "job")
    dossiers.save_reading(store, "p1", reading())
    dossiers.move(store, dossier.id, "recognising")
    store.close()
    return folder


def queue_a_file(data):
    from tests.submission.desk import content, make_ready, new_dossier, put

    store = Store(data)
    other = new_dossier(store, "H49-260302-0009")
    put(store, other, content(1, 500), target="tinh")
    make_ready(store, other)
    store.close()


@pytest.mark.parametrize("name", BAD)
def test_local_work_goes_on_and_the_store_s_trouble_is_a_sentence(data, tmp_path, name):
    text, code, exit_code = BAD[name]
    where = tmp_path / "tinh.toml"
    if text is not None:
        where.write_text(text)
    queue_a_file(data)
    settings.save(data, settings.Settings(store_profile=str(where), workers=1))
    answer = call(data, "process")
    assert answer.code == exit_code, answer.out
    said = answer.json
    assert said["done"]["read"] == 1
    assert said["failed"] == []
    assert said["done"]["upload"] == 0
    assert said["upload_error"]["code"] == code
    assert said["upload_error"]["vi"]
    assert said["upload_error"]["next"]
    assert call(data, "show", CODE).json["dossier"]["state"] == "to_check"


def test_an_unread_page_is_called_by_its_number(tmp_path):
    folder = tmp_path / "data"
    store = Store(folder)
    dossier = dossiers.create(store, CODE, "birth_registration")
    for n, data in enumerate((b"no picture", b"none either"), start=1):
        page = Page(f"p{n}", dossier.id, 0, n, "front", store.blobs.put_bytes(data), "image/jpeg",
                    2480, 3508, 300)  # fmt: skip
        dossiers.add_page(store, page, len(data), "job")
    dossiers.move(store, dossier.id, "recognising")
    store.close()
    answer = call(folder, "process")
    assert answer.code == 1
    first, second = answer.json["failed"]
    assert (first["code"], first["page_number"], second["page_number"]) == ("PAGE_UNREAD", 1, 2)
    assert f"trang 2 của hồ sơ {CODE}" in second["vi"]
    assert f"page 2 of dossier {CODE}" in second["en"]
    assert page.sha256[:12] not in second["vi"]


def test_the_queue_s_list_tells_what_waits_to_be_signed(data):
    store = Store(data)
    dossier = dossiers.find(store, CODE)
    for state in ("to_check", "checked", "to_sign"):
        dossiers.move(store, dossier.id, state)
    waiting.note(store, dossier.id, TimestampUnreachable("no answer"), needs_key=True)
    store.close()
    (wait,) = call(data, "queue", "list").json["waiting_to_sign"]
    assert (wait["dossier"], wait["code"]) == (CODE, "TSA_UNREACHABLE")
    assert CODE in desk("queue", "list", "--data", data).out
