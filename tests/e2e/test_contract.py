"""What every command promises, whatever its surroundings: streams, files, numbers, Ctrl+C."""

import contextlib
import fcntl
import json
import os
import pty
import shlex
import signal
import socket
import subprocess
import sys
import termios
import threading

import pytest

from desk_app.errors import in_vietnamese
from tests.e2e.conftest import ROOT, desk, start

PAGE = ROOT / "resources/samples/birth_registration/s04a.jpg"
COMMAND = shlex.join([sys.executable, str(ROOT / "main.py")])


def through_the_shell(line, **environment):
    done = subprocess.run(
        ["sh", "-c", line], capture_output=True, timeout=60, env={**os.environ, **environment}
    )  # fmt: skip
    assert b"Traceback" not in done.stdout + done.stderr
    return done


# --- streams ----------------------------------------------------------------------------------


def test_a_closed_stderr_leaves_one_json_document_on_stdout(tmp_path):
    """print(file=None) writes to stdout: the words for people would stand before the JSON."""
    done = through_the_shell(f"{COMMAND} stats --data {tmp_path}/d --json 2>&-")
    assert done.returncode == 0
    assert "total" in json.loads(done.stdout)


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full here")  # noqa: PTH110
def test_a_full_stdout_is_told_as_such_and_not_as_a_broken_data_folder(tmp_path):
    for option in ("", "--json"):
        done = through_the_shell(f"{COMMAND} stats --data {tmp_path}/d {option} >/dev/full")
        assert done.returncode == 2
        assert "Không ghi được stdout: ổ đĩa đầy." in done.stderr.decode()


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full here")  # noqa: PTH110
def test_progress_that_cannot_be_written_does_not_stop_the_work(tmp_path):
    done = through_the_shell(
        f"{COMMAND} scan --device 'simulated:?sheets=1' --data {tmp_path}/d --json 2>/dev/full"
    )
    assert done.returncode == 0
    assert json.loads(done.stdout)["pages_scanned"] == 2


def test_closed_streams_a_reader_that_left_and_narrow_letters(tmp_path):
    data = f"--data {tmp_path}/d"
    assert through_the_shell(f"{COMMAND} stats {data} --json >&-").returncode == 0
    assert through_the_shell(f"{COMMAND} show X {data} --json | true").returncode == 0
    done = through_the_shell(f"{COMMAND} stats {data}", PYTHONIOENCODING="ascii")
    assert done.returncode == 0
    assert done.stdout.isascii()


def test_a_secret_that_stdin_does_not_hold_is_never_tried_as_an_empty_one(tmp_path):
    key = tmp_path / "key.p12"
    key.write_bytes(b"x")
    answer = desk("certificates", "--key", f"p12:{key}", "--pin-stdin", "--data", tmp_path / "d",
                  "--json")  # fmt: skip
    assert answer.code == 2
    assert answer.json["error"]["code"] == "BAD_USAGE"
    assert "stdin" in answer.json["error"]["vi"]


def test_what_was_read_on_a_page_does_not_reach_stderr_beside_json(tmp_path):
    answer = desk("ocr", PAGE, "--data", tmp_path / "d", "--json")
    words = {word["text"] for word in answer.json["pages"][0]["words"] if len(word["text"]) > 4}
    assert words
    assert not words & set(answer.err.split())


def test_a_recovery_code_does_not_reach_stderr_beside_json(tmp_path):
    data = ("--data", tmp_path / "d")
    assert desk("import", PAGE, *data).code == 0
    answer = desk("vault", "escrow", "--code", *data, "--json")
    code = answer.json["recovery_code"]
    assert len(code) > 20
    assert code not in answer.err
    assert answer.err.strip()  # that there is one more copy is no secret


# --- files ------------------------------------------------------------------------------------


@pytest.fixture
def pipe(tmp_path):
    path = tmp_path / "pipe.pdf"
    os.mkfifo(path)
    return path


def test_a_pipe_is_refused_and_not_waited_for(tmp_path, pipe):
    data = ("--data", tmp_path / "d", "--json")
    out = ("--out", tmp_path / "o")
    for call in (("verify", pipe), ("augment", pipe, *out), ("package", "--check", pipe),
                 ("verify", PAGE, "--trust", pipe)):  # fmt: skip
        answer = desk(*call, *data, timeout=30)
        assert answer.code == 2
        told = json.dumps(answer.json, ensure_ascii=False)
        assert "đường ống" in told or "không phải là tệp thông thường" in told
        assert "a pipe" in told or "not a regular file" in told


def test_a_result_never_replaces_what_it_is_made_from(tmp_path):
    picture, other_name = tmp_path / "scan.jpg", tmp_path / "link.pdf"
    picture.write_bytes(PAGE.read_bytes())
    other_name.symlink_to(picture)
    for call in (("pdf", picture, "-o", picture), ("pdf", picture, "-o", other_name),
                 ("verify", picture, "--report", other_name)):  # fmt: skip
        answer = desk(*call, "--data", tmp_path / "d", "--json")
        assert answer.code == 2
        assert answer.json["error"]["code"] == "OUTPUT"
        assert picture.read_bytes() == PAGE.read_bytes()


def test_a_result_that_cannot_be_written_does_not_blame_the_data_folder(tmp_path):
    folder = tmp_path / "folder.pdf"
    folder.mkdir()
    answer = desk(
        "separators", "--papers", "1", "--out", folder, "--data", tmp_path / "d", "--json"
    )
    assert answer.code == 2
    assert answer.json["error"]["code"] == "OUTPUT"
    assert str(folder) in answer.json["error"]["vi"]


def test_readable_copies_stay_out_of_the_data_folder(tmp_path):
    data, beside = tmp_path / "d", tmp_path / "beside"
    beside.symlink_to(data)
    for out in (data, data / "blobs" / "x", beside / "x"):
        answer = desk("demo", "--data", data, "--out", out, "--json")
        assert answer.code == 2
        assert "nằm trong thư mục dữ liệu" in answer.json["error"]["vi"]
    assert not data.exists()


def test_a_folder_that_takes_no_copies_is_told_before_the_work(tmp_path):
    (tmp_path / "file").write_text("x")
    out = tmp_path / "file" / "out"
    answer = desk("demo", "--data", tmp_path / "d", "--out", out, "--json")
    assert answer.code == 2
    assert answer.json["error"]["code"] == "OUTPUT"
    assert not (tmp_path / "d").exists()


# --- words and numbers ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "vi", "en"),
    [
        (("verify",), "thiếu FILE", "required: FILE"),
        (("scan", "--pages", "x"), "không phải số nguyên", "invalid int"),
        (("stats", "--nonsense"), "không có tùy chọn này", "unrecognized"),
        (("scan", "--device", ""), "--device: để trống", "--device: it is empty"),
        (("verify", "no.pdf"), "không có tệp này", "no such file"),
        (("verify", PAGE, "--at", "0001-01-01"), "cần một thời điểm", "is expected"),
        (("verify", PAGE, "--at", "9999-12-31T23:59:59"), "cần một thời điểm", "is expected"),
        (("process", "--dossier", "H49-none"), "hồ sơ H49-none.", "dossier H49-none."),
        (("queue", "retry", "999"), "tệp 999 của hàng đợi", "file 999 of the queue"),
        (("queue", "cancel"), "queue cancel ID", "queue cancel ID"),
    ],
)
def test_each_complaint_is_told_in_its_own_language(tmp_path, call, vi, en):
    answer = desk(*call, "--data", tmp_path / "d", "--json")
    assert answer.code == 2
    error = answer.json["error"]
    assert vi in error["vi"]
    assert en in error["en"]
    assert error["code"] != "DESK_ERROR"


def test_a_taken_port_is_a_sentence(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        for port in (taken.getsockname()[1], 99999):
            answer = desk("store", "serve", "--port", port, "--data", tmp_path / "d", "--json")
            assert answer.code == 2
            assert str(port) in answer.json["error"]["vi"]
            assert answer.err == ""


def test_an_empty_data_folder_s_name_is_not_the_default_folder():
    answer = desk("stats", "--data", "", "--json")
    assert answer.code == 2
    assert answer.json["error"]["code"] == "BAD_USAGE"


def test_system_words_inside_a_sentence_become_vietnamese():
    told = in_vietnamese(f"Không mở được tệp x: {os.strerror(21)}.")
    assert told == "Không mở được tệp x: đây là thư mục."


def test_selftest_says_where_data_cannot_be_kept(tmp_path):
    (tmp_path / "file").write_text("x")
    answer = desk("selftest", "--data", tmp_path / "file" / "d", "--json")
    [check] = [each for each in answer.json["checks"] if each["name"] == "data"]
    assert not check["ok"]
    assert check["cure"]
    assert answer.code == 1


# --- Ctrl+C -----------------------------------------------------------------------------------


def test_ctrl_c_before_the_first_page_is_no_fault(tmp_path):
    """It went on to sign an empty dossier and said that all papers are missing."""
    process = start("demo", "--data", tmp_path / "d", "--json")
    assert "TRÌNH DIỄN" in process.stderr.readline()
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert "Traceback" not in err
    assert process.returncode == 130
    assert json.loads(out)["error"]["code"] == "INTERRUPTED"


@pytest.mark.parametrize("key", [b"\x03", b"\x04"], ids=["ctrl-c", "ctrl-d"])
def test_a_prompt_is_left_at_once(tmp_path, key):
    """It waited for a safe point that a prompt has not; a second Ctrl+C left the echo off."""
    (tmp_path / "key.p12").write_bytes(b"x")
    call = ["certificates", "--key", f"p12:{tmp_path}/key.p12", "--data", f"{tmp_path}/d"]
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, str(ROOT / "main.py"), *call],
        stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True,
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
    )  # fmt: skip
    os.close(theirs)
    too_long = threading.Timer(60, process.kill)
    too_long.start()
    with os.fdopen(ours, "r+b", buffering=0) as screen:
        said = b""
        while b"key.p12: " not in said:
            said += screen.read(1000)
        screen.write(key)
        with contextlib.suppress(OSError):  # the terminal goes with the program
            while piece := screen.read(1000):
                said += piece
    too_long.cancel()
    assert process.wait(timeout=30) == 130
    assert b"Traceback" not in said


def test_ctrl_c_while_python_still_loads_leaves_no_traceback(tmp_path):
    """The first moments belong to imports, which know nothing of the command line's handler."""
    program = "import os, signal, sys, main\n"
    # A program that was started in the background inherits that Ctrl+C is ignored.
    program += "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
    program += "class Stop:\n"
    program += "    def find_spec(self, name, *_):\n"
    program += "        if name == 'desk_app.cli': os.kill(os.getpid(), signal.SIGINT)\n"
    program += "sys.meta_path.insert(0, Stop())\n"
    program += "sys.exit(main.main())\n"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, cwd=ROOT, timeout=60
    )  # fmt: skip
    assert done.returncode == 130
    assert done.stderr == b""
