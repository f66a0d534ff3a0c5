from __future__ import annotations

from pathlib import Path

import pytest

from desk_app.pdf.compose import Params
from tests.pdf import paper


@pytest.fixture(scope="session")
def page(tmp_path_factory):
    """One scanned page with words, upright."""
    return paper.scan(tmp_path_factory.mktemp("scan") / "page.jpg")


@pytest.fixture(scope="session", params=["2b", "1b"])
def part(request) -> str:
    return request.param


@pytest.fixture(scope="session")
def both_good(page, tmp_path_factory) -> dict[str, Path]:
    """A file of ours without faults in each part."""
    folder = tmp_path_factory.mktemp("good")
    made = {part: folder / f"good_{part}.pdf" for part in ("2b", "1b")}
    for part, out in made.items():
        paper.compose(page, out, Params(part=part))
    return made


@pytest.fixture(scope="session")
def good(both_good, part) -> Path:
    """A file of ours without faults."""
    return both_good[part]
