"""An HTTP answer that is not the one asked for, in words."""

from __future__ import annotations

from desk_app.errors import DeskError
from desk_app.submission.errors import (
    LineBroken,
    NotTheStore,
    StoreDenied,
    StoreFull,
    StoreMisconfigured,
)
from desk_app.submission.wire import Answer

_MOMENTARY = {408, 423, 425, 429, 500, 502, 503, 504}


def refused(name: str, answer: Answer) -> DeskError:
    """The error for an answer whose status tells a fault, or that is no answer of a store.

    All of them are faults of the line, the server or the profile: the file waits.
    """
    status = answer.status
    if status == 507:
        return StoreFull(store=name)
    kind, vi, en = _meaning(answer)
    return kind(store=name, vi_detail=f"{vi} (HTTP {status})", en_detail=f"{en} (HTTP {status})")


def _meaning(answer: Answer) -> tuple[type[DeskError], str, str]:
    if answer.status in (401, 403):
        return StoreDenied, "bị từ chối quyền truy cập", "access is denied"
    if 300 <= answer.status < 400:
        return (
            StoreMisconfigured,
            "máy chủ chuyển sang địa chỉ khác",
            "the server redirects to another address",
        )
    if answer.status in _MOMENTARY:
        return LineBroken, "máy chủ đang bận", "the server is busy"
    if answer.is_html:
        return (
            NotTheStore,
            "nhận được một trang web thay vì câu trả lời của kho",
            "a web page came instead of the store's answer",
        )
    return StoreMisconfigured, "máy chủ không làm được", "the server does not do it"
