"""`desk queue` and `desk store`, as a script sees them."""

from __future__ import annotations

import json

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.serialization import pkcs12

from desk_app import cli
from desk_app.store.database import Store
from desk_app.submission import queue, reference
from tests.submission.certificates import authority
from tests.submission.desk import content, make_ready, new_dossier, put


@pytest.fixture
def data(tmp_path):
    """A data folder with one file for the profile `tinh`."""
    folder = tmp_path / "data"
    store = Store(folder)
    dossier = new_dossier(store, "H49-260302-0001")
    put(store, dossier, content(1, 50_000), target="tinh")
    make_ready(store, dossier)
    store.close()
    return folder


@pytest.fixture
def desk(data, capsys):
    def call(*arguments):
        code = cli.run([*arguments, "--data", str(data), "--json"])
        return code, json.loads(capsys.readouterr().out)

    return call


def profile(tmp_path, text):
    path = tmp_path / "tinh.toml"
    path.write_text(text)
    return str(path)


def test_sending_to_the_reference_store(desk, reference, tmp_path):
    where = profile(tmp_path, f'adapter = "tus"\n[tus]\nurl = "{reference.url}"')
    code, caps = desk("store", "probe", "--profile", where)
    assert code == 0
    assert all(caps.values())
    code, said = desk("queue", "run", "--profile", where)
    assert (code, said["run"]["done"], said["run"]["error"]) == (0, 1, None)
    assert said["items"][0]["receipt"]["store"] == "reference"


BAD = {
    "missing field": ('adapter = "tus"\n[tus]', "BAD_USAGE", 2),
    "unknown adapter": ('adapter = "ftp"', "BAD_USAGE", 2),
    "no such host": ('adapter = "tus"\n[tus]\nurl = "https://kho.invalid/f"', "LINE_BROKEN", 3),
    "nobody there": ('adapter = "tus"\n[tus]\nurl = "http://127.0.0.1:9/f"', "LINE_BROKEN", 3),
    "no certificate": (
        'adapter = "tus"\n[tus]\nurl = "https://127.0.0.1:9/f"\nca = "none.pem"',
        "STORE_PROFILE", 3,
    ),
    "no medium": (
        'adapter = "usb"\n[usb]\nfolder = "/media/none"\nrecipient = "none.pem"',
        "UNREACHABLE", 3,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_a_bad_profile_is_a_sentence_and_the_file_stays(desk, data, tmp_path, name, monkeypatch):
    monkeypatch.setattr("desk_app.submission.transfer.FIRST_PATIENCE_S", 0.2)
    text, expected, exit_code = BAD[name]
    code, said = desk("queue", "run", "--profile", profile(tmp_path, text))
    error = said.get("error") or said["run"]["error"]
    assert (code, error["code"]) == (exit_code, expected)
    assert error["vi"]
    assert error["next"]
    code, listed = desk("queue", "list")
    assert code == 0
    assert listed["counts"]["queued"] + listed["counts"]["waiting"] == 1


def test_hurry_and_cancel(desk, data):
    assert desk("queue", "hurry", "1")[0] == 0
    store = Store(data)
    assert store.row("SELECT prio FROM upload")["prio"] == 0
    store.close()
    assert desk("queue", "cancel", "1")[1]["counts"]["cancelled"] == 1


def test_a_hand_over_is_taken_in_by_command(desk, data, tmp_path, monkeypatch):
    _, _, certificate, key = authority(tmp_path, "centre")
    store_key = pkcs12.serialize_key_and_certificates(
        b"centre", key, certificate, None, serialization.BestAvailableEncryption(b"secret")
    )
    (tmp_path / "centre.p12").write_bytes(store_key)
    stick = tmp_path / "stick"
    stick.mkdir()
    usb = profile(tmp_path, f'adapter = "usb"\n[usb]\nfolder = "{stick}"\nrecipient = "centre.pem"')
    code, said = desk("queue", "run", "--profile", usb)
    assert (code, said["run"]["error"]["code"]) == (1, "RECEIPT_PENDING")
    take = ("store", "receive", "--from", str(stick), "--key", f"p12:{tmp_path / 'centre.p12'}")
    for secret, expected in (("wrong", 2), ("secret", 0)):
        monkeypatch.setattr(cli.Session, "secret", lambda *_, s=secret: bytearray(s.encode()))
        code, said = desk(*take, "--profile", "local")
        assert code == expected
    assert len(said["receipts"]) == 1
    code, said = desk("queue", "run", "--profile", usb)
    assert (code, said["run"]["done"]) == (0, 1)


def test_without_node_the_command_says_what_to_install(desk, monkeypatch):
    monkeypatch.setattr(reference, "missing", lambda: "nodejs npm")
    code, said = desk("store", "serve")
    assert code == 2
    assert "apt-get install nodejs npm" in said["error"]["en"]


def test_states_of_the_queue_are_the_ones_that_are_listed(desk):
    assert list(desk("queue", "list")[1]["counts"]) == list(queue.STATES)
