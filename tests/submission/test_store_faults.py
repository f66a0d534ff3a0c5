"""Wrong certificates, tokens and addresses: the real commands against a real TLS server."""

from __future__ import annotations

import contextlib
import datetime as dt
import json

import pytest

from desk_app import settings
from desk_app.store import dossiers
from desk_app.store.database import Store
from tests.e2e.conftest import desk
from tests.simulators.province import Province
from tests.simulators.proxy import Plan, Proxy
from tests.submission import certificates
from tests.submission.desk import content, make_ready, new_dossier, put

PROFILE = """
adapter = "tus"
credentials = "{folder}/keys.toml"
[tus]
url = "{url}"
ca = "{ca}"
[token]
url = "{base}/token"
"""
KEYS = 'consumer_key = "ck"\nconsumer_secret = "{secret}"\n'
FAULTS = {
    "another authority": ("STORE_UNTRUSTED", "(ca)"),
    "a certificate that ran out": ("STORE_UNTRUSTED", "(ca)"),
    "a certificate for another name": ("STORE_UNTRUSTED", "(ca)"),
    "a page at a wrong address": ("NOT_THE_STORE", "địa chỉ kho"),
    "nothing at a wrong address": ("STORE_PROFILE", "cấu hình kho"),
    "credentials that were taken back": ("STORE_DENIED", "consumer key/secret"),
    "a token that is never good": ("STORE_DENIED", "consumer key/secret"),
}


class Office:
    """A data folder with one file in the queue, a province behind TLS, and what is wrong."""

    def __init__(self, folder, reference, fault):
        self.folder, self.fault = folder, fault
        self.data = folder / "data"
        self.province = Province(guards_store=True)
        self.root = certificates.authority(folder, "root")
        self.other = certificates.authority(folder, "other")
        chain = certificates.server_certificate(folder, self.root, "server", **self._odd(fault))
        self.gateway = Proxy(reference.url, self.plan, chain)
        self.base = self.gateway.url.removesuffix("/files")
        store = Store(self.data)
        waiting = new_dossier(store, "H49-260302-0009")
        put(store, waiting, content(1, 300_000), target="tinh")
        make_ready(store, waiting)
        self.local = dossiers.create(store, "H49-260302-0010", "birth_registration").id
        store.close()
        settings.save(self.data, settings.Settings(store_profile=str(folder / "tinh.toml")))
        self.describe()

    @staticmethod
    def _odd(fault):
        past = dt.datetime.now(dt.UTC) - dt.timedelta(hours=1)
        return {
            "a certificate that ran out": {"ends": past},
            "a certificate for another name": {"address": "127.0.0.2"},
        }.get(fault, {})

    def describe(self):
        """What the administrator wrote."""
        wrong = self.fault
        path = "/tep" if wrong and "address" in wrong else "/files"
        secret = "old" if wrong == "credentials that were taken back" else "cs"
        ca = self.other if wrong == "another authority" else self.root
        (self.folder / "tinh.toml").write_text(PROFILE.format(
            folder=self.folder, url=self.base + path, base=self.base, ca=ca[0]
        ))  # fmt: skip
        keys = self.folder / "keys.toml"
        keys.write_text(KEYS.format(secret=secret))
        keys.chmod(0o600)

    def plan(self, request):
        if self.fault == "a token that is never good":
            self.province.expire()
        if request.path.startswith("/tep"):
            page = "page" in self.fault
            return Plan(answer=(404, {"Content-Type": "text/html" if page else "text/plain"},
                                b"<html>404" if page else b"404"))  # fmt: skip
        return self.province.plan(request)

    def call(self, *arguments):
        return desk(*arguments, "--data", self.data, "--json", "--lang", "vi", timeout=60)


@pytest.fixture
def office(tmp_path, reference, request):
    made = Office(tmp_path, reference, request.param)
    with made.gateway:
        yield made


@pytest.mark.parametrize("office", FAULTS, indirect=True)
def test_a_sentence_with_a_cure_and_then_the_cure(office):
    code, cure = FAULTS[office.fault]
    told = office.call("process")
    assert told.code == 3
    error = told.json["upload_error"]
    assert error["code"] == code
    assert cure in error["next"]
    assert told.json["failed"] == []
    (item,) = office.call("queue", "list").json["items"]
    assert (item["state"], item["error"]["code"], item["receipt"]) == ("waiting", code, None)
    assert not [r for r in office.gateway.requests if r.method == "PATCH" and r.size]
    if "certificate" in office.fault:  # the server mends its own
        chain = certificates.server_certificate(office.folder, office.root, "renewed")
        with contextlib.closing(Renewed(office, chain)) as renewed:
            assert_cured(renewed)
        return
    office.fault = None
    office.describe()
    assert_cured(office)


class Renewed:
    """The same province at its new certificate."""

    def __init__(self, office, chain):
        self.call = office.call
        self.gateway = Proxy(office.gateway.upstream.geturl(), office.plan, chain)
        self.gateway.__enter__()
        office.base, office.fault = self.gateway.url.removesuffix("/files"), None
        office.describe()

    def close(self):
        self.gateway.__exit__(None, None, None)


def assert_cured(office):
    assert office.call("queue", "retry").json["counts"]["queued"] == 1
    done = office.call("queue", "run")
    assert done.code == 0, done.out
    assert done.json["run"]["done"] == 1
    assert done.json["items"][0]["receipt"]["store"] == "reference"


@pytest.mark.parametrize("office", ["a token that is never good"], indirect=True)
def test_three_days_of_it_are_a_dead_letter_with_the_same_cure(office):
    office.call("queue", "run")
    store = Store(office.data)
    now = dt.datetime.now().timestamp()
    with store.transaction() as change:  # as if it had been tried every hour for three days
        row = change.conn.execute("SELECT error FROM upload").fetchone()
        fault = json.loads(row["error"]) | {"since": now - 72 * 3600}
        change.conn.execute(
            "UPDATE upload SET error = ?, not_before = ?", (json.dumps(fault), now - 60)
        )
    store.close()
    assert office.call("queue", "run").code == 3
    listed = office.call("queue", "list")
    (item,) = listed.json["items"]
    assert (listed.code, item["state"]) == (1, "dead")
    assert "72 giờ" in item["error"]["vi"]
    assert "consumer key/secret" in item["error"]["next"]
    assert "./desk queue retry" in item["error"]["next"]
