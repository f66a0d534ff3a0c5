"""What the tables of several screens have in common."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt


def left_header(
    titles: Sequence[str], section: int, orientation: Qt.Orientation, role: int
) -> object:
    """What a model says of its columns: their titles, at the left."""
    if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
        return titles[section] if section < len(titles) else None
    if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.TextAlignmentRole:
        return int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
    return None
