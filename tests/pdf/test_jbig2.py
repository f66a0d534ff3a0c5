"""The two-valued coder: against the standard's own example, and against another's decoder."""

from __future__ import annotations

import io
import itertools

import numpy as np
import pikepdf
import pypdfium2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from PIL import Image

from desk_app.pdf import jbig2
from tests.pdf import office_sheet

# T.88 annex H.2: 256 decisions in one context, and what they are coded as.
DECISIONS = "00020051000000C0035287 2AAAAAAAAA82C02000FCD79EF6BF7FED904F46A3BF"
CODED = "84C73BFCE1A14304022000 00410DBB86F4317FFF88FF37471ADB6ADFFFAC"


def decoded(data: bytes, shape: tuple[int, int]) -> np.ndarray:
    """What PDFium sees: True where it is black."""
    rows, columns = shape
    held = io.BytesIO()
    with pikepdf.new() as pdf:
        image = pikepdf.Stream(pdf, data)
        image.stream_dict = pikepdf.Dictionary(
            Type=pikepdf.Name.XObject, Subtype=pikepdf.Name.Image, Width=columns, Height=rows,
            ColorSpace=pikepdf.Name.DeviceGray, BitsPerComponent=1,
            Filter=pikepdf.Name.JBIG2Decode,
        )  # fmt: skip
        page = pdf.add_blank_page(page_size=(columns, rows))
        page.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Im=image))
        page.Contents = pikepdf.Stream(pdf, b"q %d 0 0 %d 0 0 cm /Im Do Q" % (columns, rows))
        pdf.save(held)
    with pypdfium2.PdfDocument(held.getvalue()) as document:
        seen = document[0]
        bitmap = seen.render(scale=1, grayscale=True)
        pixels = bitmap.to_numpy().reshape(rows, columns) < 128
        pixels = pixels.copy()
        bitmap.close()
        seen.close()
    return pixels


def test_the_example_of_the_standard():
    bits = np.unpackbits(np.frombuffer(bytes.fromhex(DECISIONS), np.uint8)).tolist()
    coded = jbig2._Coder().code((bit, 1) for bit in bits)
    assert coded == bytes.fromhex(CODED)


def test_runs_are_coded_as_their_pixels():
    values = [0] * 5000 + [1] * 3000 + [0] * 100_000 + [1, 0, 1, 1]
    changes = [0, 5000, 8000, 108_000, 108_001, 108_002, len(values)]
    runs = [(values[a], b - a) for a, b in itertools.pairwise(changes)]
    one_by_one = jbig2._Coder().code((value, 1) for value in values)
    assert jbig2._Coder().code(iter(runs)) == one_by_one


@settings(max_examples=40, deadline=None)
@given(arrays.arrays(bool, st.tuples(st.integers(3, 40), st.integers(3, 40))))
def test_any_small_picture_comes_back(ink):
    assert (decoded(jbig2.encode(ink), ink.shape) == ink).all()


@pytest.mark.parametrize("share", [0.0, 0.001, 0.5, 1.0])
def test_noise_of_any_density_comes_back(share):
    # More rows than a band, and a width that is no multiple of anything.
    ink = np.random.default_rng(3).random((600, 333)) < share
    assert (decoded(jbig2.encode(ink), ink.shape) == ink).all()


def test_print_takes_a_quarter_less_than_group_4():
    ink = office_sheet.ink()["print"] > 127
    group_4 = io.BytesIO()
    Image.fromarray(~ink).save(group_4, "TIFF", compression="group4")
    data = jbig2.encode(ink)
    assert len(data) < 0.75 * len(group_4.getvalue())
    assert (decoded(data, ink.shape) == ink).all()
