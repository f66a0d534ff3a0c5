"""libsane's own `test` backend, alone, in a private configuration with A4 geometry."""

from __future__ import annotations

import os
from pathlib import Path

DEVICE = "sane:test:0"

_OPTIONS = {
    "number_of_devices": "2",
    "mode": "Color",
    "depth": "8",
    "hand-scanner": "false",
    "three-pass": "false",
    "three-pass-order": "RGB",
    "resolution_min": "1.0",
    "resolution_max": "1200.0",
    "resolution_quant": "1.0",
    "resolution": "300.0",
    "test-picture": '"Color pattern"',
    "read-limit": "false",
    "read-limit-size": "1",
    "read-delay": "false",
    "read-delay-duration": "1000",
    "read-status-code": '"Default"',
    "fuzzy-parameters": "false",
    "ppl-loss": "0",
    "non-blocking": "false",
    "select-fd": "false",
    "enable-test-options": "false",
    "geometry_min": "0.0",
    "geometry_max": "432.0",
    "geometry_quant": "1.0",
    "tl_x": "0.0",
    "tl_y": "0.0",
    "br_x": "210.0",
    "br_y": "297.0",
}


def write_config(folder: Path, **changes: str) -> Path:
    """Write dll.conf and test.conf into a folder; `changes` replace options (`_` for `-`)."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "dll.conf").write_text("test\n", encoding="ascii")
    options = _OPTIONS | {
        key if key in _OPTIONS else key.replace("_", "-"): value for key, value in changes.items()
    }
    lines = [f"{key} {value}" for key, value in options.items()]
    (folder / "test.conf").write_text("\n".join(lines) + "\n", encoding="ascii")
    return folder


def is_available(folder: Path) -> bool:
    """Whether libsane and its test backend are installed, asked through a worker of ours."""
    from scanners.worker import list_devices

    before = os.environ.get("SANE_CONFIG_DIR")
    os.environ["SANE_CONFIG_DIR"] = str(write_config(folder))
    try:
        return DEVICE in {device.uri for device in list_devices(20.0)}
    finally:
        if before is None:
            del os.environ["SANE_CONFIG_DIR"]
        else:
            os.environ["SANE_CONFIG_DIR"] = before
