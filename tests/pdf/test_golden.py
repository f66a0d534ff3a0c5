"""The look of a page that came turned and leaning, against a picture that was looked at.

The picture has the words' boxes drawn on it. After a wanted change, run this file as a script, look
at the new picture and keep it.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pypdfium2
from PIL import Image, ImageDraw

from tests.pdf import paper

GOLDEN = Path(__file__).parent / "golden" / "turned_and_leaning.png"


def portrait(folder: Path) -> Image.Image:
    """Render the page with the boxes that a reader finds for its words."""
    pdf = folder / "page.pdf"
    paper.compose(paper.scan(folder / "page.jpg", rotation=90, skew_deg=4.0), pdf)
    with pypdfium2.PdfDocument(pdf) as document:
        page = document[0]
        bitmap = page.render(scale=1)
        picture = bitmap.to_pil().convert("RGB")
        bitmap.close()
        page.close()
    pen = ImageDraw.Draw(picture)
    for _, box in paper.boxes_seen(pdf):
        pen.rectangle(box, outline=(0, 90, 255))
    return picture


def test_the_page_looks_as_it_did_when_it_was_looked_at(tmp_path):
    seen = np.asarray(portrait(tmp_path)).astype(int)
    with Image.open(GOLDEN) as kept:
        expected = np.asarray(kept.convert("RGB")).astype(int)
    assert seen.shape == expected.shape
    assert np.abs(seen - expected).mean() < 0.5


if __name__ == "__main__":
    import tempfile

    GOLDEN.parent.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        portrait(Path(folder)).save(GOLDEN, optimize=True)
