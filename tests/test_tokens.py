"""What a key says of itself before its PIN is typed, asked of a token that lies as real ones do."""

import pytest

from desk_app import jobs, tokens
from desk_app.settings import Settings
from tests.signing.pki import Authority
from tests.signing.tokens import compiled, fake, softhsm

LOW, FINAL, LOCKED = 0x10000, 0x20000, 0x40000


@pytest.fixture(scope="module")
def real(tmp_path_factory):
    found = softhsm(tmp_path_factory.mktemp("pins") / "hsm")
    found.add("officer", Authority.new(), "Nguyễn Văn An")
    return found


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    return compiled(tmp_path_factory.mktemp("library"))


@pytest.fixture
def token(real, library, tmp_path, monkeypatch):
    found = fake(real, library, tmp_path / "fake")
    for key, value in found.environment.items():
        monkeypatch.setenv(key, value)
    return found


@pytest.mark.parametrize(
    ("flags", "tries"), [(0, "unknown"), (LOW, "low"), (FINAL, "one"), (LOCKED, "locked")]
)
def test_a_token_tells_its_tries_without_a_login(token, flags, tries):
    token.say(flags=flags)
    # In a process of its own, as the window does: here another test's driver may be loaded.
    worker = jobs.Workers(1)
    try:
        key = f"pkcs11:{token.module}?token=officer"
        state = worker.submit(tokens.state, Settings(key=key)).result(60)
    finally:
        worker.close()
    assert (state.label, state.tries, token.logins) == ("officer", tries, 0)
    assert state.is_ready == (tries != "locked")
    assert (state.problem is None) == state.is_ready
    if state.is_ready:
        assert state.holder == "Nguyễn Văn An"
        assert state.ends is not None


@pytest.mark.parametrize("key", ["p12:/nowhere/officer.p12", "pkcs11:/nowhere.so?token=x", "odd"])
def test_a_key_that_is_not_there_is_said_in_both_languages(key):
    state = tokens.state(Settings(key=key))
    assert state.tries == "absent"
    assert state.problem is not None
    assert state.problem.vi != state.problem.en


def test_a_key_file_has_no_limit_of_tries(tmp_path):
    (tmp_path / "officer.p12").write_bytes(b"closed until its passphrase is typed")
    assert tokens.state(Settings(key=f"p12:{tmp_path}/officer.p12")).tries == "unlimited"
