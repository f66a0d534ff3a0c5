from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image, ImageDraw

from desk_app.errors import UnusableInput
from desk_app.imaging import condition, picture, render
from tests.imaging import drawn

MARK = (1200, 1700, 1400, 1800)


@pytest.fixture(params=[0, 90])
def marked(request, tmp_path):
    """A page that leans, with a green box whose place on disk is known."""
    page = drawn.turned(drawn.leaning(drawn.text_page(), 4), request.param)
    ImageDraw.Draw(page).rectangle(MARK, fill=(0, 160, 60))
    return drawn.save(page, tmp_path / "page.png")


def decoded(data: bytes) -> np.ndarray:
    image = Image.open(io.BytesIO(data))
    assert image.format == "JPEG"
    return np.asarray(image.convert("RGB")).astype(int)


def test_preview_is_upright_level_and_boxes_find_their_pixels(marked):
    facts = condition.run(marked)
    frame = render.view_frame(facts, 800)
    seen = decoded(render.preview(marked, 800, facts))
    assert (seen.shape[1], seen.shape[0]) == frame.size
    assert max(frame.size) <= 801
    x0, y0, x1, y1 = frame.to_view(MARK)
    inside = seen[(y0 + y1) // 2, (x0 + x1) // 2]
    assert inside[1] - inside[0] > 100
    green = np.argwhere(seen[:, :, 1] - seen[:, :, 0] > 80)
    assert np.abs(green.min(axis=0) - [y0, x0]).max() <= 3
    assert np.abs(green.max(axis=0) - [y1, x1]).max() <= 4


def test_thumbnail_is_small(marked):
    data = render.thumbnail(marked, 240, condition.run(marked))
    assert max(decoded(data).shape) <= 241
    assert len(data) < 20_000


def test_without_a_condition_the_page_is_shown_as_it_lies(marked):
    seen = decoded(render.preview(marked, 500))
    header = picture.probe(marked)
    assert seen.shape[1] / seen.shape[0] == pytest.approx(header.width / header.height, rel=0.01)


def test_crop_shows_the_box_upright(tmp_path):
    page = drawn.sheet()
    boxes = drawn.write(page)
    path = drawn.save(drawn.turned(page, 90), tmp_path / "page.png")
    facts = condition.run(path)
    x0, y0, x1, y1 = boxes[drawn.LINES[4]]
    on_disk = (page.height - y1, x0, page.height - y0, x1)
    seen = decoded(render.crop(path, on_disk, replace(facts, rotation=270)))
    straight = np.asarray(page.crop((x0, y0, x1, y1))).astype(int)
    assert np.abs(seen - straight).mean() < 6


def test_spoilt_page_has_no_preview(tmp_path):
    (tmp_path / "page.jpg").write_bytes(b"")
    with pytest.raises(UnusableInput):
        render.thumbnail(tmp_path / "page.jpg")
