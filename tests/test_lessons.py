"""Decisions in a real store become lessons, and lessons name the pages of other dossiers."""

from __future__ import annotations

import pytest

from desk_app import stages, views
from desk_app.recognition import learning
from desk_app.records import Page
from desk_app.store import dossiers
from desk_app.store.database import Store
from tests.dossiers import handmade
from tests.recognition.drawn_types import papers

NEW, ASSIGNED = "unknown_judgment", "proposal"
"""A kind of paper that no rule knows, and the type that the clerk files it under."""
KNOWN = ("birth_registration_form", "marriage_certificate", "authorisation", "citizen_card")


class Counter:
    """A desk whose pages were read already: one paper a dossier."""

    def __init__(self, data):
        self.data, self.store, self.count = data, Store(data), 0

    def open(self, text):
        self.count += 1
        code = f"H49.64-261122-{self.count:04}"
        dossier = dossiers.create(self.store, code, "birth_registration")
        sha256 = self.store.blobs.put_bytes(f"picture {self.count}".encode())
        page = Page(f"P{self.count}", dossier.id, 0, 1, "front", sha256, "image/jpeg", 10, 20, 300)
        assert dossiers.add_page(self.store, page, 9, "job")
        dossiers.save_reading(self.store, page.id, handmade.reading(text))
        return dossier.id, page.id

    def assembled(self, dossier_id):
        stages.assemble(self.data, dossier_id)
        (document,) = dossiers.documents(self.store, dossier_id)
        return document

    def corrected(self, text, kind):
        dossier_id, page_id = self.open(text)
        self.assembled(dossier_id)
        dossiers.decide(self.store, page_id, type=kind, first=True)
        assert self.assembled(dossier_id).type == kind
        return dossier_id, page_id


@pytest.fixture
def counter(tmp_path):
    counter = Counter(tmp_path)
    yield counter
    counter.store.close()


def paper(kind, seed):
    return papers.drawn_page(kind, seed).read(0.03)


def test_ten_corrections_name_the_eleventh_page(counter):
    before = counter.assembled(counter.open(paper(NEW, 1))[0])
    assert before.type is None
    for seed in range(10):
        counter.corrected(paper(NEW, 100 + seed), ASSIGNED)
    after = counter.assembled(counter.open(paper(NEW, 2))[0])
    assert after.type == ASSIGNED
    assert after.confidence > 0.7
    for kind in KNOWN:  # nothing is forgotten
        assert counter.assembled(counter.open(paper(kind, 3))[0]).type == kind


def test_pages_that_were_read_before_are_named_by_later_lessons(counter):
    waiting, _ = counter.open(paper(NEW, 1))
    assert counter.assembled(waiting).type is None
    for seed in range(10):
        counter.corrected(paper(NEW, 100 + seed), ASSIGNED)
    assert counter.assembled(waiting).type == ASSIGNED


def test_a_decision_that_is_taken_back_is_forgotten(counter):
    text = paper(NEW, 5)
    dossier_id, page_id = counter.corrected(text, ASSIGNED)
    assert learning.suggest(counter.data, text.text)[0].type == ASSIGNED
    dossiers.decide(counter.store, page_id, type=None, first=None)
    assert counter.assembled(dossier_id).type is None
    assert not learning.has_taught(counter.data, page_id)
    assert ASSIGNED not in [each.type for each in learning.suggest(counter.data, text.text)]


def test_the_same_page_in_another_dossier_does_not_take_the_lesson_back(counter):
    text = paper(NEW, 6)
    counter.corrected(text, ASSIGNED)
    again = counter.assembled(counter.open(text)[0])
    assert again.type == ASSIGNED


def test_a_file_of_a_newer_program_stops_no_dossier(counter, caplog, monkeypatch):
    counter.corrected(paper(NEW, 7), ASSIGNED)
    monkeypatch.setattr(learning, "FORMAT", 0)
    dossier_id, page_id = counter.open(paper(KNOWN[0], 8))
    counter.assembled(dossier_id)
    assert "without what was learned" in caplog.text
    dossiers.decide(counter.store, page_id, type=ASSIGNED, first=True)
    assert counter.assembled(dossier_id).type == ASSIGNED
    assert "lesson" in caplog.text


def test_the_dossier_shows_the_type_that_a_page_has_now(counter):
    dossier_id, page_id = counter.open(paper(NEW, 1))
    counter.assembled(dossier_id)
    for seed in range(10):
        counter.corrected(paper(NEW, 100 + seed), ASSIGNED)
    document = counter.assembled(dossier_id)
    shown = views.read_page(
        counter.store, dossiers.page(counter.store, page_id), {document.id: document}
    )
    assert (shown["type"], shown["first"]) == (ASSIGNED, True)
    assert shown["confidence"] == round(document.confidence, 3)
