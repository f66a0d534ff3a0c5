"""What lets the desk in: a token by client credentials, and a province's own headers.

Secrets lie in a credentials file of the station, never in a profile: a TOML file of strings, in
`$XDG_CONFIG_HOME/desk/keys/` unless its path is absolute, readable by its owner alone.
"""

from __future__ import annotations

import base64
import json
import os
import stat
import time
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from desk_app.submission.answers import refused
from desk_app.submission.errors import NotTheStore, StoreDenied, StoreMisconfigured
from desk_app.submission.wire import Answer, Wire

EARLY_S = 60.0
"""A token is renewed so long before its end: clocks differ, and calls take time."""


@dataclass(frozen=True, slots=True)
class TokenOptions:
    """The [token] table: OAuth 2.0 client credentials, as WSO2 gateways give them."""

    url: str
    scope: str = ""


@dataclass(frozen=True, slots=True)
class HeaderOptions:
    """One entry of the [headers] table."""

    name: str
    text: str = ""
    """A fixed value."""
    credential: str = ""
    """Name of the secret that is the value."""
    base64_json: tuple[str, ...] = ()
    """Names of secrets that make up a JSON object, given in base64 (`lgspaccesstoken`)."""

    @property
    def secrets(self) -> tuple[str, ...]:
        """What it needs from the credentials file."""
        return (self.credential, *self.base64_json) if self.credential else self.base64_json


class Access:
    """Headers for every call to a province.

    Args:
        name: how messages call the store.
        credentials: the file of secrets; None where nothing needs one.
        token: where tokens come from; None for places that want none.
        headers: what else every call carries.
        wire: connection to the token's server.
    """

    def __init__(
        self, name: str, credentials: Path | None, token: TokenOptions | None,
        headers: tuple[HeaderOptions, ...], wire: Wire | None, *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        self.name = name
        self._credentials = credentials
        self._options = token
        self._headers = headers
        self._wire = wire
        self._clock = clock
        self._token = ""
        self._token_until = 0.0

    def headers(self, fresh: bool = False) -> Mapping[str, str]:
        """What the next call carries; `fresh` after the last token was refused.

        Raises:
            StoreDenied: the gateway gives no token.
            StoreMisconfigured: the credentials file is missing, open to others or incomplete.
        """
        needed = any(header.secrets for header in self._headers) or self._options
        secrets = _read_secrets(self.name, self._credentials) if needed else {}
        found = {header.name: self._value(header, secrets) for header in self._headers}
        if self._options is not None:
            if fresh or self._clock() >= self._token_until:
                self._fetch(self._options, secrets)
            found["Authorization"] = f"Bearer {self._token}"
        return found

    def close(self) -> None:
        """Drop the connection to the token's server."""
        if self._wire is not None:
            self._wire.close()

    def _value(self, header: HeaderOptions, secrets: Mapping[str, str]) -> str:
        if header.credential:
            value = self._secret(secrets, header.credential)
            if not value.isascii():
                raise _unfit(
                    self.name, f"{header.credential} chỉ được có ký tự ASCII",
                    f"{header.credential} must be ASCII",
                )  # fmt: skip
            return value
        if header.base64_json:
            members = {name: self._secret(secrets, name) for name in header.base64_json}
            return base64.b64encode(json.dumps(members).encode()).decode()
        return header.text

    def _secret(self, secrets: Mapping[str, str], name: str) -> str:
        if not secrets.get(name):
            raise _unfit(self.name, f"tệp khóa thiếu {name}", f"the credentials file lacks {name}")
        if not secrets[name].isprintable():
            raise _unfit(self.name, f"{name} có ký tự lạ", f"{name} holds control characters")
        return secrets[name]

    def _fetch(self, options: TokenOptions, secrets: Mapping[str, str]) -> None:
        assert self._wire is not None
        pair = f"{self._secret(secrets, 'consumer_key')}:{self._secret(secrets, 'consumer_secret')}"
        form = "grant_type=client_credentials" + (
            f"&scope={options.scope}" if options.scope else ""
        )
        answer = self._wire.request("POST", options.url, {
            "Authorization": "Basic " + base64.b64encode(pair.encode()).decode(),
            "Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json",
        }, form.encode())  # fmt: skip
        self._token, lasts_s = self._granted(answer)
        self._token_until = self._clock() + max(lasts_s - EARLY_S, lasts_s / 2)

    def _granted(self, answer: Answer) -> tuple[str, float]:
        if answer.status in (400, 401, 403):
            raise StoreDenied(
                store=self.name, vi_detail=f"cổng không cấp token (HTTP {answer.status})",
                en_detail=f"the gateway gives no token (HTTP {answer.status})",
            )  # fmt: skip
        if answer.status != 200 or answer.is_html:
            raise refused(self.name, answer)
        try:
            granted: dict[str, Any] = json.loads(answer.body)
            token = str(granted["access_token"])
            if not token.isascii() or not token.isprintable() or not token:
                raise ValueError
            return token, float(granted.get("expires_in", 300))
        except (ValueError, KeyError, TypeError, RecursionError) as fault:
            raise NotTheStore(
                store=self.name, vi_detail="cổng không trả về token",
                en_detail="the gateway's answer holds no token",
            ) from fault  # fmt: skip


def credentials_path(name: str) -> Path:
    """Where a credentials file lies: under the user's configuration, unless absolute."""
    path = Path(name).expanduser()
    if path.is_absolute():
        return path
    base = os.environ.get("XDG_CONFIG_HOME")
    if base:
        return Path(base) / "desk" / "keys" / path
    from platformdirs import user_config_path

    return user_config_path("desk", appauthor=False) / "keys" / path


def _read_secrets(name: str, path: Path | None) -> dict[str, str]:
    if path is None:
        raise _unfit(name, "chưa đặt tệp khóa (credentials)", "no credentials file is set")
    try:
        if os.name == "posix" and path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise _unfit(
                name, f"tệp khóa {path.name} cho người khác đọc (cần chmod 600)",
                f"the credentials file {path.name} is open to others (chmod 600)",
            )  # fmt: skip
        table = tomllib.loads(path.read_bytes()[:65536].decode())
    except OSError as fault:
        raise _unfit(
            name, f"không đọc được tệp khóa {path.name}",
            f"the credentials file {path.name} cannot be read",
        ) from fault  # fmt: skip
    except ValueError as fault:  # TOML, UTF-8; never quoted: it holds secrets
        raise _unfit(
            name, f"tệp khóa {path.name} không phải TOML",
            f"the credentials file {path.name} is not TOML",
        ) from fault  # fmt: skip
    return {key: value for key, value in table.items() if isinstance(value, str)}


def _unfit(name: str, vi: str, en: str) -> StoreMisconfigured:
    return StoreMisconfigured(store=name, vi_detail=vi, en_detail=en)
