"""What is looked up about signed files: real signatures, changed afterwards by real updates."""

import itertools
import json
import shutil

import pytest

from desk_app import carried, inspection, settings, signatures
from desk_app.settings import Settings
from signing import demonstration, engine, keys
from signing.appearance.placing import Spot
from tests.signing.attacks import ATTACKS
from tests.signing.papers import paper


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return tmp_path_factory.mktemp("data")


@pytest.fixture(scope="module")
def twice(data, tmp_path_factory):
    """Signed by the demonstration's officer, and once more."""
    folder = tmp_path_factory.mktemp("signed")
    demo = demonstration.ensure(data / signatures.FOLDER)
    files = [paper(folder / "paper.pdf"), folder / "one.pdf", folder / "two.pdf"]
    with keys.open_key(demo.key_uri, demo.passphrase()) as key:
        for source, target in itertools.pairwise(files):
            engine.sign_file(source, target, key, demo.policy(), timestamper=demo.tsa)
    return files[1:]


def test_a_later_signature_is_an_addition_with_its_place(data, twice):
    first, last = inspection.history(data, twice[1])
    assert first.end == twice[0].stat().st_size
    assert (first.is_last, last.is_last) == (False, True)
    (page,) = first.pages
    assert (page.boxes, len(page.marks), first.unexplained) == ((), 1, 0)
    assert not page.marks[0].hides
    assert last.pages == ()


def test_what_no_signature_explains_has_boxes(data, twice, tmp_path):
    changed = tmp_path / "changed.pdf"
    changed.write_bytes(ATTACKS["overlay_on_the_page"](twice[0]))
    (signed,) = inspection.history(data, changed)
    assert signed.unexplained > 0
    assert all(0 <= edge <= 1 for page in signed.pages for box in page.boxes for edge in box)
    assert signed.is_intact
    assert not signed.is_last


def test_reports_never_overwrite(data, twice, tmp_path):
    title = "H49.64-261120-0147 Đơn/tờ khai"
    first = inspection.export(data, twice[0], title, tmp_path / "reports")
    kept = first[0].read_bytes()
    second = inspection.export(data, twice[0], title, tmp_path / "reports")
    assert [p.name for p in first] == ["H49.64-261120-0147-Don-to-khai.pdf",
                                       "H49.64-261120-0147-Don-to-khai.json"]  # fmt: skip
    assert {p.name.rpartition("-")[2] for p in second} == {"2.pdf", "2.json"}
    assert first[0].read_bytes() == kept
    entry = json.loads(second[1].read_text(encoding="utf-8"))["files"][0]
    assert entry["status"] == "valid"


def test_a_report_on_no_pdf_leaves_nothing(data, tmp_path):
    from signing.errors import InputProblem

    broken = tmp_path / "broken.pdf"
    broken.write_bytes(b"nothing of a PDF")
    with pytest.raises(InputProblem):
        inspection.export(data, broken, "x", tmp_path / "reports")
    assert not (tmp_path / "reports").exists()


def fingerprint(data, path):
    found = signatures.verify(path, signatures.anchors(data, Settings()))
    return found["signatures"][0]["field"], found["signatures"][0]["certificate_sha256"]


def test_certificates_up_to_the_installed_root(data, twice):
    field, sha256 = fingerprint(data, twice[0])
    papers = inspection.papers(data, twice[0], field, sha256)
    assert papers.chain[0].sha256 == sha256
    assert [c.is_anchor for c in papers.chain] == [False, False, True]
    assert "TSA" in papers.authority[0].name
    assert {answer.kind for answer in papers.answers} == {"CRL"}
    assert inspection.ends([(twice[0], field, sha256)]) == {sha256: papers.chain[0].not_after}


@pytest.mark.parametrize("kind", ["contents_zeroed", "form_removed", "signature_emptied"])
def test_a_certificate_that_cannot_be_read_is_said(data, twice, tmp_path, kind):
    field, sha256 = fingerprint(data, twice[0])
    changed = tmp_path / "changed.pdf"
    changed.write_bytes(ATTACKS[kind](twice[0]))
    with pytest.raises(carried.NoCertificate) as caught:
        inspection.papers(data, changed, field, sha256)
    assert caught.value.vi
    assert caught.value.next_en
    assert inspection.ends([(changed, field, sha256)]) == {}


def test_the_mark_stands_where_a_person_put_it(twice):
    usual = inspection.mark(None, "electronic_copy", {"agency": "UBND xã"}, None)
    moved = inspection.mark(None, "electronic_copy", {"agency": "UBND xã"}, (0, 20.0, 100.0))
    assert usual.page_mm == pytest.approx((210, 297), abs=0.5)
    assert (moved.left_mm, moved.top_mm) == pytest.approx((20, 100))
    assert usual.top_mm < 20


def test_what_was_chosen_in_the_settings_is_what_is_signed(data, tmp_path):
    chosen = Settings(
        sign_profile="electronic_copy", mark_values=("copy_type=Sao lục",), mark_place="0 20 100"
    )
    settings.save(tmp_path, chosen)
    assert settings.load(tmp_path) == chosen
    setup = signatures.setup(data, chosen, signatures.Choice())
    assert setup.policy.name == "electronic_copy"
    source, target = paper(tmp_path / "paper.pdf"), tmp_path / "signed.pdf"
    with keys.open_key(setup.keys[""], setup.secret()) as key:
        setup.sign(source, target, key)
    (mark,) = signatures.verify(target, signatures.anchors(data, chosen))["signatures"]
    left, top = mark["box_shown"][0] * 210, mark["box_shown"][1] * 297
    assert (left, top) == pytest.approx((20, 100), abs=0.2)
    assert Spot(*chosen.place_of_mark) == Spot(0, 20.0, 100.0)


@pytest.mark.parametrize("line", ['mark_place = "top"', 'mark_values = ["copy type"]',
                                  "mark_values = [1]"])  # fmt: skip
def test_settings_of_the_mark_are_checked(tmp_path, line):
    (tmp_path / settings.FILE_NAME).write_text(line, encoding="utf-8")
    with pytest.raises(settings.UsageError):
        settings.load(tmp_path)


def test_a_full_folder_of_reports_does_not_go_on_for_ever(data, twice, tmp_path, monkeypatch):
    monkeypatch.setattr(inspection, "MOST_NAMES", 2)
    inspection.export(data, twice[0], "x", tmp_path)
    with pytest.raises(Exception, match=r"x\.pdf|exist") as caught:
        inspection.export(data, twice[0], "x", tmp_path)
    assert hasattr(caught.value, "next_vi")
    shutil.rmtree(tmp_path)
