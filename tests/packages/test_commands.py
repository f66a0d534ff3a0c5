"""`desk package`, `backup` and `restore` as a script uses them."""

from __future__ import annotations

import json

import pytest

from desk_app import cli
from desk_app.store.database import Store
from tests.packages.desk import CODE, Clock, signed_dossier


@pytest.fixture
def data(tmp_path):
    store = Store(tmp_path / "data", clock=Clock())
    signed_dossier(store)
    store.close()
    return tmp_path / "data"


@pytest.fixture
def desk(data, capsys):
    def run(*args, data=data):
        code = cli.run(["--data", str(data), "--json", *map(str, args)])
        out = capsys.readouterr().out
        return code, json.loads(out)

    return run


def test_package_and_check(desk, tmp_path):
    code, made = desk("package", CODE, "--profile", "aip_hoso", "--out", tmp_path / "out")
    assert (code, made["files"]) == (0, 17)
    assert [check["name"] for check in made["checks"]] == [
        "structure", "fixity", "mets", "descriptions", "identity"
    ]  # fmt: skip
    code, told = desk("package", "--check", made["path"])
    assert (code, told["kind"], told["files"]) == (0, "AIP", 17)


def test_a_damaged_package_is_a_negative_finding(desk, tmp_path):
    _, made = desk("package", CODE, "--profile", "sip_goi_mau", "--out", tmp_path, "--folder")
    victim = next(p for p in (tmp_path / made["path"]).rglob("*.pdf"))
    victim.write_bytes(b"%PDF")
    code, told = desk("package", "--check", made["path"])
    faults = {check["name"]: check["faults"] for check in told["checks"]}
    assert code == 1
    assert [fault["path"] for fault in faults["fixity"]] == [
        "representations/rep1/data/" + victim.name
    ]


def test_lists_go_out_and_come_in(desk, tmp_path):
    path = tmp_path / "list.xlsx"
    assert desk("package", CODE, "--export-list", path)[0] == 0
    assert desk("package", CODE, "--export-list", path)[1]["error"]["code"] == "NOT_ALLOWED"
    code, told = desk("package", "--import-list", path)
    assert (code, told["dossiers"], told["documents"], told["problems"]) == (0, 1, 0, [])


def test_backup_and_restore(desk, tmp_path):
    code, made = desk("backup", "--out", tmp_path / "b")
    assert (code, made["path"]) == (0, str(tmp_path / "b"))
    code, back = desk("restore", tmp_path / "b", data=tmp_path / "new")
    assert code == 0
    assert (back["records"], back["blobs"]) == (made["records"], made["blobs"])
    code, told = desk("restore", tmp_path / "b", data=tmp_path / "new")
    assert (code, told["error"]["code"]) == (2, "NOT_ALLOWED")
    assert desk("package", CODE, "--out", tmp_path / "o", data=tmp_path / "new")[0] == 0


@pytest.mark.parametrize(
    "args",
    [
        ("package",), ("package", CODE, "--check", "x"), ("package", "a", "b"), ("backup",),
        ("package", CODE, "--number", "0"), ("package", CODE, "--profile", "../x"),
        ("package", "--check", "/nonexistent/x.zip"), ("restore", "/nonexistent"),
        ("package", "--import-list", "/nonexistent.xlsx"), ("package", "H1-260101-0001"),
    ],
)  # fmt: skip
def test_wrong_use_is_an_error_in_words(desk, args):
    code, told = desk(*args)
    assert code == 2
    assert told["error"]["vi"]
    assert told["error"]["next"]
