"""The second step: token, headers, mapping and codes, through a gateway on loopback."""

from __future__ import annotations

import base64
import dataclasses
import json

import pytest

from desk_app import views
from desk_app.records import Document, Field
from desk_app.store import audit, dossiers
from desk_app.submission import access, profiles, queue, registration
from desk_app.submission.run import run
from tests.simulators.province import Province, gateway, said
from tests.submission.desk import make_ready, new_dossier

PROFILE = """
title = "Kho tỉnh"
adapter = "tus"
credentials = "{folder}/tinh.toml"
[tus]
url = "{store}"
[token]
url = "{base}/token"
[headers]
X-App = "desk"
apikey = {{ credential = "api_key" }}
lgspaccesstoken = {{ base64_json = ["AccessKey", "AppName"] }}
[registration]
url = "{base}/register"
code_at = "status"
id_at = "data.id"
required = ["dossier.code"]
[registration.body]
MaHoSo = "{{dossier.code}}"
DuocSoHoa = 1
TepDinhKem = [{{ TenTepDinhKem = "{{file.name}}", DuongDanTaiTepTin = "{{file.url}}" }}]
[registration.body.GiayTo]
TenGiayTo = "{{document.title}}"
ChuGiayTo = "{{field.full_name}}"
MaKetQuaThayThe = "{{field.none}}"
[registration.codes]
0 = "done"
109 = "done"
100 = "token"
101 = "wait"
"""
SECRETS = 'consumer_key = "ck"\nconsumer_secret = "cs"\napi_key = "k1"\n' \
          'AccessKey = "a"\nAppName = "Quầy"\n'  # fmt: skip


@pytest.fixture
def province(reference, tmp_path):
    province = Province(guards_store=True)
    with gateway(reference.url, province) as proxy:
        province.proxy = proxy
        base = proxy.url.removesuffix("/files")
        secrets = tmp_path / "tinh.toml"
        secrets.write_text(SECRETS)
        secrets.chmod(0o600)
        path = tmp_path / "profiles" / "tinh.toml"
        path.parent.mkdir()
        path.write_text(PROFILE.format(folder=tmp_path, store=proxy.url, base=base))
        province.path, province.secrets = path, secrets
        yield province


@pytest.fixture
def dossier(store):
    dossier = new_dossier(store, "H49-260302-0001")
    paper = Document("d1", dossier, 1, None, None, "Giấy khai sinh", 0.9, ())
    data = b"%PDF-1.7 one"
    key = store.blobs.put_bytes(data)
    with store.transaction() as change:
        dossiers._insert_document(change, paper)
        dossiers.add_blob_in(change, key, len(data), "application/pdf")
        queue.enqueue_in(
            change, key=key, target="tinh", dossier_id=dossier, document_id="d1", size=len(data)
        )
        change.audit("test", dossier)
    dossiers.put_field(store, "d1", Field("full_name", "Nguyễn Văn A", 0.9, "ocr"))
    make_ready(store, dossier)
    return dossier


def test_a_stored_file_is_registered_in_the_province_s_words(store, dossier, province):
    report = run(store, profiles.load(province.path))
    assert (report.done, report.error) == (2, None)
    [call] = province.registered
    key = queue.items(store)[0]["key"]
    assert call["body"] == {
        "MaHoSo": "H49-260302-0001", "DuocSoHoa": 1,
        "TepDinhKem": [{"TenTepDinhKem": f"{key}.pdf",
                        "DuongDanTaiTepTin": f"{province.proxy.url}/{key}"}],
        "GiayTo": {"TenGiayTo": "Giấy khai sinh", "ChuGiayTo": "Nguyễn Văn A",
                   "MaKetQuaThayThe": ""},
    }  # fmt: skip
    assert (call["headers"]["X-App"], call["headers"]["apikey"]) == ("desk", "k1")
    shown = json.loads(base64.b64decode(call["headers"]["lgspaccesstoken"]))
    assert shown == {"AccessKey": "a", "AppName": "Quầy"}
    assert dossiers.find(store, dossier).state == "done"
    steps = {item["step"]: item for item in queue.items(store)}
    assert steps["register"]["receipt"]["raw"] == {"kind": "registration", "code": "0", "id": "1"}
    assert steps["file"]["receipt"]["sha256"] == key
    assert views.receipts(store, dossier) == [steps["file"]["receipt"]]
    assert province.tokens == 1
    assert audit.verify(store.conn).ok
    assert "Nguyễn" not in str([tuple(r) for r in store.rows("SELECT details FROM audit_event")])


def test_a_dossier_is_stored_before_it_is_registered(store, dossier, province):
    province.codes = [{"status": 101, "message": "IP_DISALLOWED"}]
    report = run(store, profiles.load(province.path))
    assert (report.done, report.waiting, report.error.code) == (1, 1, "LINE_BROKEN")
    assert dossiers.find(store, dossier).state == "stored"
    queue.retry(store)
    assert run(store, profiles.load(province.path)).done == 1
    assert dossiers.find(store, dossier).state == "done"


def test_a_token_that_ran_out_is_renewed_once(store, dossier, province):
    profile = profiles.load(province.path)
    gate = profiles.open_access(profile)
    gate.headers()
    province.expire()
    adapter = profiles.open_adapter(profile, store.folder, gate)
    assert adapter.stat("0" * 64) is None
    assert province.tokens == 2
    adapter.close()
    gate.close()
    assert run(store, profile).done == 2


def test_a_refusal_is_a_dead_letter_at_once_with_its_words(store, dossier, province):
    province.codes = [{"status": 500, "message": "DATA_INCORRECT: MaTTHC\n"}]
    report = run(store, profiles.load(province.path))
    assert (report.done, report.dead, report.error.code) == (1, 1, "REGISTRATION")
    item = next(item for item in queue.items(store) if item["step"] == "register")
    assert "DATA_INCORRECT: MaTTHC" in item["error"]["vi"]
    assert "queue retry" in item["error"]["next"]
    assert dossiers.find(store, dossier).state == "stored"
    queue.retry(store)
    assert run(store, profiles.load(province.path)).done == 1


def test_telling_it_twice_is_fine(store, dossier, province):
    province.codes = [{"status": 109, "message": "already there"}]
    assert run(store, profiles.load(province.path)).done == 2
    assert dossiers.find(store, dossier).state == "done"


@pytest.mark.parametrize(
    ("plan", "code"),
    [
        (said(200, {"nothing": 1}), "NOT_THE_STORE"),
        (said(404, {}), "STORE_PROFILE"),
        (said(403, {}), "STORE_DENIED"),
        (said(302, {}), "STORE_PROFILE"),
        (said(200, {"status": 100}), "STORE_DENIED"),
        (said(502, {}), "LINE_BROKEN"),
        (said(200, {"status": 0, "data": {"id": "\ud800"}}), "NOT_THE_STORE"),
        (said(200, {"status": float("nan")}), "NOT_THE_STORE"),
        (said(200, [{"status": 0}]), "NOT_THE_STORE"),
    ],
)
def test_a_gateway_that_fails_leaves_the_file_stored(store, dossier, province, plan, code):
    province.proxy.plan = lambda r: plan if r.path == "/register" else province.plan(r)
    report = run(store, profiles.load(province.path))
    assert (report.done, report.waiting, report.error.code) == (1, 1, code)
    assert dossiers.find(store, dossier).state == "stored"


@pytest.mark.parametrize(
    ("secrets", "mode", "words", "code"),
    [
        (SECRETS.replace("cs", "expired"), 0o600, "HTTP 401", "STORE_DENIED"),
        (SECRETS, 0o644, "chmod 600", "STORE_PROFILE"),
        (SECRETS.replace("api_key", "other"), 0o600, "lacks api_key", "STORE_PROFILE"),
        ("consumer_key = ", 0o600, "not TOML", "STORE_PROFILE"),
        (SECRETS.replace('"k1"', '"Quầy"'), 0o600, "api_key must be ASCII", "STORE_PROFILE"),
        (None, 0o600, "cannot be read", "STORE_PROFILE"),
    ],
)
def test_bad_credentials_are_told_and_the_file_waits(
    store, dossier, province, secrets, mode, words, code
):
    if secrets is None:
        province.secrets.unlink()
    else:
        province.secrets.write_text(secrets)
        province.secrets.chmod(mode)
    report = run(store, profiles.load(province.path))
    assert (report.done, report.waiting, report.error.code) == (0, 1, code)
    assert words in report.error.en
    assert "expired" not in report.error.en


def test_a_missing_required_value_is_told_before_any_call(store, dossier, province):
    profile = profiles.load(province.path)
    options = dataclasses.replace(profile.registration, required=("field.nothing",))
    report = run(store, dataclasses.replace(profile, registration=options))
    assert (report.done, report.dead) == (1, 1)
    assert "field.nothing" in report.error.vi
    assert province.registered == []


def test_credentials_lie_in_the_user_s_configuration(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert access.credentials_path("tinh.toml") == tmp_path / "desk" / "keys" / "tinh.toml"
    assert access.credentials_path("/etc/x.toml").as_posix() == "/etc/x.toml"


def test_braces_in_values_are_not_filled_again():
    values = {"document.title": "{dossier.code}", "dossier.code": "x"}
    assert registration.fill({"a": ["{document.title}"]}, values) == {"a": ["{dossier.code}"]}
