"""Put an unsigned file in order that breaks the format's rules and that readers show all the same.

Programs in daily use write cross-references that a strict reader refuses. Such a file is written
anew, object by object, before it is signed: what is signed has to read the same everywhere. Where
the reader had to repair it, both files are rendered, and a page that looks different ends it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

_DPI = 60.0
_LONGEST_PX = 2_000


def mend(src: Path, dst: Path) -> bool:
    """Write ``src`` anew to ``dst``; False where the two do not certainly show the same.

    To be called where a hostile file may crash or spin.
    """
    import pikepdf

    try:
        with pikepdf.open(src) as pdf:
            pages = len(pdf.pages)
            pdf.save(dst, fix_metadata_version=False)
            is_repaired = bool(pdf.get_warnings())
    except (pikepdf.PdfError, RuntimeError, ValueError, TypeError):
        return False
    return pages > 0 and (not is_repaired or _look_the_same(src, dst))


def _look_the_same(src: Path, dst: Path) -> bool:
    import pypdfium2

    try:
        with pypdfium2.PdfDocument(src) as before, pypdfium2.PdfDocument(dst) as after:
            return len(before) == len(after) and all(
                _picture(before[number]) == _picture(after[number]) for number in range(len(before))
            )
    except pypdfium2.PdfiumError:
        return False


def _picture(page: Any) -> tuple[object, ...]:  # noqa: ANN401
    scale = min(_DPI / 72, _LONGEST_PX / max(*page.get_size(), 1.0))
    pixels = page.render(scale=scale, grayscale=True).to_numpy()
    return page.get_size(), pixels.shape, pixels.tobytes()
