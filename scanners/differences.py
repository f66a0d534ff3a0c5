"""How a setting that the device did not take as asked is said."""

from __future__ import annotations

from scanners.device import Difference

_WHAT_VI = {
    "source": "nguồn giấy",
    "mode": "chế độ màu",
    "depth": "độ sâu màu",
    "resolution": "độ phân giải",
    "paper size": "khổ giấy",
    "format": "định dạng ảnh",
}
_VALUE_VI = {
    "feeder": "khay nạp một mặt",
    "duplex": "khay nạp hai mặt",
    "glass": "mặt kính",
    "color": "màu",
    "gray": "xám",
    "bw": "đen trắng",
}


def difference(what: str, asked: object, got: object) -> Difference:
    """One difference in both languages.

    Args:
        what: source, mode, depth, resolution, paper size, format, or a driver's own option.
        asked: What was asked, with its unit.
        got: What the device does instead, with its unit.
    """
    before, now = str(asked), str(got)
    vi = (
        f"Máy quét không hỗ trợ {_WHAT_VI.get(what, what)} {_VALUE_VI.get(before, before)}; "
        f"đã dùng {_VALUE_VI.get(now, now)}."
    )
    en = f"The scanner does not support {what} {before}; {now} was used."
    return Difference(what, before, now, vi, en)


def in_mm(size: tuple[float, float]) -> str:
    """A paper size for people."""
    return f"{size[0]:g} × {size[1]:g} mm"
