"""Pictures that are good, and pictures that end in a sentence."""

from __future__ import annotations

import struct
import tracemalloc

import numpy as np
import pytest
from PIL import Image

from signing.appearance import images
from signing.appearance.images import load
from signing.appearance.profile import ImageRule
from signing.errors import MarkUnusable
from tests.signing.appearance.pictures import BLUE, RED, png, seal, signature

BLUE_RULE = ImageRule("signature_image", 42, 22, "blue")
RED_RULE = ImageRule("seal_image", 36, 36, "red")


def refusal(path, rule=BLUE_RULE):
    with pytest.raises(MarkUnusable) as caught:
        load(path, rule)
    error = caught.value
    assert path.name in error.en
    assert path.name in error.vi
    assert str(path.parent) not in error.en
    assert error.next_vi
    assert error.next_en
    return error


def test_picture_is_cut_to_its_ink(tmp_path):
    image = Image.new("RGBA", (900, 700), (0, 0, 0, 0))
    image.paste((*BLUE, 255), (300, 200, 600, 400))
    image.save(tmp_path / "s.png")
    picture = load(tmp_path / "s.png", BLUE_RULE)
    assert (picture.width_px, picture.height_px) == (300, 200)
    assert picture.rgb[:3] == bytes(BLUE)
    assert set(picture.alpha) == {255}


def test_picture_has_no_more_pixels_than_a_printer_shows(tmp_path):
    picture = load(seal(tmp_path / "s.png", side=3000), RED_RULE)
    assert picture.width_px == round(36 / 25.4 * 600)


@pytest.mark.parametrize("mode", ["P", "LA", "RGBA"])
def test_kinds_of_png_that_are_taken(mode, tmp_path):
    image = Image.open(signature(tmp_path / "s.png"))
    if mode == "LA":
        load(signature(tmp_path / "grey.png", ink=(0, 0, 0)), ImageRule("x", 42, 22))
    converted = image.quantize(16) if mode == "P" else image.convert(mode)
    converted.save(tmp_path / "t.png")
    rule = BLUE_RULE if mode != "LA" else ImageRule("x", 42, 22)
    assert load(tmp_path / "t.png", rule).width_px > 500


def test_sixteen_bits_a_channel(tmp_path):
    pixel = struct.pack(">4H", *(value * 257 for value in (*BLUE, 255)))
    row = b"\x00" + bytes(8) * 10 + pixel * 80 + bytes(8) * 10
    (tmp_path / "s.png").write_bytes(png(100, 70, depth=16, rows=row * 70))
    picture = load(tmp_path / "s.png", BLUE_RULE)
    assert (picture.width_px, picture.height_px) == (80, 70)
    assert picture.rgb[:3] == bytes(BLUE)


def test_stencil_keeps_the_shape(tmp_path):
    picture = load(seal(tmp_path / "s.png", side=400), RED_RULE)
    stencil = picture.stencil()
    assert stencil.width_px >= 900
    rows = np.frombuffer(stencil.bits, np.uint8).reshape(stencil.height_px, -1)
    painted = np.unpackbits(rows, axis=1)[:, : stencil.width_px] == 0
    alpha = np.frombuffer(picture.alpha, np.uint8) >= 128
    assert painted.mean() == pytest.approx(alpha.mean(), abs=0.01)
    assert not painted[: stencil.height_px // 20, : stencil.width_px // 20].any()


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "no PNG"),
        (b"GIF89a" + bytes(100), "no PNG"),
        (b"\xff\xd8\xff\xe0" + bytes(100), "JPEG"),
        (b"\x89PNG\r\n\x1a\n" + bytes(100), "no PNG"),
        (png(60_000, 60_000), "60000×60000"),
        (png(2**31 - 1, 1), "pixels"),
        (png(0, 0), "pixels"),
        (png(5_000, 5_000), "5000×5000"),
        (png(100, 100, rows=b"\x00" * 50), "damaged"),
        (png(100, 100, depth=7, rows=b"\x00" * 50_000), "damaged"),
        (png(100, 100, colour=5, rows=b"\x00" * 50_000), "damaged"),
        (png(100, 100, rows=bytes(401) * 100)[:-30], "damaged"),
        (png(100, 100, rows=bytes(401) * 100), "empty"),
        (png(100, 100, colour=2, rows=bytes(301) * 100), "transparent"),
        (png(100, 100, depth=16, colour=0, rows=bytes(201) * 100), "transparent"),
    ],
)
def test_hostile_file_gets_a_sentence(data, words, tmp_path):
    (tmp_path / "s.png").write_bytes(data)
    assert words in refusal(tmp_path / "s.png").en


def test_compressed_text_that_explodes(tmp_path):
    import zlib

    bomb = b"Comment\x00\x00" + zlib.compress(bytes(300_000_000), 9)
    (tmp_path / "s.png").write_bytes(png(100, 100, rows=bytes(401) * 100, zTXt=bomb))
    tracemalloc.start()
    refusal(tmp_path / "s.png")
    assert tracemalloc.get_traced_memory()[1] < 50_000_000
    tracemalloc.stop()


def test_huge_file_is_not_read(tmp_path):
    with (tmp_path / "s.png").open("wb") as file:
        file.write(b"\x89PNG\r\n\x1a\n")
        file.truncate(images.MAX_BYTES + 1)
    assert "bytes" in refusal(tmp_path / "s.png").en


@pytest.mark.parametrize("mode", ["RGB", "CMYK"])
def test_jpeg_is_refused_whatever_its_name(mode, tmp_path):
    Image.new(mode, (300, 200)).save(tmp_path / "x.jpg")
    (tmp_path / "x.jpg").rename(tmp_path / "s.png")
    assert "JPEG" in refusal(tmp_path / "s.png").en


def test_missing_file(tmp_path):
    refusal(tmp_path / "s.png")
    tmp_path.joinpath("folder.png").mkdir()
    refusal(tmp_path / "folder.png")


def test_opaque_ground_is_refused(tmp_path):
    assert "transparent" in refusal(signature(tmp_path / "s.png", ground=255)).en


@pytest.mark.parametrize(
    ("ink", "rule"),
    [(RED, BLUE_RULE), ((0, 0, 0), BLUE_RULE), (BLUE, RED_RULE), ((90, 90, 90), RED_RULE)],
)
def test_ink_that_the_law_does_not_allow(ink, rule, tmp_path):
    path = signature(tmp_path / "s.png", ink=ink)
    assert f"not {rule.ink}" in refusal(path, rule).en


def test_smudge_is_refused(tmp_path):
    assert "small" in refusal(signature(tmp_path / "s.png", size=(40, 30))).en


def test_changed_file_is_read_again(tmp_path):
    first = load(signature(tmp_path / "s.png"), BLUE_RULE)
    second = load(signature(tmp_path / "s.png", size=(400, 200)), BLUE_RULE)
    assert first.width_px != second.width_px
