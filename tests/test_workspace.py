"""Folders for work in progress: one that a killed process left goes with the next one's start."""

import os
import signal
import subprocess
import sys

import pytest

from desk_app import stages, workspace
from desk_app.errors import StorageError

HOLD = """
import sys
from pathlib import Path
from desk_app import workspace
with workspace.folder(Path(sys.argv[1])) as folder:
    (folder / "page.jpg").write_bytes(b"a citizen's page")
    print(folder, flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def holder(tmp_path):
    """Another process with a folder of its own in tmp_path, and that folder."""
    command = [sys.executable, "-c", HOLD, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        yield process, tmp_path / os.fsdecode(process.stdout.readline().strip())
        process.kill()


def test_what_a_killed_process_left_is_gone_with_the_next_start(holder, tmp_path):
    process, left = holder
    process.send_signal(signal.SIGKILL)
    process.wait(10)
    assert (left / "page.jpg").exists()
    with workspace.folder(tmp_path) as own:
        assert list(tmp_path.iterdir()) == [own]
    assert not list(tmp_path.iterdir())


def test_what_another_process_works_in_stays(holder, tmp_path):
    process, theirs = holder
    with workspace.folder(tmp_path):
        assert (theirs / "page.jpg").exists()
    process.stdin.close()
    assert process.wait(10) == 0
    assert not theirs.exists()


def test_folders_of_others_and_links_stay(tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / ".held").touch()
    place = tmp_path / "place"
    place.mkdir()
    (place / "desk-work-link").symlink_to(elsewhere)
    (place / "desk-work-unlocked").mkdir()
    (place / "desk-other").mkdir()
    (place / "desk-other" / ".held").touch()
    assert workspace.sweep(place) == 0
    assert len(list(place.iterdir())) == 3
    assert elsewhere.exists()


def test_only_this_user_can_look_into_it(tmp_path):
    with workspace.folder(tmp_path) as own:
        assert own.stat().st_mode & 0o077 == 0


def test_no_room_for_a_folder_is_a_sentence(tmp_path):
    with pytest.raises(StorageError), workspace.folder(tmp_path / "missing"):
        pass


def test_a_fault_inside_leaves_nothing(tmp_path):
    with pytest.raises(FileNotFoundError), stages.temporary() as own:
        (own / "page.jpg").rename(own / "no such folder" / "page.jpg")
    assert not own.exists()
