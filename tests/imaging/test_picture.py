from __future__ import annotations

import struct
import subprocess
import sys
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from desk_app.errors import UnusableInput
from desk_app.imaging import picture
from tests.imaging import drawn


def ramp(mode: str) -> Image.Image:
    """White paper with a black half, in any mode."""
    page = Image.new("L", (120, 80), 255)
    page.paste(0, (0, 0, 60, 80))
    if mode == "I;16":
        return Image.fromarray(np.asarray(page).astype(np.uint16) * 257)
    if mode == "CMYK":
        return page.convert("RGB").convert("CMYK")
    return page.convert(mode)


@pytest.mark.parametrize(
    ("mode", "suffix"),
    [
        ("1", ".png"),
        ("1", ".tif"),
        ("L", ".jpg"),
        ("L", ".tif"),
        ("P", ".png"),
        ("LA", ".png"),
        ("RGB", ".jpg"),
        ("RGB", ".tif"),
        ("RGBA", ".png"),
        ("CMYK", ".jpg"),
        ("CMYK", ".tif"),
        ("I;16", ".png"),
        ("I;16", ".tif"),
    ],
)
def test_every_kind_of_pixel_is_black_left_and_white_right(mode, suffix, tmp_path):
    ramp(mode).save(tmp_path / f"page{suffix}")
    grey = picture.to_grey(picture.load(tmp_path / f"page{suffix}").pixels)
    assert grey.shape == (80, 120)
    assert grey[:, :40].max() < 30
    assert grey[:, 80:].min() > 225


def test_transparent_page_is_white_paper(tmp_path):
    Image.new("RGBA", (30, 30), (0, 0, 0, 0)).save(tmp_path / "page.png")
    assert picture.load(tmp_path / "page.png").pixels.min() == 255


def test_exif_turn_is_not_applied(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("L", (120, 80), 255).save(tmp_path / "page.jpg", exif=exif)
    assert picture.load(tmp_path / "page.jpg").pixels.shape[:2] == (80, 120)


def test_reduced_decode_keeps_what_the_file_says(tmp_path):
    path = drawn.save(drawn.text_page(), tmp_path / "page.jpg")
    shot = picture.load(path, max_side=600)
    assert max(shot.pixels.shape) == 600
    assert (shot.header.width, shot.header.height) == drawn.A4
    assert shot.scale == pytest.approx(600 / 2339, rel=0.01)


@pytest.mark.parametrize(
    ("size", "stated", "dpi"),
    [
        ((2480, 3508), 300, 300),
        ((2480, 3508), None, 300),
        ((3508, 2480), 1, 300),
        ((2480, 3508), 72, 300),
        ((1240, 1754), 96, 150),
        ((794, 1123), 96, 96),
        ((1654, 2339), None, 200),
        ((1011, 638), None, 300),
        ((9000, 2480), None, 300),
    ],
)
def test_missing_and_impossible_resolutions_are_guessed(size, stated, dpi, tmp_path):
    facts = {"dpi": (stated, stated)} if stated else {}
    Image.new("L", size, 255).save(tmp_path / "page.jpg", **facts)
    assert picture.probe(tmp_path / "page.jpg").dpi == pytest.approx(dpi, rel=0.02)


@given(st.integers(1, 50_000), st.integers(1, 50_000))
def test_a_guess_is_always_a_resolution(width, height):
    assert 50 <= picture.guess_dpi(width, height) <= 1200


def png_claiming(width: int, height: int) -> bytes:
    """A PNG header of any size with hardly any data behind it."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(kind + data))
        return struct.pack(">I", len(data)) + kind + data + check

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    data = chunk(b"IDAT", zlib.compress(b"\0" * 1000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + data + chunk(b"IEND", b"")


@pytest.mark.parametrize("size", [(30_000, 30_000), (2_000_000_000, 2), (12_000, 9_000)])
def test_oversized_picture_is_refused_before_it_is_decoded(size, tmp_path):
    (tmp_path / "page.png").write_bytes(png_claiming(*size))
    with pytest.raises(UnusableInput) as refused:
        picture.load(tmp_path / "page.png")
    assert "100" in refused.value.vi
    assert "100" in refused.value.en


def spoilt_files() -> list[tuple[str, bytes]]:
    import io

    page = drawn.scanned(drawn.text_page().crop((200, 200, 900, 900)))
    spoilt = [("empty.jpg", b""), ("text.jpg", b"not a picture" * 99), ("short.png", b"\x89PNG")]
    for suffix, kind in ((".jpg", "JPEG"), (".png", "PNG"), (".tif", "TIFF")):
        whole = io.BytesIO()
        page.save(whole, kind)
        spoilt.append((f"cut{suffix}", whole.getvalue()[: whole.tell() // 3]))
    return spoilt


@pytest.mark.parametrize(("name", "data"), spoilt_files(), ids=lambda v: v if v is str else "")
def test_spoilt_file_is_named_in_both_languages(name, data, tmp_path):
    (tmp_path / name).write_bytes(data)
    with pytest.raises(UnusableInput) as refused:
        picture.load(tmp_path / name)
    assert name in refused.value.vi
    assert name in refused.value.en
    assert refused.value.code == "UNUSABLE_INPUT"


@pytest.mark.parametrize(("suffix", "limit_mb"), [(".png", 260), (".jpg", 120)])
def test_long_strip_is_reduced_in_bounded_memory(suffix, limit_mb, tmp_path):
    Image.new("RGB", (40_000, 1_200), "white").save(tmp_path / f"strip{suffix}")
    program = (
        "import resource, sys\nfrom pathlib import Path\nfrom desk_app.imaging import picture\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "shot = picture.load(Path(sys.argv[1]), max_side=6000)\n"
        "after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "print(*shot.pixels.shape, (after - before) // 1024)"
    )
    command = [sys.executable, "-c", program, str(tmp_path / f"strip{suffix}")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    rows, columns, channels, grown_mb = map(int, done.stdout.split())
    assert (rows, columns, channels) == (180, 6000, 3)
    assert grown_mb < limit_mb


def test_missing_file_is_refused(tmp_path):
    with pytest.raises(UnusableInput):
        picture.probe(tmp_path / "none.jpg")


def test_loading_opencv_leaves_qt_variables_alone():
    program = (
        "import os; os.environ['QT_QPA_FONTDIR'] = 'mine'\n"
        "os.environ.pop('QT_QPA_PLATFORM_PLUGIN_PATH', None)\n"
        "from desk_app.imaging._cv import cv2\n"
        "print(os.environ['QT_QPA_FONTDIR'], 'QT_QPA_PLATFORM_PLUGIN_PATH' in os.environ,"
        " cv2.getNumThreads())"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.split() == ["mine", "False", "1"]
