from __future__ import annotations

import shutil
import subprocess

import pytest

from signing import demonstration, engine, keys
from tests.signing.papers import paper
from tests.signing.pki import Authority


@pytest.fixture(scope="session")
def demo(tmp_path_factory):
    return demonstration.ensure(tmp_path_factory.mktemp("demo"))


@pytest.fixture(scope="session")
def demo_key(demo):
    with keys.open_key(demo.key_uri, demo.passphrase()) as key:
        yield key


@pytest.fixture(scope="session")
def authority():
    return Authority.new()


@pytest.fixture(scope="session")
def tsa(authority):
    return authority.tsa()


@pytest.fixture(scope="session")
def signed(demo, demo_key, tmp_path_factory):
    """One signed file of two pages; tests read it and write changed copies."""
    folder = tmp_path_factory.mktemp("signed")
    source = paper(folder / "paper.pdf")
    return engine.sign_file(
        source, folder / "signed.pdf", demo_key, demo.policy(), timestamper=demo.tsa
    ).path


@pytest.fixture
def run():
    """Run an outside program, skipping the test with a printed reason when it is absent."""

    def call(*command, **options):
        if shutil.which(command[0]) is None:
            pytest.skip(f"{command[0]} is not installed")
        return subprocess.run(
            [str(part) for part in command], capture_output=True, timeout=60, check=False, **options
        )

    return call


@pytest.fixture
def free_port():
    """A loopback port that nobody listens on."""
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def tsa_server():
    """A timestamp authority on loopback, well-behaved or not; ended with the block."""
    from tests.signing.servers import serving

    return serving
