from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

SAMPLES = Path(__file__).resolve().parents[2] / "resources" / "samples"


@pytest.fixture(scope="session")
def folder() -> Path:
    return SAMPLES / "birth_registration"


@pytest.fixture(scope="session")
def truth(folder: Path) -> dict[str, Any]:
    return json.loads((folder / "truth.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def draw() -> ModuleType:
    """The drawing script, imported as it finds its own helpers: from its folder."""
    sys.path.insert(0, str(SAMPLES))
    try:
        return importlib.import_module("draw")
    finally:
        sys.path.remove(str(SAMPLES))
