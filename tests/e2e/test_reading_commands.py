"""`desk ocr`, `classify` and `pdf`: what their JSON tells, what clerks taught, and Ctrl+C."""

import json
import os
import signal
import time

import pytest
from PIL import Image

from desk_app.recognition import learning
from tests.e2e.conftest import ROOT, desk, start
from tests.recognition import forms
from tests.recognition.drawn_types import papers

NEW = "unknown_judgment"


def saved(image, path):
    image.save(path, dpi=(200, 200))
    return path


def test_ocr_tells_boxes_to_tick_and_suggestions(tmp_path):
    page = ROOT / "resources/samples/birth_registration/s01a.jpg"
    (read,) = desk("ocr", page, "--json").json["pages"]
    assert {"words", "uncovered", "checkboxes", "rotation", "engine"} <= read.keys()
    assert all(
        {"text", "read", "confidence", "flagged", "suggestion"} <= word.keys()
        for word in read["words"]
    )
    assert all(len(box) == 4 for box in read["uncovered"])
    assert all({"box", "checked", "label"} <= box.keys() for box in read["checkboxes"])


def test_classify_knows_what_this_desk_was_taught(tmp_path):
    data = tmp_path / "data"
    data.mkdir()
    path = saved(papers.drawn_page(NEW, 2).picture(), tmp_path / "page.png")
    before = desk("classify", path, "--data", data, "--json").json["pages"][0]
    for seed in range(10):
        learning.learn(data, papers.drawn_page(NEW, 100 + seed).read(0.03).text, "proposal",
                       first=True, page=f"P{seed}")  # fmt: skip
    after = desk("classify", path, "--data", data, "--json").json["pages"][0]
    assert (before["type"], after["type"]) == (None, "proposal")


def test_pictures_of_no_paper_have_pages_or_are_named_as_the_caller_named_them(tmp_path):
    strip, dot, thread = tmp_path / "strip.png", tmp_path / "dot.png", tmp_path / "thread.png"
    for path, size in ((strip, (20_000, 200)), (dot, (1, 1)), (thread, (60_000, 1))):
        Image.new("L", size, 255).save(path)
    made = desk("pdf", strip, dot, "-o", tmp_path / "a.pdf", "--json").json
    assert (made["pages"], made["conformance"]["faults"]) == (2, [])
    refused = desk("pdf", dot, thread, "-o", tmp_path / "b.pdf", "--json")
    assert refused.code == 2
    assert "thread.png [1]" in refused.json["error"]["vi"]
    assert not (tmp_path / "b.pdf").exists()


@pytest.mark.parametrize("command", [("ocr",), ("pdf", "-o", "out.pdf")])
def test_ctrl_c_says_what_to_do_and_leaves_no_copies(command, tmp_path):
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    page = forms.scanned(forms.form(1), 1)
    pages = [saved(page, tmp_path / f"{n}.png") for n in range(12)]
    process = start(*command, *pages, "--json", "--data", tmp_path / "data", cwd=tmp_path,
                    env={"TMPDIR": str(temporary)})  # fmt: skip
    until = time.monotonic() + 30
    while not list(temporary.glob("desk-work-*/*.png")) and time.monotonic() < until:
        assert process.poll() is None
        time.sleep(0.05)
    os.kill(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    fault = json.loads(out)["error"]
    assert fault["code"] == "INTERRUPTED"
    assert "desk process" not in fault["next"]
    assert "Traceback" not in err
    assert not list(temporary.glob("desk-*"))
    assert not (tmp_path / "out.pdf").exists()
    with Image.open(pages[0]) as untouched:
        assert untouched.size == page.size
