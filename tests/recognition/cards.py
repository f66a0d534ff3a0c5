"""Citizen cards drawn with their QR code, scanned by chance: turned, leaning, noisy, soft."""

from __future__ import annotations

import io
import random

import numpy as np
import segno
from PIL import Image, ImageDraw, ImageFilter

from tests.imaging import drawn

TINTS = ((226, 238, 228), (236, 226, 232), (222, 232, 242), (240, 236, 214))
FAMILIES = ("Nguyễn", "Trần", "Lê", "Huỳnh", "Đặng", "Vương", "Tôn Nữ", "Phùng")
GIVEN = ("Thị Ngọc Diễm", "Văn Vững", "Quốc Khánh", "Thiện Nhẫn", "Bảo Châu", "Hữu Khoẻ", "A Páo")
PLACES = ("Tổ 5, Phường Vân Hải, Hạ Long, Quảng Ninh", "Ấp Bình Thạnh, Mỹ Đức, Hà Tiên, Kiên Giang",
          "Thôn Đông Yên 2, Bình Dương, Bình Sơn, Quảng Ngãi")  # fmt: skip


def payload(lot: random.Random) -> str:
    """Seven fields as the card's QR holds them."""
    number = f"0{lot.randint(10**10, 10**11 - 1)}"
    old = str(lot.randint(10**8, 10**9 - 1)) if lot.random() < 0.7 else ""
    name = f"{lot.choice(FAMILIES)} {lot.choice(GIVEN)}"
    born, issued = (f"{lot.randint(1, 28):02}{lot.randint(1, 12):02}{year}" for year in
                    (lot.randint(1940, 2008), lot.randint(2021, 2026)))  # fmt: skip
    return "|".join(
        (number, old, name, born, lot.choice(("Nam", "Nữ")), lot.choice(PLACES), issued)
    )


def qr_picture(text: str, side_px: int) -> Image.Image:
    data = io.BytesIO()
    segno.make(text, error="m", micro=False).save(data, "png", scale=8, border=2)
    return Image.open(data).convert("RGB").resize((side_px, side_px), Image.Resampling.BOX)


def scanned_card(seed: int, side_mm: int, dpi: int) -> tuple[Image.Image, str]:
    """A page with one card on it, and what its QR holds."""
    lot = random.Random(1000 * seed + side_mm + dpi)
    text = payload(lot)
    tint = lot.choice(TINTS)
    card = Image.new("RGB", (round(3.37 * dpi), round(2.13 * dpi)), tint)
    draw = ImageDraw.Draw(card)
    for n in range(0, card.width, 9):
        draw.line((n, 0, card.width - n, card.height), tuple(value - 14 for value in tint))
    draw.text(
        (dpi * 0.9, dpi * 0.8), text.split("|")[2], font=drawn.font(dpi // 8), fill=(40, 40, 40)
    )
    side = round(side_mm / 25.4 * dpi)
    card.paste(qr_picture(text, side), (card.width - side - dpi // 10, dpi // 10))
    page = drawn.sheet((round(8.27 * dpi), round(11.69 * dpi)))
    card = card.rotate(lot.choice((0, 90, 180, 270)) + lot.uniform(-8, 8), Image.Resampling.BICUBIC,
                       expand=True, fillcolor=drawn.PAPER)  # fmt: skip
    page.paste(
        card, (lot.randint(0, page.width - card.width), lot.randint(0, page.height - card.height))
    )
    if seed % 2:
        page = page.filter(ImageFilter.GaussianBlur(0.6 * dpi / 200))
    return twice_pressed(noisy(page, seed)), text


def noisy(page: Image.Image, seed: int) -> Image.Image:
    values = np.asarray(page).astype(np.int16)
    noise = np.random.default_rng(seed).normal(0, 9, values.shape[:2]).astype(np.int16)
    return Image.fromarray(np.clip(values + noise[:, :, None], 0, 255).astype(np.uint8))


def twice_pressed(page: Image.Image) -> Image.Image:
    for _ in range(2):
        data = io.BytesIO()
        page.save(data, "JPEG", quality=75)
        page = Image.open(data)
        page.load()
    return page
