"""Verdicts as JSON, with the keys that the verify command promises."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from signing.certificates import Text
from signing.verify.facts import Place, SignatureFacts, Timestamp, Unreadable
from signing.verify.verdict import FileVerdict, SignatureVerdict


def to_json(verdict: FileVerdict) -> dict[str, Any]:
    """One file's verdict as a JSON object; times are ISO 8601, paths absolute."""
    return {
        "path": str(verdict.path.resolve()),
        "status": verdict.status.value,
        "reason": verdict.reason.to_json(),
        "next": verdict.next_step.to_json(),
        "warnings": [warning.to_json() for warning in verdict.warnings],
        "signatures": [signature_json(s) for s in verdict.signatures],
    }


def signature_json(verdict: SignatureVerdict) -> dict[str, Any]:
    """One signature's verdict and facts."""
    facts = verdict.facts
    common = {
        "status": verdict.status.value,
        "reason": verdict.reason.to_json(),
        "warnings": [warning.to_json() for warning in verdict.warnings],
    }
    if isinstance(facts, Unreadable):
        return {**_unreadable(facts), **common, **_place(facts.place)}
    return {
        "field": facts.field,
        "kind": facts.kind,
        "signer": facts.signer,
        "agency": facts.agency,
        "issuer": facts.issuer,
        "certificate_sha256": facts.signer_sha256,
        "level": facts.level,
        **common,
        "time": _time(facts.moment) if facts.moment_is_proven else _time(facts.claimed_time),
        "time_is_proven": facts.moment_is_proven,
        "facts": _facts(facts),
        "revision": {"bytes": facts.signed_until, "number": facts.revision + 1},
        "marks": [_place(place) for place in facts.marks],
        **_place(facts.place),
    }


def _unreadable(facts: Unreadable) -> dict[str, Any]:
    return {
        "field": facts.field,
        "kind": "signature",
        "signer": "",
        "agency": "",
        "level": "",
        "facts": {
            "intact": None,
            "valid": None,
            "trusted": None,
            "revocation": "not_checked",
            "timestamp": None,
            "coverage": "unclear",
            "modification": {"code": "unknown", "vi": "", "en": "", "detail": facts.detail},
            "algorithm": None,
        },
    }


def _facts(facts: SignatureFacts) -> dict[str, Any]:
    algorithm = facts.algorithm
    return {
        "intact": facts.intact,
        "valid": facts.valid,
        "trusted": facts.judgement.standing == "trusted",
        "standing": facts.judgement.standing.value,
        "revocation": facts.judgement.revocation,
        "revocation_source": facts.revocation_source or None,
        "signer_level": _level(facts),
        "revoked_at": _time(facts.judgement.revoked_at),
        "timestamp": _timestamp(facts.timestamp),
        "coverage": facts.coverage.value,
        "modification": {
            **modification_words(facts).to_json(),
            "fields": list(facts.modification.fields),
            "detail": facts.modification.detail,
            "pages": list(facts.modification.pages),
            "pages_not_compared": facts.modification.unseen,
            "hidden_by": [
                {"field": field, "page": page} for field, page in facts.modification.hiding
            ],
        },
        "algorithm": {
            "digest": algorithm.digest,
            "signature": algorithm.signature,
            "key_bits": algorithm.key_bits,
            "weak": algorithm.weak or algorithm.broken,
        },
    }


_CHANGES = {
    "none": ("không có thay đổi nào sau khi ký", "nothing was changed after signing"),
    "maintenance": (
        "sau khi ký chỉ bổ sung dữ liệu xác minh lâu dài",
        "only data for long-term validation was added",
    ),
    "signatures": ("sau khi ký có thêm chữ ký khác", "further signatures were added"),
    "form": ("sau khi ký có ô biểu mẫu bị điền thêm", "a form field was filled afterwards"),
    "annotations": ("sau khi ký có thêm chú thích", "annotations were added afterwards"),
    "description": (
        "sau khi ký tiêu đề, tác giả hoặc thông tin mô tả đã bị đổi",
        "the title, author or other description was changed afterwards",
    ),
    "shown": (
        "trang hiển thị khác với nội dung lúc ký",
        "a page shows something else than what was signed",
    ),
    "forbidden": (
        "sau khi ký nội dung hiển thị đã bị sửa",
        "what the file shows was altered afterwards",
    ),
    "unknown": (
        "không so sánh được với nội dung lúc ký",
        "it cannot be compared with what was signed",
    ),
}


def modification_words(facts: SignatureFacts) -> Text:
    """What later revisions did, in words."""
    change = facts.modification.change.value
    vi, en = _CHANGES[change]
    return Text(change, vi, en)


def _level(facts: SignatureFacts) -> dict[str, Any] | None:
    """What a stranger's certificate says of its holder is a claim and nothing more."""
    if facts.signer_level is None:
        return None
    return {
        **facts.signer_level.to_json(),
        "proven": facts.judgement.standing == "trusted",
    }


def _timestamp(stamp: Timestamp | None) -> dict[str, Any] | None:
    if stamp is None:
        return None
    return {
        "time": _time(stamp.time),
        "authority": stamp.authority,
        "intact": stamp.intact,
        "trusted": stamp.is_trusted,
    }


def _place(place: Place | None) -> dict[str, Any]:
    if place is None:
        return {"page": None, "box": None, "box_shown": None}
    return {
        "page": place.page,
        "box": [round(edge, 2) for edge in place.box],
        "box_shown": [round(edge, 5) for edge in place.shown],
    }


def _time(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
