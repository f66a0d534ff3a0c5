"""PINs: sent once, in a process of their own, and never where someone could find them."""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import time
from pathlib import Path

import pytest

from signing import worker
from signing.batch import Item
from signing.errors import PinFinalTry, PinLocked, PinWrong, SignerLost, TokenLost
from signing.policy import Policy
from signing.worker import BatchJob
from tests.signing.papers import paper
from tests.signing.tokens import PIN, compiled, fake, softhsm

LOW, FINAL, LOCKED = 0x10000, 0x20000, 0x40000
PIN_INCORRECT, PIN_IS_LOCKED = 0xA0, 0xA4


@pytest.fixture(scope="module")
def tokens(tmp_path_factory, authority):
    found = softhsm(tmp_path_factory.mktemp("pins") / "hsm")
    found.add("officer", authority, "Nguyễn Văn An")
    return found


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    return compiled(tmp_path_factory.mktemp("library"))


@pytest.fixture
def token(tokens, library, tmp_path, monkeypatch):
    found = fake(tokens, library, tmp_path / "fake")
    for key, value in found.environment.items():
        monkeypatch.setenv(key, value)
    return found


@pytest.fixture
def sign(token, tmp_path):
    """Sign some files in the worker process with a PIN; returns the report."""

    def call(pin=PIN, count=1, confirm=(), **options):
        (tmp_path / "out").mkdir(exist_ok=True)
        names = [f"{n}.pdf" for n in range(count)]
        for each in names:
            if not (tmp_path / each).exists():
                paper(tmp_path / each, 1)
        items = [Item(tmp_path / each, tmp_path / "out" / each) for each in names]
        uri = f"pkcs11:{token.module}?token=officer"
        job = BatchJob(
            tuple(items), (("", uri),), Policy(level="B-B"),
            journal=tmp_path / "journal.jsonl", confirm_final_try=confirm,
        )  # fmt: skip
        secret = bytearray(pin.encode())
        try:
            return worker.sign_files(job, [secret], **options)
        finally:
            assert secret == bytearray(len(secret))

    return call


def test_one_login_for_a_batch(sign, token):
    report = sign(count=5)
    assert report.is_complete
    assert (report.logins, token.logins) == (1, 1)


def test_wrong_pin_takes_one_attempt_and_says_what_is_left(sign, token):
    with pytest.raises(PinWrong) as caught:
        sign("wrong-9999")
    assert token.logins == 1
    assert caught.value.facts["left"] == "low"
    assert "9999" not in str(caught.value.facts)


def test_wrong_pin_with_one_attempt_left_says_so(sign, token):
    token.say(flags=LOW | FINAL, login=PIN_INCORRECT)
    with pytest.raises(PinWrong) as caught:
        sign(confirm=("",))
    assert caught.value.facts["left"] == "one"
    assert token.logins == 1


def test_last_try_sends_nothing_without_a_confirmation(sign, token):
    token.say(flags=LOW | FINAL)
    with pytest.raises(PinFinalTry) as caught:
        sign()
    assert token.logins == 0
    assert "typed confirmation" in caught.value.next_en
    assert sign(confirm=("",)).is_complete
    assert token.logins == 1


def test_locked_token_is_never_asked(sign, token):
    token.say(flags=LOCKED)
    with pytest.raises(PinLocked) as caught:
        sign(confirm=("",))
    assert token.logins == 0
    assert "SO-PIN" in caught.value.next_vi


def test_token_that_locks_at_this_attempt(sign, token):
    token.say(login=PIN_IS_LOCKED)
    with pytest.raises(PinLocked):
        sign()
    assert token.logins == 1


def test_attempts_are_known_before_the_pin_is_asked(token):
    # In a process of its own: a PKCS#11 library stays loaded with the environment of its start.
    uri = f"pkcs11:{token.module}?token=officer"
    said = worker.run(_attempts, uri, token.folder, [0, LOW, LOW | FINAL, LOCKED])
    assert said == ["unknown", "low", "one", "PIN_LOCKED"]
    assert token.logins == 0


def _attempts(link, secrets, uri, folder, every):
    from signing import keys

    said = []
    for flags in every:
        (folder / "flags").write_text(f"{flags:x}")
        try:
            said.append(keys.attempts_left(uri))
        except PinLocked as error:
            said.append(error.code)
    return said


def test_token_pulled_and_plugged_in_again(sign, token, tmp_path):
    def pull(outcome):
        if outcome.item.dst.name == "1.pdf":
            token.say(gone=1)
        # So that the token is gone before the next file but one.
        time.sleep(0.05)

    report = sign(count=8, progress=pull)
    assert isinstance(report.stopped_by, TokenLost)
    states = [o.status for o in report.outcomes]
    assert states.count("failed") == 1
    done = states.count("signed")
    assert 2 <= done < 8
    written = {p.name: p.read_bytes() for p in (tmp_path / "out").iterdir()}
    assert len(written) == done
    (token.folder / "gone").unlink()
    again = sign(count=8)
    assert again.is_complete
    assert [o.resumed for o in again.outcomes] == [n < done for n in range(8)]
    for file, data in written.items():
        assert (tmp_path / "out" / file).read_bytes() == data


def test_no_pin_in_any_file(sign, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    sign(count=3)
    with pytest.raises(PinWrong):
        sign("Wrong-98765")
    for path in tmp_path.rglob("*"):
        if path.is_file() and "fake_token" not in path.name:
            data = path.read_bytes()
            assert PIN.encode() not in data, path
            assert b"Wrong-98765" not in data, path


def test_process_writes_no_core_and_hides_its_memory():
    cores, dumpable, arguments, environment = worker.run(_look, secrets=[bytearray(b"Pin-777")])
    assert cores == (0, 0)
    assert dumpable == 0
    assert b"Pin-777" not in arguments + environment


def _look(link, secrets):
    assert secrets == [bytearray(b"Pin-777")]
    dumpable = ctypes.CDLL(None).prctl(3, 0, 0, 0, 0)  # PR_GET_DUMPABLE
    ctypes.CDLL(None).prctl(4, 1, 0, 0, 0)  # so that it may read its own /proc
    return (
        resource.getrlimit(resource.RLIMIT_CORE), dumpable,
        Path("/proc/self/cmdline").read_bytes(), Path("/proc/self/environ").read_bytes(),
    )  # fmt: skip


def test_process_that_dies_is_not_started_again(tmp_path):
    marker = tmp_path / "starts"
    with pytest.raises(SignerLost) as caught:
        worker.run(_die, str(marker), secrets=[bytearray(b"x")])
    assert marker.read_text() == "start\n"
    assert caught.value.exit_code == 3


def _die(link, secrets, marker):
    with Path(marker).open("a") as file:
        file.write("start\n")
    os.kill(os.getpid(), signal.SIGKILL)


def test_process_ends_with_its_work():
    pid = worker.run(_pid)
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def _pid(link, secrets):
    return os.getpid()


def test_result_that_cannot_cross_is_an_error_in_words():
    from signing.errors import SigningFailed

    with pytest.raises(SigningFailed):
        worker.run(_unpicklable)


def _unpicklable(link, secrets):
    return lambda: None


def test_work_is_cancelled_at_the_next_safe_point(sign):
    seen = []
    report = sign(count=12, progress=seen.append, cancelled=lambda: len(seen) >= 2)
    states = [o.status for o in report.outcomes]
    assert 2 <= states.count("signed") < 12
    assert states.count("waiting") == 12 - states.count("signed")
    assert sign(count=12).is_complete
