"""Draw the pictures of docs/appearances.md: one for each profile, by the code that signs.

    python docs/appearances/make.py

Names, agency, signature and seal are invented; the seal says that it is a specimen.
"""

from __future__ import annotations

import math
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import pikepdf
from PIL import Image, ImageDraw, ImageFont

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent.parent))

from dataclasses import replace  # noqa: E402

from signing import demonstration, engine, keys  # noqa: E402
from signing.appearance import objects  # noqa: E402
from signing.appearance.font import mark_font  # noqa: E402
from signing.appearance.mark import PT_PER_MM  # noqa: E402
from signing.appearance.preview import preview, to_pikepdf  # noqa: E402
from signing.appearance.profile import load_appearance  # noqa: E402

NOW = datetime(2026, 3, 2, 2, 5, tzinfo=UTC)
BLUE, RED = (24, 58, 176), (208, 24, 32)
DPI = 84
AGENCY = "Ủy ban nhân dân xã An Bình"
NAME = "Lê Văn Tuấn"

LETTER = [
    # centre or left edge in mm, baseline in mm, size, alignment, text
    (62, 26, 12, "c", "ỦY BAN NHÂN DÂN"),
    (62, 32, 12, "c", "XÃ AN BÌNH"),
    (62, 42, 12, "c", "Số: 128/QĐ-UBND"),
    (145, 26, 12, "c", "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"),
    (145, 32, 13, "c", "Độc lập - Tự do - Hạnh phúc"),
    (145, 42, 12, "c", "An Bình, ngày 02 tháng 3 năm 2026"),
    (105, 58, 14, "c", "QUYẾT ĐỊNH"),
    (105, 65, 13, "c", "Về việc công nhận kết quả (văn bản mẫu, không có giá trị)"),
    (30, 82, 13, "l", "Căn cứ Luật Tổ chức chính quyền địa phương;"),
    (30, 90, 13, "l", "Theo đề nghị của công chức Văn phòng - Thống kê,"),
    (105, 102, 13, "c", "QUYẾT ĐỊNH:"),
    (30, 114, 13, "l", "Điều 1. Công nhận kết quả giải quyết hồ sơ theo danh sách kèm theo."),
    (30, 122, 13, "l", "Điều 2. Quyết định này có hiệu lực kể từ ngày ký."),
    (30, 130, 13, "l", "Điều 3. Các ông, bà có tên tại Điều 1 chịu trách nhiệm thi hành./."),
    (30, 150, 11, "l", "Nơi nhận:"),
    (30, 156, 11, "l", "- Như Điều 3;"),
    (30, 162, 11, "l", "- Lưu: VT."),
    (148, 150, 13, "c", "CHỦ TỊCH"),
    (148, 186, 13, "c", NAME),
]


def page(path: Path, rows: list[tuple[float, float, float, str, str]]) -> Path:
    """An A4 page with lines of print."""
    content = ["BT 0.12 g"]
    for x_mm, y_mm, size, align, text in rows:
        x, y = x_mm * PT_PER_MM, (297 - y_mm) * PT_PER_MM
        x -= mark_font().width_pt(text, size) / 2 if align == "c" else 0
        code = mark_font().encode(text)
        content.append(f"/F1 {size} Tf 1 0 0 1 {x:.2f} {y:.2f} Tm {code} Tj")
    with pikepdf.new() as pdf:
        pdf.add_blank_page(page_size=(210 * PT_PER_MM, 297 * PT_PER_MM))
        font = to_pikepdf(pdf, objects.font_object())
        pdf.pages[0].Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F1=font))
        pdf.pages[0].Contents = pdf.make_stream("\n".join([*content, "ET"]).encode())
        pdf.save(path)
    return path


def signature(path: Path) -> Path:
    """A pen stroke that swings, thins and thickens; drawn large, then made smooth."""
    image = Image.new("RGBA", (2520, 1320), (*BLUE, 0))
    draw = ImageDraw.Draw(image)
    for step in range(5200):
        t = step / 5200
        swing = math.sin(2 * math.pi * (5.2 * t + 0.9 * math.sin(2.4 * t)))
        x = 240 + 1980 * t + 150 * math.cos(2 * math.pi * 5.2 * t + 0.6)
        y = 640 - (470 * (1 - t) ** 1.6 + 70) * swing - 90 * math.sin(4 * t)
        pen = 9 + 11 * abs(math.cos(2 * math.pi * (5.2 * t) + 0.7)) * (1 - 0.6 * t)
        draw.ellipse((x - pen, y - pen, x + pen, y + pen), fill=(*BLUE, 255))
    for step in range(1500):
        t = step / 1500
        x, y = 2280 - 1700 * t, 930 + 170 * math.sin(2.6 * t) - 60 * t
        pen = 4 + 9 * math.sin(math.pi * t)
        draw.ellipse((x - pen, y - pen, x + pen, y + pen), fill=(*BLUE, 255))
    image.resize((840, 440), Image.Resampling.LANCZOS).save(path)
    return path


def seal(path: Path) -> Path:
    """A round specimen seal: two rings, words around, a star."""
    side, middle = 2400, 1200
    image = Image.new("RGBA", (side, side), (*RED, 0))
    draw = ImageDraw.Draw(image)
    for radius, pen in ((1198, 44), (1128, 14), (700, 16)):
        box = (middle - radius, middle - radius, middle + radius, middle + radius)
        draw.ellipse(box, outline=(*RED, 255), width=pen)
    points = []
    for corner in range(10):
        angle, radius = math.pi * corner / 5 - math.pi / 2, (430, 172)[corner % 2]
        points.append((middle + radius * math.cos(angle), middle + radius * math.sin(angle)))
    draw.polygon(points, fill=(*RED, 255))
    _around(image, "ỦY BAN NHÂN DÂN XÃ AN BÌNH", 925, 205, upward=True)
    _around(image, "MẪU – KHÔNG CÓ GIÁ TRỊ", 925, 165, upward=False)
    image.resize((850, 850), Image.Resampling.LANCZOS).save(path)
    return path


def _around(image: Image.Image, text: str, radius: float, size: int, *, upward: bool) -> None:
    font = ImageFont.truetype(str(mark_font().path), size)
    middle = image.width / 2
    total = sum(font.getlength(letter) for letter in text)
    angle = -total / radius / 2
    for letter in text:
        half = font.getlength(letter) / radius / 2
        angle += half
        tile = Image.new("RGBA", (600, 600), (*RED, 0))
        ImageDraw.Draw(tile).text((300, 300), letter, (*RED, 255), font=font, anchor="mm")
        turn = -math.degrees(angle) if upward else math.degrees(angle)
        tile = tile.rotate(turn, Image.Resampling.BICUBIC)
        x = middle + radius * math.sin(angle)
        y = middle - radius * math.cos(angle) * (1 if upward else -1)
        image.alpha_composite(tile, (round(x - 300), round(y - 300)))
        angle += half


def main() -> None:
    """Write one picture for each profile."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        values = {
            "agency": AGENCY,
            "signer": NAME,
            "document_number": "128/QĐ-UBND",
            "number": "1205",
            "book": "02/2026 - SCT/BS",
            "title": "PHÓ CHỦ TỊCH",
            "signature_image": str(signature(folder / "signature.png")),
            "seal_image": str(seal(folder / "seal.png")),
        }
        _draw(folder, values)


def _draw(folder: Path, values: dict[str, str]) -> None:
    letter = page(folder / "letter.pdf", LETTER)
    for profile in ("electronic_copy", "attachment", "digitization", "official_signature"):
        _save(profile, letter, values)
    demo = demonstration.ensure(folder / "keys")
    with keys.open_key(demo.key_uri, demo.passphrase()) as key:
        for profile, role, seal_profile in (
            ("official_signature", "", "agency_seal"),
            ("certified_copy", "officer", "certified_copy"),
        ):
            look = load_appearance(profile, role)
            signed = engine.sign_file(
                letter, folder / f"{profile}.pdf", key,
                replace(demo.policy(), appearance=look),
                timestamper=demo.tsa, appearance_values=values,
            )  # fmt: skip
            _save(seal_profile, signed.path, values, "seal" if role else "")


def _save(profile: str, source: Path, values: dict[str, str], role: str = "") -> None:
    look = load_appearance(profile, role)
    shown = preview(source, look, values, dpi=DPI, now=NOW)
    image = Image.fromarray(shown.pixels)
    ImageDraw.Draw(image).rectangle((0, 0, image.width - 1, image.height - 1), outline=(150,) * 3)
    image.quantize(64, dither=Image.Dither.NONE).save(HERE / f"{profile}.png", optimize=True)


if __name__ == "__main__":
    main()
