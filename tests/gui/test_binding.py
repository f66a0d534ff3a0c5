"""The binding itself: on the wrong pair of versions a window dies after a few thousand calls."""

import sys

from PySide6.QtCore import QObject


def test_binding_does_not_leak_singletons(qapp):
    """PySide6 6.12.0 on Python < 3.12 drops a reference to None on every void call."""
    probe = QObject()
    before = sys.getrefcount(None)
    for _ in range(500):
        probe.setObjectName("x")
    assert abs(sys.getrefcount(None) - before) < 50
