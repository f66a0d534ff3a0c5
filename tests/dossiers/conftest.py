"""A store and the shipped catalogue for every test of this room."""

from datetime import datetime, timedelta, timezone

import pytest

from desk_app import paths
from desk_app.dossiers import catalog, provinces
from desk_app.store.database import Store


class Clock:
    """Time stands still until a test turns it."""

    def __init__(self):
        self.now = datetime(2026, 3, 2, 8, 0, tzinfo=timezone(timedelta(hours=7)))

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def store(tmp_path, clock):
    store = Store(tmp_path / "data", clock=clock)
    yield store
    store.close()


@pytest.fixture(scope="session")
def known():
    return catalog.load(paths.PROCEDURES)


@pytest.fixture(scope="session")
def register():
    return provinces.load(provinces.FOLDER)
