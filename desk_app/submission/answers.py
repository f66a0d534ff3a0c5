"""An HTTP answer that is not the one asked for, in words."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from desk_app.errors import DeskError
from desk_app.submission.errors import (
    LineBroken,
    NotTheStore,
    StoreDenied,
    StoreFull,
    StoreMisconfigured,
)

if TYPE_CHECKING:
    from desk_app.submission.wire import Answer

_MOMENTARY = {408, 423, 425, 429}
_NEVER = {501, 505}
LONGEST_WAIT_S = 3600.0
"""A server may ask for no more: it may have come back, and clocks differ."""


def said(body: bytes) -> Any:  # noqa: ANN401 - JSON
    """JSON that can be kept in a database as it is.

    Raises:
        ValueError: it is none, holds numbers or letters that are none, or is nested without end.
    """
    try:
        found = json.loads(body, parse_constant=_no_number)
    except RecursionError as fault:
        raise ValueError from fault
    json.dumps(found, ensure_ascii=False, allow_nan=False).encode()  # halves of letters fail here
    return found


def _no_number(text: str) -> None:
    raise ValueError(text)


def refused(name: str, answer: Answer) -> DeskError:
    """The error for an answer whose status tells a fault, or that is no answer of a store.

    All of them are faults of the line, the server or the profile: the file waits.
    """
    status = answer.status
    if status == 507:
        return StoreFull(store=name)
    kind, vi, en = _meaning(answer)
    facts = {"vi_detail": f"{vi} (HTTP {status})", "en_detail": f"{en} (HTTP {status})"}
    if kind is LineBroken:
        return kind(store=name, wait_s=asked_wait_s(answer), **facts)
    return kind(store=name, **facts)


def asked_wait_s(answer: Answer) -> float:
    """Seconds until the server wants to be asked again; 0 where it does not say so."""
    text = answer.headers.get("retry-after", "").strip()
    try:
        seconds = float(text) if text.isascii() and text.isdigit() else _until(text)
    except (ValueError, TypeError, OverflowError):
        return 0.0
    return max(0.0, min(LONGEST_WAIT_S, seconds))


def _until(text: str) -> float:
    day = parsedate_to_datetime(text)
    return (day.replace(tzinfo=day.tzinfo or UTC) - datetime.now(UTC)).total_seconds()


def _meaning(answer: Answer) -> tuple[type[DeskError], str, str]:
    if answer.status in (401, 403):
        return StoreDenied, "bị từ chối quyền truy cập", "access is denied"
    if 300 <= answer.status < 400:
        return (
            StoreMisconfigured,
            "máy chủ chuyển sang địa chỉ khác",
            "the server redirects to another address",
        )
    is_away = 500 <= answer.status < 600 and answer.status not in _NEVER
    if is_away or answer.status in _MOMENTARY:
        return LineBroken, "máy chủ đang bận", "the server is busy"
    if answer.is_html:
        return (
            NotTheStore,
            "nhận được một trang web thay vì câu trả lời của kho",
            "a web page came instead of the store's answer",
        )
    return StoreMisconfigured, "máy chủ không làm được", "the server does not do it"
