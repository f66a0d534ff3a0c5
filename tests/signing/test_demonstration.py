"""The demonstration's keys: made once, whole or not at all."""

from __future__ import annotations

import multiprocessing
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from signing import demonstration
from signing.certificates import fingerprint
from signing.errors import KeyFileBad


def _ensure(folder):
    demo = demonstration.ensure(Path(folder))
    return fingerprint(demo.anchors.items[0].certificate)


def test_made_once_and_private(tmp_path):
    first = _ensure(tmp_path / "d")
    assert _ensure(tmp_path / "d") == first
    demo = demonstration.ensure(tmp_path / "d")
    for path in demo.folder.iterdir():
        assert path.stat().st_mode & 0o777 == 0o600, path
    assert "TRÌNH DIỄN" in (demo.folder / "README.txt").read_text(encoding="utf-8")
    assert [p.name for p in (tmp_path / "d").iterdir()] == ["pki-v1"]


def test_every_certificate_says_what_it_is(demo, demo_key):
    certificates = (demo_key.certificate, *demo_key.chain, *demo.anchors.certificates)
    for certificate in certificates:
        text = certificate.subject.rfc4514_string()
        assert "TRÌNH DIỄN" in text
        assert certificate.not_valid_after_utc.year - certificate.not_valid_before_utc.year >= 20


def test_openssl_accepts_the_timestamp_authority(demo, run):
    said = run(
        *["openssl", "verify", "-CAfile", demo.root_pem, "-untrusted", demo.folder / "issuing.pem"],
        *["-purpose", "timestampsign", demo.folder / "tsa.pem"],
    )
    assert b": OK" in said.stdout


def test_many_at_once_agree(tmp_path):
    with multiprocessing.get_context("spawn").Pool(4) as pool:
        roots = pool.map(_ensure, [str(tmp_path / "d")] * 8)
    assert len(set(roots)) == 1
    assert [p.name for p in (tmp_path / "d").iterdir()] == ["pki-v1"]


@pytest.mark.parametrize("delay_ms", [0, 30, 80, 150])
def test_kill_in_the_middle_leaves_it_usable(delay_ms, tmp_path):
    code = "import sys;from pathlib import Path;from signing import demonstration as d;"
    code += "print('go',flush=True);d.ensure(Path(sys.argv[1]))"
    child = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path / "d")], stdout=subprocess.PIPE
    )
    child.stdout.readline()
    time.sleep(delay_ms / 1000)
    os.kill(child.pid, signal.SIGKILL)
    child.wait(10)
    child.stdout.close()
    _ensure(tmp_path / "d")


def test_old_drafts_are_swept_and_young_ones_left(tmp_path):
    old, young = tmp_path / ".making-old", tmp_path / ".making-young"
    old.mkdir()
    young.mkdir()
    os.utime(old, (0, 0))
    _ensure(tmp_path)
    assert not old.exists()
    assert young.exists()


def test_damaged_set_says_what_to_do(tmp_path):
    _ensure(tmp_path)
    (tmp_path / "pki-v1" / "tsa.key").write_text("x")
    with pytest.raises(KeyFileBad, match="remove the folder"):
        _ensure(tmp_path)
    shutil.rmtree(tmp_path / "pki-v1")
    _ensure(tmp_path)
