"""A batch from the printed separators to its closing, through the command line.

DESK_BATCH_SHEETS=500 runs it at full size; by default a few dossiers show the same.
"""

import os
import signal
import subprocess

import pytest
from PIL import Image

from tests.e2e.conftest import desk, start
from tests.simulators import pile

SHEETS = int(os.environ.get("DESK_BATCH_SHEETS", "16"))
EACH = 9 if SHEETS > 100 else 3
"""Sheets of paper behind each separator."""
LIMIT_S = 600 + 3 * SHEETS


@pytest.fixture(scope="module")
def printed(tmp_path_factory):
    """The separators as `desk separators` makes them, as a printer and a scanner leave them."""
    folder = tmp_path_factory.mktemp("separators")
    codes = [pile.code(n) for n in range(1, SHEETS // (EACH + 1) + 1)]
    arguments = [part for code in codes for part in ("--dossier", code)]
    answer = desk("separators", "--out", folder / "s.pdf", *arguments, "--json")
    assert (answer.code, answer.json["sheets"]) == (0, len(codes))
    subprocess.run(
        ["pdftoppm", "-r", str(pile.DPI), "-gray", "-png", folder / "s.pdf", folder / "s"],
        check=True, timeout=300,
    )  # fmt: skip
    text = subprocess.run(
        ["pdftotext", folder / "s.pdf", "-"], check=True, capture_output=True, text=True, timeout=60
    ).stdout
    assert all(code in text for code in codes)
    return sorted(folder.glob("s-*.png"))


def feed_pile(folder, printed, double_at):
    """The pile as the feeder sends it, one sheet short by the double feed that nobody reported."""
    made = pile.Pile(folder)
    back, forms = pile.stamped_back(), [pile.form(n) for n in range(6)]
    for number, path in enumerate(printed):
        with Image.open(path) as picture:
            made.add(picture.convert("L").rotate(180 * (number % 2)))  # half lie upside down
        for sheet in range(EACH):
            front = forms[(number + sheet) % len(forms)]
            if made.sheets + 1 == double_at:
                front = pile.two_at_once(front)
            made.add(front, back if sheet % 3 == 0 else None)
    return made


def test_a_batch_is_fed_counted_mended_and_closed(tmp_path, printed):
    double_at = (len(printed) // 2) * (EACH + 1) + 2
    made = feed_pile(tmp_path / "pile", printed, double_at)
    data = ("--data", tmp_path / "data", "--json")
    jam_at = made.sheets - 3

    def batch(action, *more):
        return desk("batch", action, "LO-01", *more, *data, timeout=LIMIT_S)

    plan = ("--sheets", made.sheets + 1, "--dossiers", len(printed))
    assert batch("create", *plan).code == 0
    device = f"simulated:{made.folder}?duplex=1&fault=jam@{jam_at}"
    jammed = batch("run", "--device", device)
    assert (jammed.code, jammed.json["fault"]["code"]) == (3, "PAPER_JAM")
    assert batch("suspend").code == 1
    assert batch("resume", "--seat", "ban-2", "--operator", "lan").json["batch"]["seat"] == "ban-2"
    assert batch("run", "--device", device).code == 0

    status = batch("close")
    assert status.code == 1
    told = {each["code"]: each["sheets"] for each in status.json["differences"]}
    assert told == {"SHEETS": [double_at], "DOUBLE_FEED": [double_at]}
    counts = status.json["counts"]
    assert counts["sheets_fed"] == made.sheets
    assert counts["images"] == counts["images_expected"]
    assert counts["separators"] == 2 * len(printed)
    assert counts["dossiers"] == len(printed)
    stamped = -(-EACH // 3) * len(printed)
    assert counts["images"] == EACH * len(printed) + stamped  # no stamped back was set aside
    settled = {(e["code"], e["sheet"]): e["settled"] for e in status.json["exceptions"]}
    assert settled[("PAPER_JAM", jam_at)] == "fed_again"

    listed = tmp_path / "list.txt"
    assert batch("rescan-list", "--out", listed).json["lines"] == 1
    assert f"Tờ {double_at} " in listed.read_text(encoding="utf-8")
    again = pile.Pile(tmp_path / "again")
    again.add(pile.form(1), pile.stamped_back())
    again.add(pile.form(2))
    rescanned = batch("rescan", "--sheet", double_at, "--device",
                      f"simulated:{again.folder}?duplex=1")  # fmt: skip
    assert rescanned.json["differences"] == []
    closed = batch("close")
    assert (closed.code, closed.json["batch"]["state"]) == (0, "closed")
    assert closed.json["counts"]["sheets_fed"] == made.sheets + 1

    replayed = desk("journal", "replay", "--hash", *data, timeout=LIMIT_S)
    assert (replayed.code, replayed.json["same"]) == (0, True)
    assert desk("audit", "verify", *data).code == 0


@pytest.mark.parametrize("arguments", [
    ("batch", "status", "NOBODY"), ("batch", "create", "LO-1"), ("batch", "run"),
    ("batch", "create", "LO-1", "--sheets", "0"), ("batch", "create", "A/B", "--sheets", "5"),
    ("batch", "create", "LO-1", "--sheets", "5", "--separation", "x"),
    ("separators", "--out", "none.pdf"), ("separators", "--out", "x.pdf", "--dossier", "A|B"),
])  # fmt: skip
def test_wrong_usage_is_one_error_in_words(tmp_path, arguments):
    answer = desk(*arguments, "--data", tmp_path / "d", "--json")
    assert answer.code == 2
    assert answer.json["error"].keys() == {"code", "vi", "en", "next"}


def test_a_list_of_sheets_to_rescan_as_pdf(tmp_path):
    data = ("--data", tmp_path / "data", "--json")
    desk("batch", "create", "LO-02", "--sheets", 3, *data)
    answer = desk("batch", "rescan-list", "LO-02", "--out", tmp_path / "l.pdf", *data)
    assert (answer.code, answer.json["lines"]) == (0, 0)
    text = subprocess.run(["pdftotext", tmp_path / "l.pdf", "-"], check=True, capture_output=True,
                          text=True, timeout=60).stdout  # fmt: skip
    assert "LO-02" in text


def test_a_program_killed_while_a_batch_is_fed_goes_on_and_adds_up(tmp_path):
    made = pile.typical(tmp_path / "pile", 2, 3)
    data = ("--data", tmp_path / "data", "--json")
    desk("batch", "create", "LO-03", "--sheets", made.sheets, *data)
    device = f"simulated:{made.folder}?duplex=1&ppm=200"
    for lines in (2, 5):
        program = start("batch", "run", "LO-03", "--device", device, *data)
        for _ in range(lines):
            assert program.stderr.readline().startswith("Quét")
        os.killpg(program.pid, signal.SIGKILL)
        program.communicate()
    last = desk("batch", "run", "LO-03", "--device", device, *data)
    assert last.code == 0, last.err
    closed = desk("batch", "close", "LO-03", *data)
    assert (closed.code, closed.json["differences"]) == (0, [])
    assert closed.json["counts"]["sheets_fed"] == made.sheets
    replayed = desk("journal", "replay", "--hash", *data)
    assert (replayed.code, replayed.json["same"]) == (0, True)
