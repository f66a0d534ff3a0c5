"""A whole picture is taken, any part of one is not."""

import io
import struct
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from scanners import pictures
from scanners.pictures import JPEG, PNG, BadPicture
from tests.scanners.conftest import draw_page, jpeg_of


def png_of(image, **options):
    file = io.BytesIO()
    image.save(file, "PNG", **options)
    return file.getvalue()


PAGE = draw_page(1, (200, 260))
WHOLE = {
    JPEG: jpeg_of(PAGE),
    PNG: png_of(PAGE, dpi=(150, 150)),
    "progressive": jpeg_of(PAGE, progressive=True),
}


def examine(tmp_path, data, media, **options):
    path = tmp_path / "picture"
    path.write_bytes(data)
    return pictures.examine(path, media, **options)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("pictures")


@pytest.mark.parametrize("kind", [JPEG, PNG, "progressive"])
def test_a_whole_picture_tells_of_itself(tmp_path, kind):
    facts = examine(tmp_path, WHOLE[kind], PNG if kind == PNG else JPEG)
    assert (facts.width_px, facts.height_px) == PAGE.size
    assert facts.dpi == (150 if kind == PNG else 75)


@settings(max_examples=60, deadline=None)
@given(share=st.floats(0.0, 0.999), kind=st.sampled_from([JPEG, PNG, "progressive"]))
def test_no_beginning_of_a_picture_is_whole(folder, share, kind):
    data = WHOLE[kind]
    with pytest.raises(BadPicture):
        examine(folder, data[: int(len(data) * share)], PNG if kind == PNG else JPEG)


@settings(max_examples=30, deadline=None)
@given(st.floats(0.3, 0.85))
def test_an_end_marker_makes_no_whole_picture(folder, share):
    data = WHOLE[JPEG]
    with pytest.raises(BadPicture) as caught:
        examine(folder, data[: int(len(data) * share)] + b"\xff\xd9", JPEG)
    assert caught.value.flaw == "truncated"


@settings(max_examples=60, deadline=None)
@given(place=st.integers(33, len(WHOLE[PNG]) - 13), value=st.integers(1, 255))
def test_a_changed_byte_in_a_png_is_noticed(folder, place, value):
    data = bytearray(WHOLE[PNG])
    data[place] ^= value
    with pytest.raises(BadPicture):
        examine(folder, bytes(data), PNG)


@settings(max_examples=80, deadline=None)
@given(st.binary(max_size=300), st.sampled_from([JPEG, PNG]))
def test_garbage_is_refused_not_raised_at_the_caller(folder, noise, media):
    head = {JPEG: b"\xff\xd8\xff", PNG: b"\x89PNG\r\n\x1a\n"}[media]
    for data in (noise, head + noise):
        with pytest.raises(BadPicture):
            examine(folder, data, media)


def test_padding_behind_the_end_marker_is_a_scanners_habit(tmp_path):
    padded = WHOLE[JPEG] + bytes(37)
    assert examine(tmp_path, padded, JPEG).width_px == 200
    trailer = WHOLE[JPEG] + b"SEFH camera trailer"
    with pytest.raises(BadPicture):
        examine(tmp_path, trailer, JPEG)
    assert examine(tmp_path, trailer, JPEG, strict=False).width_px == 200


def test_an_all_grey_page_is_a_page(tmp_path):
    assert examine(tmp_path, jpeg_of(Image.new("L", (64, 64), 128)), JPEG).width_px == 64


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_every_kind_of_png_is_whole(tmp_path, mode):
    image = PAGE.convert(mode) if mode != "I;16" else Image.new("I;16", (31, 9), 40000)
    assert examine(tmp_path, png_of(image), PNG).height_px == image.size[1]


def test_interlaced_png_is_measured_right():
    sizes = [(w, h) for w in range(1, 12) for h in range(1, 12)]
    for width, height in sizes:
        passes = pictures._png_bytes(width, height, 8, True)
        rows = passes - width * height
        assert 1 <= rows <= 2 * height + 8  # every pixel once, and a filter byte a pass row


def test_a_bomb_is_refused_by_its_header(tmp_path):
    header = struct.pack(">IIBBBBB", 30_000, 30_000, 8, 2, 0, 0, 0)
    chunk = b"IHDR" + header
    png = b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + chunk
    png += struct.pack(">I", zlib.crc32(chunk))
    with pytest.raises(BadPicture) as caught:
        examine(tmp_path, png, PNG)
    assert caught.value.flaw == "too_large"
    jpeg = bytearray(WHOLE[JPEG])
    frame = jpeg.index(b"\xff\xc0")
    jpeg[frame + 5 : frame + 9] = struct.pack(">HH", 30_000, 30_000)
    with pytest.raises(BadPicture) as caught:
        examine(tmp_path, bytes(jpeg), JPEG)
    assert caught.value.flaw == "too_large"


def test_a_png_that_inflates_to_more_than_it_says_is_stopped(tmp_path):
    small = png_of(Image.new("L", (10, 10)))
    bomb = zlib.compress(bytes(50_000_000), 9)
    body = b"IDAT" + bomb
    chunk = struct.pack(">I", len(bomb)) + body + struct.pack(">I", zlib.crc32(body))
    start = small.index(b"IDAT") - 4
    with pytest.raises(BadPicture, match="more data"):
        examine(tmp_path, small[:start] + chunk + small[-12:], PNG)


@pytest.mark.parametrize(("orientation", "turn"), [(1, 0), (3, 180), (6, 90), (8, 270), (9, 0)])
def test_a_camera_says_which_way_is_up(tmp_path, orientation, turn):
    exif = Image.Exif()
    exif[0x0112] = orientation
    assert examine(tmp_path, jpeg_of(PAGE, exif=exif), JPEG).rotation == turn


@pytest.mark.parametrize(
    ("stated", "size", "dpi"),
    [
        (300, (2480, 3508), 300),
        (None, (2480, 3508), 300),
        (None, (2550, 3300), 282),
        (72, (3024, 4032), 345),
        (72, (595, 842), 72),
        (0, (1240, 1754), 150),
        (1e9, (1240, 1754), 150),
        (600, (3508, 2480), 600),
    ],
)
def test_a_resolution_that_cannot_be_is_guessed(stated, size, dpi):
    assert pictures.plausible_dpi(stated, size) == dpi


@pytest.mark.parametrize(("colour", "depth"), [("gray", 1), ("gray", 8), ("gray", 16), ("rgb", 16)])
def test_a_written_png_is_whole_and_true(tmp_path, colour, depth):
    width, height = 13, 5
    samples = width * (3 if colour == "rgb" else 1)
    size = (samples * depth + 7) // 8
    rows = [bytes((y * 37 + x * 11) % 256 for x in range(size)) for y in range(height)]
    with (tmp_path / "p.png").open("wb") as file:
        pictures.write_png(file, (width, height), depth, colour, iter(rows), 200)
    facts = pictures.examine(tmp_path / "p.png", PNG)
    assert (facts.width_px, facts.height_px, facts.dpi) == (13, 5, 200)
    with Image.open(tmp_path / "p.png") as image:
        image.load()
        if (colour, depth) == ("gray", 8):
            assert image.tobytes() == b"".join(rows)
        if (colour, depth) == ("gray", 16):
            first = struct.unpack(">H", rows[2][:2])[0]
            assert image.getpixel((0, 2)) == first


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"RIFF\0\0\0\0WEBPVP8 ", "WebP"),
        (b"\0\0\0\x18ftypheic", "HEIC, MP4"),
        (b"\n\n%PDF-1.7", "application/pdf"),
        (b"PK\x03\x04", "ZIP, DOCX, XLSX"),
        (b"", "?"),
    ],
)
def test_a_kind_is_known_by_content(head, kind):
    assert pictures.sniff(head) == kind
