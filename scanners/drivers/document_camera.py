"""Document cameras: which there are. What they see is read in `camera`, in a worker alone."""

from __future__ import annotations

import contextlib
import importlib.util
import os
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from scanners import state
from scanners.device import Capabilities, DeviceInfo, DeviceName, DriverInfo, SourceCapabilities
from scanners.errors import BadRequest, DeviceFault

if TYPE_CHECKING:
    from scanners.drivers.camera import CameraSession

CAPABILITIES = Capabilities((SourceCapabilities("glass", modes=("color", "gray")),))


class CameraDriver:
    """Driver of document cameras and of files in their place."""

    kind = "camera"

    def available(self) -> DriverInfo:
        """Whether OpenCV is installed."""
        if importlib.util.find_spec("cv2") is not None:
            return DriverInfo(self.kind, True)
        return DriverInfo(
            self.kind, False, "Chưa cài OpenCV (opencv-python-headless).",
            "OpenCV (opencv-python-headless) is not installed.",
        )  # fmt: skip

    def probe(self) -> Iterable[DeviceInfo]:
        """The video devices that the kernel lists (Linux); elsewhere they are named by number."""
        for node in sorted(Path("/sys/class/video4linux").glob("video*")):
            with contextlib.suppress(OSError):
                number = node.name.removeprefix("video")
                label = (node / "name").read_text(encoding="utf-8", errors="replace").strip()
                yield DeviceInfo(f"camera:{number}", label, self.kind, ("glass",), CAPABILITIES)

    def check(self, name: DeviceName) -> None:
        """The name is a number or a path."""
        if not name.rest or "\0" in name.rest or (name.rest.isdigit() and len(name.rest) > 3):
            raise BadRequest("BAD_DEVICE", detail="camera:0, camera:FILE")

    def open(self, name: DeviceName) -> CameraSession:
        """Open the camera or file.

        Raises:
            BadRequest: There is no such file.
            DeviceFault: OFFLINE, BUSY, MISSING_DRIVER.
        """
        if not self.available().available:
            raise DeviceFault("MISSING_DRIVER", detail="opencv-python-headless")
        from scanners.drivers.camera import CameraSession, open_source

        lock = state.claim(f"camera:{name.rest}") if name.rest.isdigit() else None
        try:
            return CameraSession(open_source(name.rest), lock)
        except BaseException:
            if lock is not None:
                os.close(lock)
            raise


DRIVER = CameraDriver()
