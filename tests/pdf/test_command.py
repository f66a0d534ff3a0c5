"""`desk pdf` as its user runs it: killed, stopped, without space, over files and folders."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import time
from pathlib import Path

import pikepdf
import pytest
from PIL import Image

from tests.e2e.conftest import ROOT, desk, start
from tests.pdf import paper
from tests.pdf.test_compression import images

SAMPLE = ROOT / "resources/samples/birth_registration"
SIDES = [SAMPLE / f"s0{number}a.jpg" for number in (6, 7, 8)]


@pytest.fixture(scope="module")
def scans(tmp_path_factory) -> list[Path]:
    """A JPEG, a PNG and a PDF, five pages together."""
    folder = tmp_path_factory.mktemp("scans")
    first, second = folder / "a.jpg", folder / "b.png"
    paper.scan(first)
    with Image.open(first) as image:
        image.save(second, dpi=(paper.DPI, paper.DPI))
        rest = [image.copy() for _ in range(3)]
    rest[0].save(folder / "c.pdf", save_all=True, append_images=rest[1:], resolution=paper.DPI)
    return [first, second, folder / "c.pdf"]


def test_pictures_and_files_of_many_pages_become_one(scans, tmp_path):
    made = desk("pdf", *scans, "-o", tmp_path / "out.pdf", "--json", "--data", tmp_path / "d")
    assert made.code == 0, made.out
    assert (made.json["pages"], made.json["profile"]) == (5, "jpeg")
    assert made.json["conformance"]["faults"] == []
    text = paper.tool("pdftotext", "-raw", tmp_path / "out.pdf", "-")
    assert [page.count("NGUYỄN THỊ ÁNH TUYẾT") for page in text.split("\f")[:5]] == [1] * 5


def test_the_station_s_profile_is_taken_and_can_be_overruled(scans, tmp_path):
    (tmp_path / "settings.toml").write_text('pdf_profile = "bilevel"\n')
    out = tmp_path / "out.pdf"
    made = desk("pdf", scans[0], "-o", out, "--json", "--data", tmp_path)
    assert made.json["profile"] == "bilevel"
    assert [picture["filter"] for picture in images(out)] == ["/JBIG2Decode"]
    made = desk("pdf", scans[0], "-o", out, "--profile", "jpeg", "--json", "--data", tmp_path)
    assert [picture["filter"] for picture in images(out)] == ["/DCTDecode"]


def begun(out: Path, data: Path) -> subprocess.Popen[str]:
    """A run that has begun to write: pictures of this profile take their time."""
    process = start("pdf", *SIDES, "-o", out, "--profile", "mrc", "--json", "--data", data)
    until = time.monotonic() + 60
    while time.monotonic() < until and process.poll() is None:
        if list(out.parent.glob(".*.part")):
            return process
        time.sleep(0.005)
    process.kill()
    raise AssertionError(process.communicate())


def test_a_killed_run_leaves_the_older_file_and_the_next_one_its_own_alone(tmp_path, scans):
    folder, out = tmp_path / "out", tmp_path / "out" / "a.pdf"
    folder.mkdir()
    out.write_bytes(b"older")
    process = begun(out, tmp_path)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate(timeout=30)
    assert out.read_bytes() == b"older"
    assert desk("pdf", scans[0], "-o", out, "--data", tmp_path).code == 0
    assert [path.name for path in folder.iterdir()] == ["a.pdf"]
    with pikepdf.open(out) as pdf:
        assert len(pdf.pages) == 1


def test_a_stopped_run_leaves_nothing_and_says_so(tmp_path):
    (tmp_path / "out").mkdir()
    process = begun(tmp_path / "out" / "a.pdf", tmp_path)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130, (out, err)
    assert json.loads(out)["error"]["vi"]
    assert list((tmp_path / "out").iterdir()) == []


def test_a_full_disk_is_a_sentence(tmp_path):
    (tmp_path / "out").mkdir()
    # A limit on a file's size stands for the disk's end: one page fits, three do not.
    limit = max(side.stat().st_size for side in SIDES) * 2

    def end_of_the_disk() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    out = tmp_path / "out" / "a.pdf"
    made = desk("pdf", *SIDES, "-o", out, "--json", "--data", tmp_path, preexec_fn=end_of_the_disk)
    assert made.json["error"]["code"] == "DISK_FULL"
    assert made.json["error"]["next"]
    assert list((tmp_path / "out").iterdir()) == []
