"""The second step: telling the province's system what was stored, in the words of its profile.

There is no common call on the national axis. What a province wants is data: the body is a table of
the profile whose texts name our values in braces, its answers are codes that the profile sorts into
done, wait, token and refuse. A gateway answers 200 with a fault inside, so the body decides.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from desk_app.records import Receipt
from desk_app.store.database import Store, now_local
from desk_app.submission import answers
from desk_app.submission.access import Access
from desk_app.submission.answers import refused
from desk_app.submission.errors import LineBroken, NotTheStore, RegistrationRefused, StoreDenied
from desk_app.submission.queue import Item
from desk_app.submission.wire import Answer, Wire

DONE, WAIT, TOKEN, REFUSE = "done", "wait", "token", "refuse"
ACTIONS = (DONE, WAIT, TOKEN, REFUSE)
VALUES = (
    "dossier.code", "dossier.procedure", "document.id", "document.ordinal", "document.title",
    "document.type", "document.component", "file.sha256", "file.size", "file.name", "file.media",
    "file.url", "file.stored_at", "now", "today",
)  # fmt: skip
"""What a profile may name beside `field.<name>`, the fields that were read."""
_PLACE = re.compile(r"\{([^{}]*)\}")
MAX_MESSAGE = 200


@dataclass(frozen=True, slots=True)
class RegistrationOptions:
    """The [registration] table of a profile."""

    url: str
    body: Mapping[str, Any]
    """What is sent as JSON; texts hold values in braces."""
    code_at: str = "status"
    """Where in the answer its code stands; dots go deeper."""
    message_at: str = "message"
    id_at: str = ""
    """Where the province's own number of the registration stands."""
    codes: Mapping[str, str] = ()  # type: ignore[assignment]
    """What each code means; one that is not listed is a refusal."""
    required: tuple[str, ...] = ()
    """Values without which there is no point in calling."""


def places(template: object) -> set[str]:
    """The names in braces anywhere in a body."""
    if isinstance(template, str):
        return set(_PLACE.findall(template))
    if isinstance(template, Mapping):
        return {name for each in template.values() for name in places(each)}
    if isinstance(template, list):
        return {name for each in template for name in places(each)}
    return set()


def is_known(name: str) -> bool:
    """Whether a name in braces is one of ours."""
    return name in VALUES or (name.startswith("field.") and len(name) > 6)


def fill(template: object, values: Mapping[str, str]) -> Any:  # noqa: ANN401 - JSON
    """A body with its values; what we do not have is empty."""
    if isinstance(template, str):
        return _PLACE.sub(lambda place: values.get(place[1], ""), template)
    if isinstance(template, Mapping):
        return {name: fill(each, values) for name, each in template.items()}
    if isinstance(template, list):
        return [fill(each, values) for each in template]
    return template


def values_of(store: Store, item: Item, file_url: str, now: datetime) -> dict[str, str]:
    """What the desk knows of a stored file, under the names that profiles use."""
    found = {
        "file.sha256": item.key, "file.size": str(item.size), "file.name": f"{item.key}.pdf",
        "file.url": file_url, "now": now.isoformat(timespec="seconds"),
        "today": now.date().isoformat(),
    }  # fmt: skip
    for prefix, sql, value in (
        ("dossier", "SELECT code, procedure FROM dossier WHERE id = ?", item.dossier_id),
        ("document", "SELECT id, ordinal, title, type, component FROM document WHERE id = ?",
         item.document_id),
        ("file", "SELECT media FROM blob WHERE sha256 = ?", item.key),
        ("file", "SELECT json_extract(receipt, '$.stored_at') AS stored_at FROM upload "
         "WHERE key = ? AND receipt IS NOT NULL ORDER BY id", item.key),
    ):  # fmt: skip
        if (row := store.row(sql, value)) is not None:
            facts = dict(row).items()
            found |= {f"{prefix}.{name}": str(fact) for name, fact in facts if fact is not None}
    fields = store.rows("SELECT name, value FROM field WHERE document_id = ?", item.document_id)
    return found | {f"field.{row['name']}": row["value"] for row in fields}


class Registrar:
    """Makes the calls of one profile.

    Args:
        name: how messages call the province's system.
        options: the profile's table.
        wire: connection to it.
        access: what lets us in.
        clock: the station's time.
    """

    def __init__(
        self, name: str, options: RegistrationOptions, wire: Wire, access: Access, *,
        clock: Callable[[], datetime] = now_local,
    ) -> None:  # fmt: skip
        self.name = name
        self._options = options
        self._wire = wire
        self._access = access
        self._clock = clock

    def register(self, store: Store, item: Item, file_url: str) -> Receipt:
        """Tell of one stored file; a second time is told again, and `done` is a fine answer.

        Raises:
            RegistrationRefused: the system does not take what we say.
            StoreUnreachable: it cannot be asked now.
        """
        now = self._clock()
        values = values_of(store, item, file_url, now)
        if missing := [name for name in self._options.required if not values.get(name)]:
            names = ", ".join(missing)
            raise RegistrationRefused(
                vi_detail=f"thiếu {names}", en_detail=f"{names} is missing", answer="–"
            )
        body = json.dumps(fill(self._options.body, values), ensure_ascii=False).encode()
        told = self._call(body)
        raw: dict[str, object] = {"kind": "registration", "code": told.code, "id": told.id}
        return Receipt(
            item.key, item.key, item.size, now.isoformat(timespec="milliseconds"), self.name, raw
        )

    def close(self) -> None:
        """Drop the connection."""
        self._wire.close()

    def _call(self, body: bytes) -> _Told:
        for fresh in (False, True):
            headers = {"Content-Type": "application/json; charset=utf-8",
                       "Accept": "application/json", **self._access.headers(fresh)}  # fmt: skip
            told = self._read(self._wire.request("POST", self._options.url, headers, body))
            if told.action != TOKEN:
                break
        if told.action == DONE:
            return told
        facts = {"vi_detail": told.message, "en_detail": told.message}
        if told.action == REFUSE:
            raise RegistrationRefused(answer=told.code, **facts)
        kind = LineBroken if told.action == WAIT else StoreDenied
        raise kind(
            store=self.name, vi_detail=f"hệ thống trả lời mã {told.code}",
            en_detail=f"the system answers with code {told.code}",
        )  # fmt: skip

    def _read(self, answer: Answer) -> _Told:
        if answer.status == 401:
            return _Told(TOKEN, "401", "", "")
        try:
            said = answers.said(answer.body)
        except ValueError:
            said = None
        code = _at(said, self._options.code_at)
        if code and (action := self._options.codes.get(code)):
            return _Told(
                action, code, self._text(said), _at(said, self._options.id_at)[:MAX_MESSAGE]
            )
        if answer.status not in (200, 201, 400, 409, 422) or answer.is_html:
            raise refused(self.name, answer)
        if not code:
            raise NotTheStore(
                store=self.name, vi_detail="câu trả lời không có mã kết quả",
                en_detail="its answer holds no result code",
            )  # fmt: skip
        return _Told(REFUSE, code[:40], self._text(said), "")

    def _text(self, said: object) -> str:
        """The system's own words, as one line; they are shown, not logged."""
        text = " ".join(_at(said, self._options.message_at).split())
        return "".join(c for c in text if c.isprintable())[:MAX_MESSAGE] or "không nêu lý do"


@dataclass(frozen=True, slots=True)
class _Told:
    action: str
    code: str
    message: str
    id: str


def _at(said: object, path: str) -> str:
    """The text or number at a dotted path of an answer; empty where there is none."""
    for name in path.split(".") if path else ():
        said = said.get(name) if isinstance(said, dict) else None
    if isinstance(said, bool):
        return str(said).lower()
    return str(said) if path and isinstance(said, str | int | float) else ""
