from __future__ import annotations

import pytest

from desk_app.store.database import Store
from desk_app.submission.reference import ReferenceStore
from tests.submission.desk import Clock
from tests.submission.reference import why_not


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def store(tmp_path, clock):
    store = Store(tmp_path / "data", clock=clock)
    yield store
    store.close()


@pytest.fixture
def reference(tmp_path):
    """The reference store, running; skipped with a reason where it cannot."""
    if reason := why_not():
        pytest.skip(reason)
    with ReferenceStore(tmp_path / "reference") as running:
        yield running
