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


@pytest.fixture(scope="session")
def running_reference(tmp_path_factory):
    """One process for all tests; it keeps nothing of its files in memory."""
    if reason := why_not():
        pytest.skip(reason)
    with ReferenceStore(tmp_path_factory.mktemp("reference")) as running:
        yield running


@pytest.fixture
def reference(running_reference):
    """The reference store, running and empty; skipped with a reason where it cannot."""
    if not running_reference.is_alive():
        running_reference.start()
    for path in running_reference.folder.iterdir():
        path.unlink()
    return running_reference
