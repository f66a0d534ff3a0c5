"""The desk's only import of OpenCV.

OpenCV wheels with a window part point Qt's plugin variables at their own Qt; inherited by a window
of ours they end it at start-up. Whatever the import changed is put back. One thread: pages are
spread over processes, and a second level of threads only makes two cores slower.
"""

from __future__ import annotations

import os

_QT_VARIABLES = ("QT_QPA_PLATFORM_PLUGIN_PATH", "QT_QPA_FONTDIR")
_before = {name: os.environ.get(name) for name in _QT_VARIABLES}

import cv2  # noqa: E402, TID251 - the variables above must be noted first

for _name, _value in _before.items():
    os.environ.pop(_name, None)
    if _value is not None:
        os.environ[_name] = _value
cv2.setNumThreads(1)

__all__ = ["cv2"]
