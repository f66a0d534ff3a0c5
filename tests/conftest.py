"""What every test has: a place of its own for keys, so that none touches the user's."""

import os

import pytest


@pytest.fixture(autouse=True, scope="session")
def own_key_folder(tmp_path_factory):
    """Keys of data folders go to a temporary folder and never to a keyring; children inherit it."""
    given = {
        "XDG_CONFIG_HOME": str(tmp_path_factory.mktemp("config")),
        "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
    }
    before = {name: os.environ.get(name) for name in given}
    os.environ.update(given)
    yield
    for name, value in before.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value
