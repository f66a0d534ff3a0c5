from __future__ import annotations

import pytest

from desk_app.store.database import Store
from tests.submission.desk import Clock


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def store(tmp_path, clock):
    store = Store(tmp_path / "data", clock=clock)
    yield store
    store.close()
