"""A dossier's files are made as the station's settings say."""

from __future__ import annotations

import pikepdf
import pytest

from desk_app import paths, stages
from desk_app.imaging import picture
from desk_app.pdf import pdfa
from desk_app.records import Document, Page
from desk_app.settings import Settings
from desk_app.store import dossiers
from tests.pdf import paper

SIDE = paths.RESOURCES / "samples" / "birth_registration" / "s07a.jpg"
MIXED = Settings(pdf_profile="mrc")


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """A data folder with one dossier of two papers: a page each, read by the real reader."""
    data = tmp_path_factory.mktemp("desk") / "data"
    store = stages.open_store(data)
    header = picture.probe(SIDE)
    dossier = dossiers.create(store, "H49.64-261122-0001", "birth_registration")
    sha256 = store.blobs.put_bytes(SIDE.read_bytes())
    for ordinal in (1, 2):
        page = Page(f"p{ordinal}", dossier.id, 0.0, ordinal, "front", sha256, "image/jpeg",
                    header.width, header.height, round(header.dpi))  # fmt: skip
        dossiers.add_page(store, page, SIDE.stat().st_size, "job")
        stages.read_page(data, page.id)
    save_papers(store, dossier.id)
    yield data
    store.close()
    stages.open_store.cache_clear()


def save_papers(store, dossier_id):
    papers = [
        Document(f"d{n}", dossier_id, n, "authorisation", "authorisation", "Giấy ủy quyền", 1.0,
                 (f"p{n}",))
        for n in (1, 2)
    ]  # fmt: skip
    dossiers.save_assembly(store, dossier_id, papers, [], [])


@pytest.fixture
def made(data, tmp_path):
    """Makes the first paper's file anew with the settings it is given."""
    store = stages.open_store(data)

    def make(settings: Settings):
        dossier = dossiers.find(store, "H49.64-261122-0001")
        save_papers(store, dossier.id)
        stages.make_pdf(data, "d1", settings)
        sha256 = dossiers.document(store, "d1").pdf_sha256
        return store.blobs.copy_out(sha256, tmp_path / f"{sha256}.pdf")

    return make


def filters(path) -> set[str]:
    with pikepdf.open(path) as pdf:
        held = pdf.pages[0].obj.Resources.XObject
        return {str(held[name].Filter) for name in held} | {
            "stencil" for name in held if "/Mask" in held[name]
        }


def test_mixed_raster_content_is_small_and_valid(made):
    kept, mixed = made(Settings()), made(MIXED)
    assert mixed.stat().st_size < kept.stat().st_size / 5
    assert mixed.stat().st_size < 60_000
    assert pdfa.check(mixed, "2b") == ()
    assert "stencil" in filters(mixed)
    assert filters(kept) == {"/DCTDecode"}
    assert paper.words_seen(mixed) == paper.words_seen(kept) != []


@pytest.mark.parametrize("name", ["birth_registration", "1.001193"])
def test_a_procedure_has_its_own_profile(made, name):
    path = made(Settings(pdf_profile="mrc", pdf_profile_of=(f"{name}=bilevel",)))
    assert filters(path) == {"/JBIG2Decode"}
    assert pdfa.check(path, "2b") == ()


def test_a_long_document_is_encoded_elsewhere(made, data, tmp_path):
    from desk_app.jobs import Workers

    here = made(MIXED)
    pool = Workers(1)
    try:
        stages.make_pdf(data, "d2", MIXED, pool.submit)
    finally:
        pool.close()
    store = stages.open_store(data)
    sha256 = dossiers.document(store, "d2").pdf_sha256
    there = store.blobs.copy_out(sha256, tmp_path / "there.pdf")
    assert filters(there) == filters(here)
    assert paper.words_seen(there) == paper.words_seen(here)
