"""Headless commands beside the demonstration: real devices, files, errors in words."""

import json
import shutil

import pikepdf
import pytest

from tests.e2e.conftest import ROOT, desk
from tests.simulators import sane

SAMPLES = ROOT / "resources/samples"


def test_help_names_every_command():
    answer = desk("--help")
    assert answer.code == 0
    for command in ("demo", "scan", "import", "process", "ocr", "classify", "pdf", "show", "sign",
                    "certificates", "verify", "queue", "store", "audit", "journal", "devices",
                    "selftest"):  # fmt: skip
        assert f" {command} " in answer.out


@pytest.mark.parametrize(
    "arguments",
    [("scan", "--pages", "x"), ("nonsense",), ("verify",), ("scan", "--device", "fax:1"),
     ("scan", "--device", "simulated:?fault=flood@2"), ("show", "H49-000000-0000"),
     ("scan", "--dossier", "not a code", "--procedure", "1.001193"),
     ("sign", "x.pdf"), ("queue", "run", "--profile", "nowhere")],
)  # fmt: skip
def test_wrong_usage_is_one_json_error(tmp_path, arguments):
    answer = desk(*arguments, "--data", tmp_path / "d", "--json")
    assert answer.code == 2
    error = answer.json["error"]
    assert error.keys() == {"code", "vi", "en", "next"}
    assert all(error.values())


def test_sane_test_device_lands_three_pages(tmp_path):
    folder = sane.write_config(tmp_path / "sane")
    if not sane.is_available(folder):
        pytest.skip("libsane's test backend is not installed (libsane1)")
    answer = desk(
        "scan", "--device", "sane:test:0", "--pages", "3", "--data", tmp_path / "d", "--json",
        env={"SANE_CONFIG_DIR": str(folder)},
    )  # fmt: skip
    assert answer.code == 0, answer.out
    result = answer.json
    assert result["pages_scanned"] == len(result["pages"]) == 3
    assert result["end"]["reason"] == "count_reached"
    assert result["fault"] is None


def test_a_jam_keeps_what_was_fed_and_says_where_to_go_on(tmp_path):
    answer = desk("scan", "--device", "simulated:?fault=jam@3", "--data", tmp_path / "d", "--json")
    assert answer.code == 3
    assert answer.json["pages_scanned"] == 4
    assert answer.json["fault"]["code"] == "PAPER_JAM"
    assert answer.json["fault"]["resume_at"] == 3


def test_scan_into_a_dossier_then_process_it(tmp_path):
    data, code = tmp_path / "d", "H49.64-261122-0009"
    scan = desk("scan", "--device", "simulated:", "--pages", "2", "--dossier", code,
                "--procedure", "1.001193", "--data", data, "--json")  # fmt: skip
    assert scan.code == 0, scan.out
    assert desk("process", "--data", data, "--json").code == 0
    shown = desk("show", code, "--data", data, "--json").json
    assert shown["dossier"]["state"] == "to_check"
    assert [d["type"] for d in shown["documents"]] == ["birth_registration_form"]
    assert "MISSING_COMPONENT" in {f["code"] for f in shown["findings"]}


def test_import_takes_what_it_can_and_refuses_the_rest_in_words(tmp_path):
    picture = SAMPLES / "birth_registration/s06a.jpg"
    cut = tmp_path / "cut.jpg"
    cut.write_bytes(picture.read_bytes()[:50_000])
    empty = tmp_path / "empty.png"
    empty.touch()
    text = tmp_path / "letter.pdf"
    text.write_text("not a PDF")
    answer = desk("import", picture, cut, empty, text, "--data", tmp_path / "d", "--json")
    assert answer.code == 2
    assert len(answer.json["pages"]) == 1
    assert [r["file"] for r in answer.json["refused"]] == [str(cut), str(empty), str(text)]
    assert all(r["vi"] and r["en"] for r in answer.json["refused"])


def test_ocr_classify_and_pdf(tmp_path):
    picture = SAMPLES / "birth_registration/s07a.jpg"
    words = desk("ocr", picture, "--json").json["pages"][0]
    assert words["file"] == str(picture)
    assert "ỦY QUYỀN" in " ".join(word["text"] for word in words["words"])
    kind = desk("classify", picture, "--json").json["pages"][0]
    assert (kind["type"], kind["first"]) == ("authorisation", True)
    made = desk("pdf", picture, "-o", tmp_path / "out.pdf", "--json")
    assert (made.code, made.json["conformance"]["faults"]) == (0, [])
    with pikepdf.open(tmp_path / "out.pdf") as pdf:
        assert len(pdf.pages) == 1


def test_demonstration_key_signs_files_and_shows_its_certificate(tmp_path, demo):
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        pdf.save(tmp_path / "a.pdf")
    broken = tmp_path / "b.pdf"
    broken.write_text("no")
    answer = desk("sign", tmp_path / "a.pdf", broken, "--out", tmp_path / "out",
                  "--key", "demonstration", "--data", demo.data, "--json")  # fmt: skip
    assert answer.code == 2
    assert [f["status"] for f in answer.json["files"]] == ["signed", "failed"]
    assert answer.json["logins"] == 1
    assert desk("verify", tmp_path / "out/a.pdf", "--data", demo.data).code == 0
    listed = desk("certificates", "--key", "demonstration", "--data", demo.data, "--json")
    assert listed.json["certificates"][0]["usable"]


def test_p12_secret_comes_from_stdin_and_a_wrong_one_is_said(tmp_path, demo):
    keys = next(demo.data.glob("demonstration/*/officer.p12"))
    secret = keys.with_name("passphrase.txt").read_text().strip()
    shutil.copyfile(demo.files[1], tmp_path / "a.pdf")
    arguments = ("certificates", "--key", f"p12:{keys}", "--passphrase-stdin", "--json",
                 "--data", demo.data)  # fmt: skip
    assert desk(*arguments, stdin=secret + "\n").code == 0
    wrong = desk(*arguments, stdin="wrong\n")
    assert wrong.code == 2
    assert json.loads(wrong.out)["error"]["vi"]


def test_queue_and_store_probe(demo):
    listed = desk("queue", "list", "--data", demo.data, "--json").json
    assert listed["counts"]["done"] == len(listed["items"])
    probe = desk("store", "probe", "--data", demo.data, "--json").json
    assert probe["verifies_sha256"]
    assert probe["receipt"]


def test_messages_come_in_the_language_asked_for(tmp_path):
    vi = desk("show", "H49-000000-0000", "--data", tmp_path / "d", "--lang", "vi")
    en = desk("show", "H49-000000-0000", "--data", tmp_path / "d", "--lang", "en")
    assert "Không tìm thấy" in vi.err
    assert "Not found" in en.err


def test_data_folder_that_cannot_be_made(tmp_path):
    (tmp_path / "file").touch()
    answer = desk("demo", "--data", tmp_path / "file" / "d", "--json")
    assert answer.code == 2
    assert answer.json["error"]["code"] == "STORAGE"
