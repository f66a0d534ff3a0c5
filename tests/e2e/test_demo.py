"""The main job: a paper dossier becomes signed, verified, stored records."""

import hashlib
import re
import shutil
import subprocess
import unicodedata
from contextlib import closing

import pikepdf
import pytest

from desk_app.pdf import pdfa
from desk_app.store.database import Store
from tests.e2e.conftest import ROOT, TRUTH, desk


def test_it_ends_well_with_the_promised_keys(demo):
    assert demo.result.code == 0
    result = demo.result.json
    assert {
        "dossier", "pages_scanned", "pages_set_aside", "documents", "findings", "signed_files",
        "verdicts", "receipts", "trust_anchor", "seconds",
    } <= result.keys()  # fmt: skip
    assert result["dossier"] == {"code": TRUTH["dossier"]["code"], "procedure": "1.001193"}
    assert [v["status"] for v in result["verdicts"]] == ["valid"] * 5
    assert "TRÌNH DIỄN" in demo.result.err


def test_every_paper_is_recognised(demo):
    found = [(d["type"], d["pages"]) for d in demo.result.json["documents"]]
    assert found == [(d["type"], d["pages"]) for d in TRUTH["documents"]]


def test_exactly_the_blank_sides_are_set_aside(demo):
    pages = demo.result.json["pages"]
    sides = {(s["sheet"], s["side"]): s for s in TRUTH["sides"]}
    assert len(pages) == demo.result.json["pages_scanned"] == len(sides) == 18
    for page in pages:
        assert page["set_aside"] == sides[page["sheet"], page["side"]]["blank"]


def test_pages_are_upright_and_level(demo):
    sides = {(s["sheet"], s["side"]): s for s in TRUTH["sides"]}
    for page in demo.result.json["pages"]:
        truth = sides[page["sheet"], page["side"]]
        if not truth["blank"]:
            assert page["rotation"] == truth["rotation"]
            assert page["skew_deg"] == pytest.approx(truth["skew_deg"], abs=0.3)


def test_the_card_is_read_from_its_code_and_agrees_with_its_zone(demo):
    card = next(d for d in demo.result.json["documents"] if d["type"] == "citizen_card")
    truth = next(d for d in TRUTH["documents"] if d["type"] == "citizen_card")["fields"]
    for name in ("citizen_number", "full_name", "date_of_birth"):
        assert (card["fields"][name]["value"], card["fields"][name]["source"]) == (
            truth[name], "qr",
        )  # fmt: skip
        assert "problem" not in card["fields"][name]
    disagree = [
        f for f in demo.result.json["findings"]
        if f["code"] == "CARD_DISAGREES" and f["severity"] == "problem"
    ]  # fmt: skip
    assert disagree == []


def test_fields_of_the_forms(demo):
    """Read by recognition alone: a name may lose a mark, no letter and no digit may be wrong."""
    wrong = []
    for document, truth in zip(demo.result.json["documents"], TRUTH["documents"], strict=True):
        for name, value in truth["fields"].items():
            found = document["fields"].get(name, {}).get("value", "")
            assert bare(found) == bare(value), (document["type"], name)
            if found != value:
                wrong.append(name)
    assert len(wrong) <= 3


def bare(text):
    plain = unicodedata.normalize("NFD", text.replace("đ", "d").replace("Đ", "D"))
    return "".join(c for c in plain if not unicodedata.combining(c)).lower()


def test_receipts_vouch_for_our_bytes(demo):
    result = demo.result.json
    signed = {each["sha256"] for each in result["signed_files"]}
    assert {receipt["sha256"] for receipt in result["receipts"]} == signed
    assert {receipt["key"] for receipt in result["receipts"]} == signed
    for path, each in zip(demo.files, result["signed_files"], strict=True):
        assert hashlib.sha256(path.read_bytes()).hexdigest() == each["sha256"]


def test_poppler_and_qpdf_agree(demo):
    for path in demo.files:
        said = run("pdfsig", "-nocert", path)
        assert said.count("Signature is Valid") == said.count("Signature #") == 1
        assert "No syntax or stream encoding errors" in run("qpdf", "--check", path)


def test_openssl_agrees(demo, tmp_path):
    for path in demo.files:
        data = path.read_bytes()
        with pikepdf.open(path) as pdf:
            signature = next(
                field.V for field in pdf.Root.AcroForm.Fields if "/ByteRange" in field.V
            )
            a, b, c, d = map(int, signature.ByteRange)
            (tmp_path / "cms").write_bytes(bytes(signature.Contents))
        (tmp_path / "content").write_bytes(data[a : a + b] + data[c : c + d])
        run(
            "openssl", "cms", "-verify", "-binary", "-inform", "DER", "-in", tmp_path / "cms",
            "-content", tmp_path / "content", "-CAfile", demo.result.json["trust_anchor"],
            "-purpose", "any", "-out", "/dev/null",
        )  # fmt: skip


def test_titles_are_found_in_the_text_layer(demo):
    for path, truth in zip(demo.files, TRUTH["documents"], strict=True):
        text = " ".join(run("pdftotext", path, "-").split())
        assert unicodedata.normalize("NFC", truth["title"]).upper() in text.upper()


def test_archival_rules_hold_after_signing(demo):
    for path in demo.files:
        assert pdfa.check(path, "2b") == ()


def test_nothing_is_overwritten_the_second_time(demo):
    before = {path: path.read_bytes() for path in demo.out.rglob("*") if path.is_file()}
    again = desk("demo", "--data", demo.data, "--out", demo.out, "--json").json
    assert again["dossier"]["code"] != demo.result.json["dossier"]["code"]
    assert all(path.read_bytes() == content for path, content in before.items())
    assert [v["status"] for v in again["verdicts"]] == ["valid"] * 5


def test_the_store_is_whole(demo):
    found = desk("audit", "verify", "--data", demo.data, "--json").json
    assert (found["ok"], found["integrity"]) == (True, "ok")
    with closing(Store(demo.data)) as store:
        assert tuple(store.row("PRAGMA integrity_check")) == ("ok",)


def test_show_tells_all_of_it(demo):
    code = demo.result.json["dossier"]["code"]
    shown = desk("show", code, "--data", demo.data, "--json").json
    assert shown["dossier"]["state"] == "done"
    assert len(shown["pages"]) == 18
    assert len(shown["documents"]) == len(shown["signatures"]) == len(shown["uploads"]) == 5
    assert {u["state"] for u in shown["uploads"]} == {"done"}


# --- verdicts on what others may hand in ------------------------------------------------------


def verify(demo, path):
    return desk("verify", path, "--data", demo.data, "--json")


def tampered(demo, tmp_path):
    target = tmp_path / "copy.pdf"
    shutil.copyfile(demo.files[1], target)
    return target


def assert_invalid(answer):
    assert answer.code == 1
    entry = answer.json["files"][0]
    assert entry["status"] == "invalid"
    assert entry["reason"]["vi"]
    assert entry["reason"]["en"]


def test_the_untouched_file_is_valid(demo):
    answer = verify(demo, demo.files[1])
    assert (answer.code, answer.json["files"][0]["status"]) == (0, "valid")


def test_without_the_anchor_it_is_undetermined(demo, tmp_path):
    answer = desk("verify", demo.files[1], "--data", tmp_path / "empty", "--json")
    assert (answer.code, answer.json["files"][0]["status"]) == (1, "undetermined")
    assert not (tmp_path / "empty").exists()


@pytest.mark.parametrize("where", [0.1, 0.3, 0.5, 0.7])
def test_one_changed_byte(demo, tmp_path, where):
    path = tampered(demo, tmp_path)
    data = bytearray(path.read_bytes())
    data[int(len(data) * where)] ^= 1
    path.write_bytes(data)
    assert_invalid(verify(demo, path))


def test_an_overlay_added_as_an_update(demo, tmp_path):
    path = tampered(demo, tmp_path)
    overlay(path)
    run("qpdf", "--check", path)  # a sound file, so that only the signature can tell
    assert_invalid(verify(demo, path))


def overlay(path):
    """A second revision that paints over page one, written by hand after the signed bytes."""
    data = path.read_bytes()
    size = int(re.findall(rb"/Size (\d+)", data)[-1])
    start = int(re.findall(rb"startxref\s+(\d+)", data)[-1])
    with pikepdf.open(path) as pdf:
        page, root = pdf.pages[0].objgen[0], pdf.Root.objgen[0]
        old = pdf.pages[0].obj.Contents.objgen[0]
        del pdf.pages[0].obj.Contents
        kept = pdf.pages[0].obj.unparse(resolved=True).removesuffix(b">>")
    paint = b"1 0 0 rg 100 100 300 300 re f"
    first = b"%d 0 obj\n<</Length %d>>\nstream\n%s\nendstream\nendobj\n" % (
        size, len(paint), paint,
    )  # fmt: skip
    second = b"%d 0 obj\n%s /Contents [%d 0 R %d 0 R]>>\nendobj\n" % (page, kept, old, size)
    at, then = len(data), len(data) + len(first)
    table = b"xref\n%d 1\n%010d 00000 n \n%d 1\n%010d 00000 n \n" % (page, then, size, at)
    trailer = b"trailer\n<</Size %d /Root %d 0 R /Prev %d>>\nstartxref\n%d\n%%%%EOF\n" % (
        size + 1, root, start, then + len(second),
    )  # fmt: skip
    path.write_bytes(data + first + second + table + trailer)


def test_bytes_appended(demo, tmp_path):
    path = tampered(demo, tmp_path)
    path.write_bytes(path.read_bytes() + b"\n% more\n")
    assert_invalid(verify(demo, path))


def test_what_is_no_pdf_is_refused_in_one_sentence(demo, tmp_path):
    empty = tmp_path / "empty.pdf"
    empty.touch()
    locked = tmp_path / "locked.pdf"
    run("qpdf", "--encrypt", "a", "b", "256", "--", demo.files[1], locked)
    picture = ROOT / "resources/samples/receipt_slip.jpg"
    for path in (empty, locked, picture, tmp_path / "absent.pdf"):
        answer = verify(demo, path)
        assert answer.code == 2, path
        assert answer.json["error"].keys() == {"code", "vi", "en", "next"}


def run(*command):
    done = subprocess.run(
        [str(c) for c in command], capture_output=True, text=True, timeout=120, encoding="utf-8",
        errors="replace",
    )  # fmt: skip
    assert done.returncode == 0, f"{command[0]}: {done.stderr or done.stdout}"
    return done.stdout + done.stderr
