"""Columns of forms that print two persons side by side."""

from __future__ import annotations

from collections.abc import Sequence

from desk_app.recognition.rows import Row


def column_edge(rows: Sequence[Row], start: float, end: float) -> float:
    """Return the x at which the right one of two columns begins.

    Headings may stand centred above their columns, so it is not simply the heading's left edge:
    it is the middle of the widest strip between both headings that the fewest words cross.

    Args:
        rows: The rows below the headings.
        start: Middle of the left heading, in pixels.
        end: Left edge of the right heading.
    """
    step = max(1.0, rows[0].height / 4) if rows else 1.0
    places = [start + n * step for n in range(max(2, int((end - start) / step) + 1))]
    spans = [rect for row in rows for rect in row.rects]
    crossed = [sum(rect[0] < x < rect[2] for rect in spans) for x in places]
    least = min(crossed)
    best, run = (0, len(places) - 1), 0
    for number, count in enumerate([*crossed, least + 1]):
        if count == least:
            run += 1
            continue
        # Of equally wide strips the one nearer to the right column is the gutter.
        if run and run >= best[0]:
            best = run, number - 1
        run = 0
    return places[max(0, best[1] - best[0] // 2)] if best[0] < len(places) else end - step
