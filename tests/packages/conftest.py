from __future__ import annotations

import pytest

from desk_app.store.database import Store
from tests.packages.desk import Clock


@pytest.fixture
def store(tmp_path):
    store = Store(tmp_path / "data", clock=Clock())
    yield store
    store.close()
