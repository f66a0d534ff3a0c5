"""The key of a data folder: where it lies, what happens without it, and its copies for others."""

import base64
import json
import os
import shutil
import signal
import stat
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import NameOID

from desk_app.errors import (
    Damaged,
    KeyMissing,
    NotEncrypted,
    NotFound,
    StorageError,
    UnusableInput,
    VaultDamaged,
    VaultLocked,
    WrongSecret,
)
from desk_app.settings import Settings, save
from desk_app.store import escrow, key_places, plain, vault
from desk_app.store.database import FILE_NAME, Store
from desk_app.store.sql import sqlite3

ROOT = Path(__file__).parents[2]
SAID = "Nguyễn Thị Hồng Nguyệt 022196999001"


@pytest.fixture(autouse=True)
def keys(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    vault.forget()
    yield tmp_path / "config/desk/keys"
    vault.forget()
    vault.ask_with(None)


@pytest.fixture
def data(tmp_path):
    folder = tmp_path / "data"
    store = Store(folder)
    store.blobs.put_bytes(SAID.encode())
    with store.transaction() as change:
        change.audit("test", SAID)
    store.close()
    return folder


def said(folder):
    store = Store(folder)
    try:
        return store.row("SELECT object FROM audit_event WHERE action = 'test'")[0]
    finally:
        store.close()


# --- where the key lies -----------------------------------------------------------------------


def test_the_key_lies_outside_and_for_this_user_alone(data, keys):
    marker = vault.read_marker(data)
    assert (marker.mode, marker.where, marker.passphrase) == ("encrypted", "file", False)
    (file,) = keys.iterdir()
    assert file.name == f"{marker.key_id}.key"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(keys.stat().st_mode) == 0o700
    key = base64.b64decode(json.loads(file.read_text())["key"])
    everything = b"".join(p.read_bytes() for p in data.rglob("*") if p.is_file())
    assert len(key) == 32
    assert key not in everything
    assert key.hex().encode() not in everything
    assert said(data) == SAID


def test_each_folder_has_a_key_of_its_own(tmp_path, data, keys):
    Store(tmp_path / "other").close()
    assert len(list(keys.iterdir())) == 2


def test_the_files_cannot_be_read(data):
    for path in data.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert SAID.encode() not in content
            assert not content.startswith(b"SQLite format 3")
    with pytest.raises(sqlite3.DatabaseError, match="not a database"):
        sqlite3.connect(data / FILE_NAME).execute("SELECT count(*) FROM sqlite_schema")


def test_without_its_key_a_folder_stays_shut_and_says_how_to_open_it(data, keys):
    shutil.rmtree(keys)
    with pytest.raises(KeyMissing) as fault:
        Store(data)
    assert vault.read_marker(data).key_id in fault.value.vi
    assert "vault open" in fault.value.next_vi
    assert "vault open" in fault.value.next_en


def test_another_folder_s_key_does_not_fit(tmp_path, data, keys):
    Store(tmp_path / "other").close()
    mine, other = (keys / f"{vault.read_marker(f).key_id}.key" for f in (data, tmp_path / "other"))
    shutil.copy(other, mine)
    with pytest.raises(WrongSecret):
        Store(data)


@pytest.mark.parametrize("text", ["", "x", "{}", '{"format": 1}', '{"format": 1, "key": "AAAA"}',
                                  '{"format": 1, "key": 5}', "[]", "\udcff"])  # fmt: skip
def test_a_damaged_key_file_is_told(data, keys, text):
    (file,) = keys.iterdir()
    file.write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(VaultDamaged):
        Store(data)


@pytest.mark.parametrize("change", [
    {"mode": "open"}, {"format": 2}, {"key_id": "../../etc/passwd"}, {"key_id": 5}, {"where": "x"},
    {"escrow": [1]}, {"escrow": 1}, {"passphrase": "no"}, {"check": None}, {"mode": "plain"},
])  # fmt: skip
def test_a_damaged_vault_file_is_told(data, change):
    path = data / vault.FILE_NAME
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(VaultDamaged):
        Store(data)


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b"[" * 100_000])
def test_a_vault_file_of_nonsense_is_told(data, content):
    (data / vault.FILE_NAME).write_bytes(content)
    with pytest.raises(VaultDamaged):
        Store(data)


def test_a_lost_vault_file_does_not_make_a_new_key(data, keys):
    (data / vault.FILE_NAME).unlink()
    with pytest.raises(VaultDamaged):
        Store(data)
    assert len(list(keys.iterdir())) == 1


def test_no_room_for_the_key_makes_no_database(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", "/proc/nowhere")
    with pytest.raises(StorageError):
        Store(tmp_path / "data")
    assert not (tmp_path / "data" / FILE_NAME).exists()


def test_killed_while_the_key_is_made_it_opens_or_starts_afresh(tmp_path):
    code = ("import sys; from pathlib import Path; from desk_app.store.database import Store;"
            "print('go', flush=True); Store(Path(sys.argv[1]))")  # fmt: skip
    for number in range(12):
        folder = tmp_path / f"data{number}"
        process = subprocess.Popen([sys.executable, "-c", code, str(folder)], cwd=ROOT,
                                   stdout=subprocess.PIPE)  # fmt: skip
        process.stdout.readline()
        time.sleep(0.012 * number)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        store = Store(folder)
        assert store.blobs.read(store.blobs.put_bytes(b"x")) == b"x"
        store.close()


def test_two_programs_that_start_at_once_agree_on_the_key(tmp_path, keys):
    code = ("import sys; from pathlib import Path; from desk_app.store.database import Store;"
            "s = Store(Path(sys.argv[1])); print(s.vault.marker.key_id)")  # fmt: skip
    command = [sys.executable, "-c", code, str(tmp_path / "new")]
    running = [subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) for _ in range(3)]
    assert len({process.communicate()[0] for process in running}) == 1
    assert len(list(keys.iterdir())) == 1


# --- the keyring ------------------------------------------------------------------------------

BACKEND = """
import time
from keyring.backend import KeyringBackend
kept = {}
class Good(KeyringBackend):
    priority = 5
    def get_password(self, service, name): return kept.get((service, name))
    def set_password(self, service, name, text): kept[service, name] = text
    def delete_password(self, service, name): kept.pop((service, name))
class Hangs(Good):
    def set_password(self, service, name, text): time.sleep(60)
class Lies(Good):
    def get_password(self, service, name): return None
"""


@pytest.fixture
def backend(tmp_path, monkeypatch):
    """Puts a backend of the real keyring library in place."""
    (tmp_path / "made_up_backend.py").write_text(BACKEND)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere")
    monkeypatch.setattr(key_places, "ANSWER_S", 1.0)
    import keyring

    def choose(name):
        monkeypatch.setenv("PYTHON_KEYRING_BACKEND", f"made_up_backend.{name}")
        if name.startswith("keyring."):
            monkeypatch.setenv("PYTHON_KEYRING_BACKEND", name)
        keyring.core.init_backend()

    yield choose
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")
    keyring.core.init_backend()
    sys.modules.pop("made_up_backend", None)


def test_a_usable_keyring_gets_the_key(tmp_path, keys, backend):
    backend("Good")
    Store(tmp_path / "data").close()
    assert vault.read_marker(tmp_path / "data").where == "keyring"
    assert not keys.exists()
    vault.forget()
    Store(tmp_path / "data").close()
    import made_up_backend

    made_up_backend.kept.clear()
    vault.forget()
    with pytest.raises(KeyMissing):
        Store(tmp_path / "data")


@pytest.mark.parametrize("name", ["Hangs", "Lies", "keyring.backends.null.Keyring",
                                  "keyring.backends.fail.Keyring"])  # fmt: skip
def test_any_other_keyring_is_passed_over_in_time(tmp_path, keys, backend, name):
    backend(name)
    before = time.monotonic()
    Store(tmp_path / "data").close()
    assert time.monotonic() - before < 5
    assert vault.read_marker(tmp_path / "data").where == "file"
    assert len(list(keys.iterdir())) == 1


def test_a_dead_session_bus_is_passed_over_in_time(tmp_path):
    code = ("import sys, time; from pathlib import Path; from desk_app.store.database import Store;"
            "s = Store(Path(sys.argv[1])); print(s.vault.marker.where)")  # fmt: skip
    environment = {k: v for k, v in os.environ.items() if k != "PYTHON_KEYRING_BACKEND"}
    environment |= {"DBUS_SESSION_BUS_ADDRESS": "unix:path=/nowhere/bus"}
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path / "data")], cwd=ROOT,
                          env=environment, capture_output=True, text=True, timeout=30)  # fmt: skip
    assert done.stdout.strip() == "file"


def test_a_key_file_that_others_may_read_is_told(data, keys):
    (file,) = keys.iterdir()
    key_id = file.stem
    assert key_places.faults(key_id) == []
    file.chmod(0o644)
    keys.chmod(0o755)
    assert [each.split(": ")[1] for each in key_places.faults(key_id)] == ["0755, 0700",
                                                                          "0644, 0600"]  # fmt: skip


# --- plain text, and folders of before --------------------------------------------------------


def test_plain_text_only_by_an_explicit_setting(tmp_path, keys):
    folder = tmp_path / "data"
    save(folder, Settings(encryption=False))
    store = Store(folder)
    sha256 = store.blobs.put_bytes(SAID.encode())
    assert store.blobs.path(sha256).read_bytes() == SAID.encode() == store.blobs.read(sha256)
    store.close()
    assert vault.read_marker(folder).mode == "plain"
    assert not keys.exists()
    save(folder, Settings(encryption=True))  # too late: `desk vault encrypt` it is
    Store(folder).close()
    assert (folder / FILE_NAME).read_bytes().startswith(b"SQLite format 3")


def test_a_setting_does_not_open_an_encrypted_folder(data):
    save(data, Settings(encryption=False))
    assert said(data) == SAID
    assert vault.read_marker(data).mode == "encrypted"


def test_a_folder_of_an_earlier_version_says_what_to_do(tmp_path):
    folder = tmp_path / "data"
    folder.mkdir()
    sqlite3.connect(folder / FILE_NAME).execute("CREATE TABLE dossier(id)").connection.close()
    with pytest.raises(NotEncrypted) as fault:
        Store(folder)
    assert "vault encrypt" in fault.value.next_en
    assert not (folder / vault.FILE_NAME).exists()


# --- blobs ------------------------------------------------------------------------------------


def test_damaged_and_exchanged_blobs_are_told(data):
    store = Store(data)
    one, two = store.blobs.put_bytes(b"one" * 999), store.blobs.put_bytes(b"two" * 999)
    good = store.blobs.path(one).read_bytes()
    for bad in (good[:-1], good[: len(good) // 2], b"", good[:70] + b"X" + good[71:],
                store.blobs.path(two).read_bytes(), b"plain text of a page"):  # fmt: skip
        store.blobs.path(one).write_bytes(bad)
        with pytest.raises(Damaged) as fault:
            store.blobs.read(one)
        assert one[:12] in fault.value.en or "frame" in fault.value.en
        with pytest.raises(Damaged), store.blobs.readable(one):
            pass
        assert not store.blobs.is_whole(one)
    store.blobs.path(one).write_bytes(good)
    assert store.blobs.read(one) == b"one" * 999
    with pytest.raises(NotFound):
        store.blobs.read("0" * 64)
    store.close()


def test_a_readable_copy_lies_outside_and_goes(data):
    store = Store(data)
    sha256 = store.blobs.put_bytes(SAID.encode())
    with store.blobs.readable(sha256) as path:
        assert path.read_bytes() == SAID.encode()
        assert not path.is_relative_to(data)
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert not path.exists()
    assert plain.read(store.blobs.path(sha256)) == SAID.encode()
    with plain.readable(store.blobs.path(sha256)) as path:
        assert path.read_bytes() == SAID.encode()
    store.close()


def test_plain_files_are_what_they_are(tmp_path):
    file = tmp_path / "page.jpg"
    file.write_bytes(b"x")
    assert plain.read(file) == b"x"
    with plain.readable(file) as path:
        assert path == file


# --- passphrase -------------------------------------------------------------------------------


def test_behind_a_passphrase(data, keys):
    marker = vault.set_passphrase(data, "mật khẩu dài".encode())
    vault.forget()
    assert vault.is_locked(data)
    with pytest.raises(VaultLocked):
        Store(data)
    with pytest.raises(WrongSecret):
        vault.unlock(data, b"another one")
    (file,) = keys.iterdir()
    assert set(json.loads(file.read_text())) >= {"kdf", "n", "salt", "nonce", "sealed"}
    vault.unlock(data, "mật khẩu dài".encode())
    assert said(data) == SAID
    assert not vault.is_locked(data)
    assert vault.set_passphrase(data, b"") == vault.read_marker(data) != marker
    vault.forget()
    assert said(data) == SAID


def test_an_older_marker_does_not_hide_the_passphrase(data):
    """As a restored backup has it, which was made before the passphrase."""
    before = (data / vault.FILE_NAME).read_bytes()
    vault.set_passphrase(data, b"a long passphrase")
    (data / vault.FILE_NAME).write_bytes(before)
    vault.forget()
    assert vault.is_locked(data)
    with pytest.raises(VaultLocked):
        Store(data)
    vault.unlock(data, b"a long passphrase")
    assert said(data) == SAID


def test_a_person_is_asked_once(data):
    vault.set_passphrase(data, b"a long passphrase")
    vault.forget()
    asked = []

    def ask(marker):
        asked.append(marker.key_id)
        return vault.unwrapped(marker, b"a long passphrase")

    vault.ask_with(ask)
    assert (said(data), said(data), len(asked)) == (SAID, SAID, 1)


@pytest.mark.parametrize("change", [{"n": 1 << 40}, {"n": "x"}, {"r": 1 << 30}, {"p": 99},
                                    {"kdf": "md5"}, {"salt": 1}, {"nonce": "AA=="}])  # fmt: skip
def test_a_made_up_passphrase_file_neither_opens_nor_eats_memory(data, keys, change):
    vault.set_passphrase(data, b"a long passphrase")
    vault.forget()
    (file,) = keys.iterdir()
    file.write_text(json.dumps(json.loads(file.read_text()) | change))
    with pytest.raises((VaultDamaged, WrongSecret)):
        vault.unlock(data, b"a long passphrase")


# --- escrow -----------------------------------------------------------------------------------


def certified(tmp_path, kind):
    """An office's certificate as PEM, and its key as PKCS#12 behind a passphrase."""
    key = (rsa.generate_private_key(65537, 2048) if kind == "rsa"
           else ec.generate_private_key(ec.SECP256R1()))  # fmt: skip
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Văn phòng UBND")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name)
        .public_key(key.public_key()).serial_number(x509.random_serial_number())
        .not_valid_before(now).not_valid_after(now + timedelta(days=1)).sign(key, hashes.SHA256())
    )  # fmt: skip
    pem = tmp_path / f"{kind}.pem"
    pem.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    p12 = tmp_path / f"{kind}.p12"
    p12.write_bytes(pkcs12.serialize_key_and_certificates(
        b"x", key, certificate, None, serialization.BestAvailableEncryption(b"secret")
    ))  # fmt: skip
    return pem, p12


@pytest.mark.parametrize("kind", ["rsa", "ec"])
def test_the_office_s_key_brings_it_back(tmp_path, data, keys, kind):
    pem, p12 = certified(tmp_path, kind)
    other, _ = certified(tmp_path / ".." / tmp_path.name, "ec" if kind == "rsa" else "rsa")
    opened = vault.open_vault(data)
    copies = [escrow.copy_for_certificate(opened.master, opened.marker.key_id, file)
              for file in (other, pem)]  # fmt: skip
    marker = vault.add_escrow(data, copies)
    assert opened.master not in (data / vault.FILE_NAME).read_bytes()
    shutil.rmtree(keys)
    with pytest.raises(WrongSecret):
        escrow.private_key(f"p12:{p12}", b"wrong")
    private = escrow.private_key(f"p12:{p12}", b"secret")
    master = escrow.open_with_key(marker.escrow, marker.key_id, private)
    vault.install(data, marker, master)
    assert said(data) == SAID
    with pytest.raises(WrongSecret):
        escrow.open_with_key(marker.escrow[:1], marker.key_id, private)


def test_the_recovery_code_brings_it_back_however_it_is_typed(data, keys):
    opened, code = vault.open_vault(data), escrow.new_code()
    assert len(code.replace("-", "")) == 32
    lost = escrow.copy_for_code(opened.master, opened.marker.key_id, escrow.new_code())
    copy = escrow.copy_for_code(opened.master, opened.marker.key_id, code)
    marker = vault.add_escrow(data, [copy, lost])
    shutil.rmtree(keys)
    typed = f"  {code.lower().replace('-', ' ')}".encode()
    master = escrow.open_with_code(marker.escrow, marker.key_id, typed)
    vault.install(data, marker, master)
    assert said(data) == SAID
    with pytest.raises(WrongSecret):
        escrow.open_with_code(marker.escrow, marker.key_id, b"A" * 32)
    with pytest.raises(NotFound):
        escrow.open_with_code((), marker.key_id, code.encode())


def test_a_copy_of_another_folder_does_not_fit(tmp_path, data):
    Store(tmp_path / "other").close()
    other = vault.open_vault(tmp_path / "other")
    with pytest.raises(WrongSecret):
        vault.install(data, vault.read_marker(data), other.master)


def test_what_is_no_certificate_is_refused(tmp_path, data):
    (tmp_path / "x").write_bytes(b"text")
    master = bytes(32)
    with pytest.raises(UnusableInput):
        escrow.copy_for_certificate(master, "00", tmp_path / "x")
    with pytest.raises(NotFound):
        escrow.copy_for_certificate(master, "00", tmp_path / "absent")
    with pytest.raises(NotFound):
        escrow.private_key("p12:/nowhere.p12", b"")
