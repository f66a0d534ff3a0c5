"""A provincial gateway: a token by client credentials, and a registration call."""

from __future__ import annotations

import base64
import json

from tests.simulators.proxy import Plan, Proxy, Request


class Province:
    """Answers in the way of the national axis: HTTP 200 with the verdict in the body.

    Use it as the plan of a Proxy; `uploads` are passed on to the store behind it.
    """

    key, secret = "ck", "cs"

    def __init__(self, *, guards_store: bool = False):
        self.tokens = 0
        self.valid: set[str] = set()
        self.registered: list[dict] = []
        self.codes: list[dict] = []
        """Answers to give before the good one."""
        self.guards_store = guards_store

    def expire(self) -> None:
        """Every token given so far is worthless now."""
        self.valid.clear()

    def plan(self, request: Request) -> Plan:
        if request.path == "/token":
            return self._token(request)
        authorized = request.headers.get("Authorization", "").removeprefix("Bearer ") in self.valid
        if request.path == "/register":
            if not authorized:
                return said(200, {"status": 100, "message": "AUTHEN_ERROR"})
            return Plan(take=self._register)
        return Plan() if authorized or not self.guards_store else said(401, {})

    def _token(self, request):
        pair = base64.b64encode(f"{self.key}:{self.secret}".encode()).decode()
        if request.headers.get("Authorization") != f"Basic {pair}":
            return said(401, {"error": "invalid_client"})
        self.tokens += 1
        token = f"token-{self.tokens}"
        self.valid.add(token)
        return said(200, {"access_token": token, "expires_in": 3600, "token_type": "Bearer"})

    def _register(self, request: Request, body: bytes):
        if self.codes:
            return said(200, self.codes.pop(0)).answer
        self.registered.append({"body": json.loads(body), "headers": request.headers})
        return said(200, {"status": 0, "data": {"id": len(self.registered)}}).answer


def said(status, body) -> Plan:
    return Plan(answer=(status, {"Content-Type": "application/json"}, json.dumps(body).encode()))


def gateway(upstream: str, province: Province, certificate=None) -> Proxy:
    return Proxy(upstream, province.plan, certificate)
