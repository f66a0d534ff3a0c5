"""Pages with print that can be searched, set in the font of the marks."""

from __future__ import annotations

import pikepdf

from signing.appearance import objects
from signing.appearance.font import mark_font
from signing.appearance.mark import PT_PER_MM, PageBox
from signing.appearance.preview import to_pikepdf


def printed_lines(path, rows, size_mm=(210, 297), rotate=0, crop_mm=None):
    """Print ``(left_mm, baseline_mm, text, size_pt)`` on a page as it is shown."""
    width, height = (side * PT_PER_MM for side in size_mm)
    left, low, right, high = (edge * PT_PER_MM for edge in crop_mm or (0, 0, 0, 0))
    across, up = (height, width) if rotate in (90, 270) else (width, height)
    look = PageBox((0, 0, across, up), rotate)
    turn = {0: "1 0 0 1", 90: "0 1 -1 0", 180: "-1 0 0 -1", 270: "0 -1 1 0"}[rotate]
    content = ["BT 0 g"]
    for x_mm, y_mm, text, size in rows:
        x, y = look.to_user(x_mm * PT_PER_MM, height - y_mm * PT_PER_MM)
        code = mark_font().encode(text)
        content.append(f"/F1 {size} Tf {turn} {x:.2f} {y:.2f} Tm {code} Tj")
    with pikepdf.new() as pdf:
        pdf.add_blank_page(page_size=(across, up))
        page = pdf.pages[0]
        page.MediaBox = [-left, -low, across + right, up + high]
        if crop_mm:
            page.CropBox = [0, 0, across, up]
        if rotate:
            page.Rotate = rotate
        font = to_pikepdf(pdf, objects.font_object())
        page.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F1=font))
        page.Contents = pdf.make_stream("\n".join([*content, "ET"]).encode())
        pdf.save(path)
    return path
