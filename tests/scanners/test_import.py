"""Files as people have them: taken whole, or refused in a sentence each, and the rest goes on."""

import io
import os
import shutil
import struct
import threading
import time
import zlib

import pikepdf
import pytest
from PIL import Image, ImageChops

from scanners import journal
from scanners.errors import BadRequest
from scanners.worker import Deadlines, import_files
from tests.scanners.conftest import draw_page, jpeg_of
from tests.scanners.streams import SMALL_RESERVE, consume, end_of, fault_of, pages, refusals

SCAN = jpeg_of(draw_page(1), dpi=(75, 75))


def run(landing, *files, **options):
    return consume(import_files(files, landing, reserve_bytes=SMALL_RESERVE, **options))


@pytest.fixture
def box(tmp_path):
    folder = tmp_path / "box"
    folder.mkdir()
    return folder


@pytest.fixture
def job(tmp_path):
    return tmp_path / "job"


def put(box, name, data):
    (box / name).write_bytes(data)
    # Not fresh: a damaged fresh file is given a moment, which no test but one needs.
    os.utime(box / name, (1, 1))
    return box / name


def pdf_of(*jpegs, rotate=0, overlay="", media_box=(0, 0, 595, 841), **save):
    pdf = pikepdf.new()
    for data in jpegs:
        with Image.open(io.BytesIO(data)) as image:
            width, height, grey = *image.size, image.mode == "L"
        picture = pdf.make_stream(
            data,
            Type=pikepdf.Name.XObject,
            Subtype=pikepdf.Name.Image,
            Width=width,
            Height=height,
            BitsPerComponent=8,
            ColorSpace=pikepdf.Name.DeviceGray if grey else pikepdf.Name.DeviceRGB,
            Filter=pikepdf.Name.DCTDecode,
        )
        font = pikepdf.Dictionary(
            Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica
        )
        x0, y0, x1, y1 = media_box
        draw = f"q {x1 - x0} 0 0 {y1 - y0} {x0} {y0} cm /Im0 Do Q {overlay}"
        page = pikepdf.Page(
            pdf.make_indirect(
                pikepdf.Dictionary(
                    Type=pikepdf.Name.Page,
                    MediaBox=list(media_box),
                    Rotate=rotate,
                    Resources=pikepdf.Dictionary(
                        XObject=pikepdf.Dictionary(Im0=picture),
                        Font=pikepdf.Dictionary(F0=font),
                    ),
                    Contents=pdf.make_stream(draw.encode()),
                )
            )
        )
        pdf.pages.append(page)
    file = io.BytesIO()
    pdf.save(file, **save)
    return file.getvalue()


def tiff_of(*images, **options):
    file = io.BytesIO()
    images[0].save(file, "TIFF", save_all=True, append_images=images[1:], dpi=(75, 75), **options)
    return file.getvalue()


def test_jpeg_and_png_bytes_are_kept(box, job):
    exif = Image.Exif()
    exif[0x0112] = 6
    turned = jpeg_of(draw_page(2), exif=exif)
    png = io.BytesIO()
    draw_page(3).save(png, "PNG")
    files = [
        put(box, "a.jpg", SCAN),
        put(box, "b.pdf", turned),  # what it is, its content says
        put(box, "c", png.getvalue()),
    ]
    events = run(job, *files)
    landed = pages(events)
    assert [p.path.read_bytes() for p in landed] == [SCAN, turned, png.getvalue()]
    assert [p.rotation for p in landed] == [0, 90, 0]
    assert [p.origin for p in landed] == [str(f) for f in files]
    assert [p.sheet for p in landed] == [1, 2, 3]
    assert end_of(events) == "done"
    assert [p.sha256 for p in journal.replay(job).pages] == [p.sha256 for p in landed]


@pytest.mark.parametrize(
    ("name", "data", "code"),
    [
        ("a.jpg", b"", "FILE_EMPTY"),
        ("a.jpg", SCAN[: len(SCAN) // 2], "FILE_TRUNCATED"),
        ("a.jpg", SCAN[: len(SCAN) // 2] + b"\xff\xd9", "FILE_TRUNCATED"),
        ("a.jpg", b"MZ\x90\x00" * 50, "FILE_WRONG_TYPE"),
        ("a.jpg", b"GIF89a" + bytes(50), "FILE_WRONG_TYPE"),
        ("a.pdf", b"%PDF-1.7\n" + bytes(500), "FILE_TRUNCATED"),
        ("a.pdf", pdf_of(SCAN)[:900], "FILE_TRUNCATED"),
        ("a.tif", b"II*\x00" + b"\xff" * 60, "FILE_TRUNCATED"),
        ("a.tif", b"MM\x00*", "FILE_TRUNCATED"),
        ("a.png", b"\x89PNG\r\n\x1a\n" + bytes(range(170, 250)), "FILE_TRUNCATED"),
    ],
)
def test_a_hostile_file_is_refused_and_the_rest_goes_on(box, job, name, data, code):
    bad, good = put(box, name, data), put(box, "good.jpg", SCAN)
    events = run(job, bad, good)
    (refused,) = refusals(events)
    assert (refused.code, refused.file, refused.page) == (code, str(bad), None)
    assert name in refused.vi
    assert name in refused.en
    assert refused.next_vi
    assert [p.origin for p in pages(events)] == [str(good)]
    assert {path.name for path in job.iterdir()} == {pages(events)[0].path.name, "journal.jsonl"}


def test_what_is_no_file_is_refused_without_waiting(box, job):
    os.mkfifo(box / "pipe")
    (box / "folder").mkdir()
    names = [box / "pipe", box / "folder", box / "none", "/dev/zero", "bad\0name"]
    events = run(job, *names, put(box, "good.jpg", SCAN))
    assert [r.code for r in refusals(events)] == [
        "FILE_WRONG_TYPE",
        "FILE_WRONG_TYPE",
        "FILE_UNREADABLE",
        "FILE_WRONG_TYPE",
        "FILE_UNREADABLE",
    ]
    assert len(pages(events)) == 1


def test_a_name_that_is_no_utf8_is_imported(box, job):
    name = os.path.join(os.fsencode(box), b"h\xe1\xbb.jpg")  # noqa: PTH118 - bytes
    with open(name, "wb") as file:  # noqa: PTH123
        file.write(SCAN)
    (page,) = pages(run(job, os.fsdecode(name)))
    assert os.fsencode(page.origin) == name


def test_pictures_too_large_are_refused_by_their_header(box, job):
    jpeg = bytearray(SCAN)
    frame = jpeg.index(b"\xff\xc0")
    jpeg[frame + 5 : frame + 9] = struct.pack(">HH", 30_000, 30_000)
    header = b"IHDR" + struct.pack(">IIBBBBB", 30_000, 30_000, 8, 2, 0, 0, 0)
    png = b"\x89PNG\r\n\x1a\n\0\0\0\r" + header + struct.pack(">I", zlib.crc32(header))
    events = run(job, put(box, "a.jpg", bytes(jpeg)), put(box, "b.png", png))
    assert [r.code for r in refusals(events)] == ["FILE_TOO_LARGE", "FILE_TOO_LARGE"]
    assert "30000 × 30000" in refusals(events)[0].vi


def test_a_frame_too_large_is_called_that_and_costs_itself_alone(box, job):
    huge = Image.new("1", (13_000, 12_000), 1)
    source = put(box, "a.tif", tiff_of(draw_page(1).convert("1"), huge, compression="group4"))
    events = run(job, source)
    assert [p.origin_page for p in pages(events)] == [1]
    assert [(r.code, r.page) for r in refusals(events)] == [("FILE_TOO_LARGE", 2)]
    assert "13000 × 12000" in refusals(events)[0].vi


def test_frames_of_a_tiff_are_kept_as_they_were(box, job):
    frames = [
        draw_page(1),
        draw_page(2).convert("L"),
        draw_page(3).convert("1"),
        draw_page(4).convert("CMYK"),
    ]
    source = put(box, "a.tif", tiff_of(*frames, compression="tiff_adobe_deflate"))
    landed = pages(run(job, source))
    assert [(p.origin_page, p.media, p.dpi) for p in landed] == [
        (n, "image/png", 75) for n in (1, 2, 3, 4)
    ]
    for page, frame in zip(landed[:3], frames[:3], strict=True):
        with Image.open(page.path) as image:
            assert image.mode == frame.mode
            assert image.tobytes() == frame.tobytes()


def test_one_broken_frame_costs_that_frame(box, job):
    frames = [draw_page(n).convert("L") for n in range(4)]
    data = bytearray(tiff_of(*frames, compression="tiff_adobe_deflate"))
    with Image.open(io.BytesIO(bytes(data))) as image:
        image.seek(1)
        start, size = image.tag_v2[273][0], image.tag_v2[279][0]
    data[start : start + size] = os.urandom(size)
    events = run(job, put(box, "a.tif", bytes(data)))
    assert [p.origin_page for p in pages(events)] == [1, 3, 4]
    (refused,) = refusals(events)
    assert (refused.code, refused.page) == ("FILE_BROKEN_PAGE", 2)
    assert "trang 2" in refused.vi


def test_sixteen_bits_and_turned_frames_survive(box, job):
    deep = Image.new("I;16", (90, 40), 50_000)
    turned = draw_page(1, (60, 40))
    exif = Image.Exif()
    exif[0x0112] = 6
    file = io.BytesIO()
    turned.save(file, "TIFF", exif=exif)
    events = run(job, put(box, "a.tif", tiff_of(deep)), put(box, "b.tif", file.getvalue()))
    first, second = pages(events)
    with Image.open(first.path) as image:
        assert image.getpixel((3, 3)) == 50_000
    assert (second.width_px, second.height_px) == (40, 60)
    assert second.rotation == 0


@pytest.mark.parametrize("rotate", [0, 90, 180, 270])
def test_a_page_that_is_one_jpeg_gives_its_bytes(box, job, rotate):
    grey = jpeg_of(draw_page(2).convert("L"))
    hidden = "BT /F0 12 Tf 3 Tr 72 700 Td (NGUYEN VAN A) Tj ET"
    data = pdf_of(SCAN, grey, rotate=rotate, overlay=hidden)
    landed = pages(run(job, put(box, "a.pdf", data)))
    assert [p.path.read_bytes() for p in landed] == [SCAN, grey]
    assert [p.rotation for p in landed] == [rotate, rotate]
    assert [p.dpi for p in landed] == [75, 75]
    assert [p.origin_page for p in landed] == [1, 2]


@pytest.mark.parametrize(
    "overlay",
    [
        "BT /F0 24 Tf 72 700 Td (KHONG CO GIA TRI) Tj ET",
        "1 0 0 rg 100 100 80 80 re f",
        "q 100 0 0 100 300 300 cm /Im0 Do Q",
    ],
)
def test_a_page_with_more_than_its_jpeg_is_rendered(box, job, overlay):
    (page,) = pages(run(job, put(box, "a.pdf", pdf_of(SCAN, overlay=overlay))))
    assert page.path.read_bytes() != SCAN
    with Image.open(page.path) as image, Image.open(io.BytesIO(SCAN)) as scan:
        drawn = image.convert("L").resize(scan.size)
        changed = ImageChops.difference(drawn, scan.convert("L"))
        assert changed.reduce(8).getextrema()[1] > 40


def negative(pdf, page):
    page.Resources.XObject.Im0.Decode = [1, 0, 1, 0, 1, 0]


def clipped(pdf, page):
    page.Contents = pdf.make_stream(b"q 0 0 595 600 re W n 595 0 0 841 0 0 cm /Im0 Do Q")


def masked(pdf, page):
    page.Resources.XObject.Im0.SMask = pdf.make_stream(
        bytes([255] * 50 + [0] * 50),
        Type=pikepdf.Name.XObject,
        Subtype=pikepdf.Name.Image,
        Width=1,
        Height=100,
        BitsPerComponent=8,
        ColorSpace=pikepdf.Name.DeviceGray,
    )


def mirrored(pdf, page):
    page.Contents = pdf.make_stream(b"q -595 0 0 841 595 0 cm /Im0 Do Q")


@pytest.mark.parametrize("change", [negative, clipped, masked, mirrored])
def test_a_jpeg_that_the_page_shows_otherwise_is_rendered(box, job, change):
    with pikepdf.open(io.BytesIO(pdf_of(SCAN))) as pdf:
        change(pdf, pdf.pages[0])
        file = io.BytesIO()
        pdf.save(file)
    (page,) = pages(run(job, put(box, "a.pdf", file.getvalue())))
    assert page.path.read_bytes() != SCAN


GREY = Image.open(io.BytesIO(SCAN)).convert("L")
ROWS = GREY.tobytes()
JPX = io.BytesIO()
GREY.save(JPX, "JPEG2000")


def pdf_with(data, filter, place="595 0 0 841 0 0", bits=8):
    """A page whose one grey picture has this data."""
    with pikepdf.open(io.BytesIO(pdf_of(SCAN))) as pdf:
        page, file = pdf.pages[0], io.BytesIO()
        picture = pikepdf.Stream(pdf, data)
        for key, value in (("Type", pikepdf.Name.XObject), ("Subtype", pikepdf.Name.Image),
                           ("Width", GREY.width), ("Height", GREY.height),
                           ("BitsPerComponent", bits), ("ColorSpace", pikepdf.Name.DeviceGray),
                           ("Filter", pikepdf.Name(filter))):  # fmt: skip
            picture[f"/{key}"] = value
        page.Resources.XObject.Im0 = pdf.make_indirect(picture)
        page.Contents = pdf.make_stream(f"{place} cm /Im0 Do".encode())
        pdf.save(file, compress_streams=False,
                 stream_decode_level=pikepdf.StreamDecodeLevel.none)  # fmt: skip
    return file.getvalue()


@pytest.mark.parametrize(
    ("data", "filter", "options"),
    [
        (zlib.compress(ROWS[: len(ROWS) // 3]), "/FlateDecode", {}),
        (zlib.compress(ROWS)[:9000], "/FlateDecode", {}),
        (bytes(range(256)) * 20, "/FlateDecode", {}),
        (bytes(range(256)) * 20, "/JPXDecode", {}),
        (bytes(range(256)) * 20, "/JBIG2Decode", {"bits": 1}),
        (bytes(range(256)) * 20, "/UnknownDecode", {}),
        (jpeg_of(GREY)[:9000], "/DCTDecode", {"place": "400 0 0 500 50 50"}),
    ],
    ids=["short", "cut", "garbage", "jpx", "jbig2", "unknown", "jpeg"],
)
def test_a_page_whose_picture_cannot_be_drawn_is_refused(box, job, data, filter, options):
    """PDFium draws what it cannot decode in white: the page would be taken for a blank one."""
    events = run(job, put(box, "a.pdf", pdf_with(data, filter, **options)))
    assert pages(events) == []
    assert [(r.code, r.page) for r in refusals(events)] == [("FILE_BROKEN_PAGE", 1)]


@pytest.mark.parametrize(
    ("data", "filter"),
    [
        (zlib.compress(ROWS), "/FlateDecode"),
        (zlib.compress(ROWS[: -GREY.width]), "/FlateDecode"),
        (JPX.getvalue(), "/JPXDecode"),
    ],
    ids=["whole", "last row missing", "jpx"],
)
def test_a_page_whose_picture_is_sound_is_drawn(box, job, data, filter):
    (page,) = pages(run(job, put(box, "a.pdf", pdf_with(data, filter))))
    with Image.open(page.path) as image:
        assert image.convert("L").getextrema()[0] < 60


def test_a_page_of_text_is_rendered_at_300_dpi(box, job):
    pdf = pikepdf.new()
    pdf.add_blank_page(page_size=(595, 842))
    font = pikepdf.Dictionary(
        Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica
    )
    pdf.pages[0].Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F0=font))
    pdf.pages[0].Contents = pdf.make_stream(b"BT /F0 40 Tf 72 700 Td (GIAY KHAI SINH) Tj ET")
    file = io.BytesIO()
    pdf.save(file)
    (page,) = pages(run(job, put(box, "a.pdf", file.getvalue())))
    assert (page.dpi, page.width_px, page.height_px) == (300, 2480, 3509)
    with Image.open(page.path) as image:
        assert image.mode == "L"
        assert image.getextrema()[0] < 60


def test_a_huge_page_is_rendered_within_bounds(box, job):
    pdf = pikepdf.new()
    pdf.add_blank_page(page_size=(14_400, 14_400))
    file = io.BytesIO()
    pdf.save(file)
    (page,) = pages(run(job, put(box, "a.pdf", file.getvalue())))
    assert page.width_px * page.height_px <= 41_000_000


def test_a_page_counted_in_inches_is_no_stamp_of_1500_dpi(box, job):
    """Such a page (UserUnit) would come out as a PDF/A of two centimetres."""
    with pikepdf.open(io.BytesIO(pdf_of(SCAN, media_box=(0, 0, 8.26, 11.68)))) as pdf:
        pdf.pages[0].obj.UserUnit = 72
        file = io.BytesIO()
        pdf.save(file)
    (page,) = pages(run(job, put(box, "a.pdf", file.getvalue())))
    width, height = page.width_px, page.height_px
    assert page.path.read_bytes() == SCAN
    assert page.dpi == pytest.approx(max(width, height) / 11.69, rel=0.05)


def test_a_page_of_a_third_of_a_kilometre_is_refused_with_its_size(box, job):
    pdf = pikepdf.new()
    pdf.add_blank_page()
    pdf.pages[0].obj.MediaBox = [0, 0, 1_000_000, 1_000_000]
    file = io.BytesIO()
    pdf.save(file)
    (refused,) = refusals(run(job, put(box, "a.pdf", file.getvalue())))
    assert refused.code == "FILE_TOO_LARGE"
    assert "352778 × 352778 mm" in refused.vi


def test_forms_that_multiply_end_the_reader_in_bounded_memory(box, job):
    pdf = pikepdf.new()
    inner, body = pikepdf.Dictionary(), b"0 0 500 500 re f " * 10
    for _ in range(9):  # ten times as many at each level
        form = pdf.make_stream(body, Type=pikepdf.Name.XObject, Subtype=pikepdf.Name.Form,
                               BBox=[0, 0, 600, 850], Resources=inner)  # fmt: skip
        inner, body = pikepdf.Dictionary(XObject=pikepdf.Dictionary(F=form)), b"/F Do " * 10
    pdf.add_blank_page()
    pdf.pages[0].obj.Resources, pdf.pages[0].obj.Contents = inner, pdf.make_stream(body)
    file = io.BytesIO()
    pdf.save(file)
    bomb, behind = put(box, "a.pdf", file.getvalue()), put(box, "b.jpg", SCAN)
    most = Deadlines(silence_s=2.0, next_page_s=2.0)
    events = run(job, bomb, behind, deadlines=most)
    assert {r.code for r in refusals(events)} <= {"FILE_TOO_SLOW", "FILE_CRASHED_READER"}
    assert [r.page for r in refusals(events)] == [1]
    assert [p.origin for p in pages(events)] == [str(behind)]


def test_passwords_are_not_guessed(box, job):
    locked = pdf_of(SCAN, encryption=pikepdf.Encryption(owner="chủ", user="mật khẩu"))
    readable = pdf_of(SCAN, encryption=pikepdf.Encryption(owner="chủ", user=""))
    events = run(job, put(box, "locked.pdf", locked), put(box, "open.pdf", readable))
    assert [r.code for r in refusals(events)] == ["FILE_ENCRYPTED"]
    assert [p.path.read_bytes() for p in pages(events)] == [SCAN]


def test_a_jpeg_cut_inside_its_pdf_costs_that_page(box, job):
    data = pdf_of(SCAN, SCAN[: len(SCAN) // 2], SCAN)
    events = run(job, put(box, "a.pdf", data))
    assert [p.origin_page for p in pages(events)] == [1, 3]
    assert [(r.code, r.page) for r in refusals(events)] == [("FILE_BROKEN_PAGE", 2)]


def test_too_many_pages_are_refused_before_the_first(box, job):
    pdf = pikepdf.new()
    for _ in range(2001):
        pdf.add_blank_page(page_size=(100, 100))
    file = io.BytesIO()
    pdf.save(file)
    events = run(job, put(box, "a.pdf", file.getvalue()))
    assert [r.code for r in refusals(events)] == ["FILE_TOO_MANY_PAGES"]
    assert pages(events) == []


def test_a_file_that_grows_is_still_being_written(box, job):
    target = box / "a.jpg"
    target.write_bytes(SCAN[:2000])
    stop = threading.Event()

    def grow():
        with target.open("ab") as file:
            for offset in range(2000, len(SCAN) - 200, 100):
                file.write(SCAN[offset : offset + 100])
                file.flush()
                if stop.wait(0.05):
                    return

    writer = threading.Thread(target=grow)
    writer.start()
    events = run(job, target)
    stop.set()
    writer.join()
    assert [r.code for r in refusals(events)] == ["FILE_GROWING"]
    assert pages(events) == []


def test_a_worker_killed_on_a_page_costs_that_page(box, job):
    source = put(box, "a.tif", tiff_of(*(draw_page(n) for n in range(6))))
    behind = put(box, "b.jpg", SCAN)
    running = import_files([source, behind], job, reserve_bytes=SMALL_RESERVE)
    events = []
    with running:
        for event in running:
            events.append(event)
            if getattr(event, "origin_page", 0) == 3 and type(event).__name__ == "SheetStarted":
                os.kill(running.pid, 9)
    lost = {r.page for r in refusals(events)}
    taken = [p.origin_page for p in pages(events) if p.origin == str(source)]
    assert sorted([*taken, *lost]) == [1, 2, 3, 4, 5, 6]
    assert len(lost) <= 1
    assert all(r.code == "FILE_CRASHED_READER" for r in refusals(events))
    assert pages(events)[-1].origin == str(behind)
    assert [p.sheet for p in pages(events)] == list(range(1, len(pages(events)) + 1))
    assert end_of(events) == "done"
    assert events[-1].images == len(pages(events))
    assert {p.page_id for p in journal.replay(job).pages} == {p.page_id for p in pages(events)}


def test_a_worker_that_hangs_on_a_page_is_ended_and_the_rest_imported(box, job):
    source = put(box, "a.tif", tiff_of(*(draw_page(n) for n in range(4))))
    behind = put(box, "b.jpg", SCAN)
    patient = Deadlines(first_page_s=2.0, silence_s=1.0, next_page_s=1.0, cancel_s=1.0)
    running = import_files([source, behind], job, deadlines=patient, reserve_bytes=SMALL_RESERVE)
    stopped = False
    events = []
    with running:
        for event in running:
            events.append(event)
            if not stopped and getattr(event, "origin_page", 0) == 2:
                os.kill(running.pid, 19)
                stopped = True
    assert {r.code for r in refusals(events)} <= {"FILE_TOO_SLOW"}
    assert pages(events)[-1].origin == str(behind)
    assert end_of(events) == "done"


def test_an_import_can_be_stopped(box, job):
    source = put(box, "a.tif", tiff_of(*(draw_page(n, (1240, 1754)) for n in range(12))))
    running = import_files([source], job, reserve_bytes=SMALL_RESERVE)
    begin = time.monotonic()
    events = []
    with running:
        for event in running:
            events.append(event)
            if len(pages(events)) == 2:
                running.cancel()
    assert time.monotonic() - begin < 8.0
    assert end_of(events) == "cancelled"
    assert 2 <= len(pages(events)) < 12


def test_a_full_disk_ends_an_import(box, job):
    source = put(box, "a.jpg", SCAN)
    events = consume(import_files([source], job, reserve_bytes=1 << 60))
    assert fault_of(events).code == "DISK_FULL"


def test_nothing_to_import_is_a_bad_request(job):
    with pytest.raises(BadRequest):
        import_files([], job)


def test_the_same_file_twice_is_imported_once(box, job):
    source = put(box, "a.jpg", SCAN)
    assert len(pages(run(job, source, source))) == 1


def test_an_import_may_land_where_its_files_lie(box):
    source = put(box, "a.jpg", SCAN)
    copy = shutil.copy(source, box / "b.jpg")
    assert len(pages(run(box, source, copy))) == 2
    assert source.read_bytes() == SCAN
