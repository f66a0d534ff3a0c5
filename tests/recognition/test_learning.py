"""The learned model: ten corrections are enough, nothing is forgotten, nothing is torn."""

import multiprocessing
import time
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from desk_app import paths
from desk_app.errors import StorageError
from desk_app.recognition import learning
from desk_app.recognition.classify import classify_page
from desk_app.recognition.doctypes import TypeRules, load_types
from desk_app.recognition.learning import learn, suggest
from desk_app.records import DocumentType
from tests.dossiers.handmade import typed
from tests.recognition.drawn_types import papers

BOOK = load_types(paths.PROCEDURES)
NEW = [kind for kind in papers.TEST_KINDS if kind.startswith("unknown_")]
UNSEEN = ("unknown_driving_licence", "unknown_judgment", "unknown_bank_slip")


def text_of(kind, seed, **page):
    return papers.drawn_page(kind, seed, **page).read(0.03).text


def teach(folder, kind, pages, **page):
    for seed in range(pages):
        learn(folder, text_of(kind, 900 + seed), kind, **page)


def guess(folder, text):
    return next(iter(suggest(folder, text)), learning.Suggestion(None, 0.0))


@pytest.fixture(scope="module")
def taught(tmp_path_factory):
    """A desk that was corrected ten times for each of most kinds beyond the catalogue."""
    folder = tmp_path_factory.mktemp("desk")
    for kind in NEW:
        if kind not in UNSEEN:
            teach(folder, kind, 10)
    return folder


@pytest.fixture(scope="module")
def book():
    """The catalogue with a bare entry, no title and no phrase, for each taught kind."""
    bare = {n: TypeRules(DocumentType(n, "·" + n, n), titles=()) for n in NEW}
    return replace(BOOK, rules={**BOOK.rules, **bare})


def recognised(folder, book, kind, seed, **page):
    text = papers.drawn_page(kind, seed, **page).read(0.03)
    return classify_page(text, (), book, suggest(folder, text.text))


@pytest.mark.parametrize("kind", [kind for kind in NEW if kind not in UNSEEN])
def test_the_eleventh_page_of_a_new_kind_is_recognised(taught, book, kind):
    for seed in (10, 11, 12):
        found = recognised(taught, book, kind, seed)
        assert found.type == kind
        assert found.confidence > 0.75  # the window asks below this


@pytest.mark.parametrize("kind", UNSEEN)
def test_what_was_never_seen_stays_unknown(taught, book, kind):
    for seed in (10, 11, 12):
        assert recognised(taught, book, kind, seed).type is None


def test_the_catalogues_own_kinds_are_recognised_as_before(taught, book, tmp_path):
    for sheet in papers.testing_set(1):
        if sheet.name not in NEW:
            text = sheet.read(0.03)
            before = classify_page(text, (), BOOK, suggest(tmp_path, text.text))
            after = classify_page(text, (), book, suggest(taught, text.text))
            assert after.type == before.type or before.type is None, sheet.name


# ------------------------------------------------------------------ sister forms
def form(title, relation, request, seed):
    """A civil status form: sisters share all lines but these three."""
    fill = papers.Filling("test", seed)
    lines = (
        "^CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "^Độc lập - Tự do - Hạnh phúc", "", f"^{title}",
        "^Kính gửi: {agency}", "Họ, chữ đệm, tên người yêu cầu: {name}", "Nơi cư trú: {place}",
        "Giấy tờ tùy thân: {cccd}", f"Quan hệ với {relation}: chú", request,
        "Họ, chữ đệm, tên: {name}", "Ngày, tháng, năm sinh: {date}", "Dân tộc: Kinh",
        "Tôi cam đoan những nội dung khai trên đây là đúng sự thật", ">Người yêu cầu",
    )  # fmt: skip
    return typed(*(fill.into(line) for line in lines))


GUARDIAN = ("TỜ KHAI ĐĂNG KÝ GIÁM HỘ", "người được giám hộ", "Đề nghị đăng ký việc giám hộ")
PARENT = ("TỜ KHAI ĐĂNG KÝ NHẬN CHA, MẸ, CON", "người được nhận", "Đề nghị công nhận người sau")
ENDED = ("TỜ KHAI ĐĂNG KÝ CHẤM DỨT GIÁM HỘ", "người được giám hộ", "Đề nghị chấm dứt việc giám hộ")
BIRTH = (
    "TỜ KHAI ĐĂNG KÝ KHAI SINH", "người được khai sinh",
    "Đề nghị cơ quan đăng ký khai sinh cho người dưới đây:",
)  # fmt: skip


@pytest.mark.parametrize("count", [1, 3, 10])
def test_a_lesson_about_one_form_does_not_claim_its_sisters(tmp_path, book, count):
    known = replace(book, rules={**book.rules, "g": book.rules[NEW[0]]})
    known.rules["g"] = replace(known.rules["g"], type=DocumentType("g", "·g", "g"))
    for seed in range(count):
        learn(tmp_path, form(*GUARDIAN, seed).text, "g")
    for sister, true in (
        (GUARDIAN, "g"),
        (PARENT, None),
        (ENDED, None),
        (BIRTH, "birth_registration_form"),
    ):
        for seed in (70, 71, 72):
            text = form(*sister, seed)
            found = classify_page(text, (), known, suggest(tmp_path, text.text))
            assert found.type == true, sister[0]


def test_the_order_of_lessons_does_not_matter(tmp_path):
    kinds = ("unknown_invoice", "unknown_diploma", "unknown_prescription")
    one, other = tmp_path / "one", tmp_path / "other"
    for kind in kinds:
        teach(one, kind, 4)
    for kind in reversed(kinds):
        teach(other, kind, 4)
    for kind in kinds:
        text = text_of(kind, 3)
        assert suggest(one, text) == suggest(other, text)
        assert guess(one, text).type == kind


def test_one_correction_acts_at_once(tmp_path):
    text = text_of("unknown_invoice", 1)
    assert guess(tmp_path, text).confidence < 0.3
    learn(tmp_path, text, "invoice")
    assert guess(tmp_path, text).type == "invoice"
    assert guess(tmp_path, text).confidence > 0.9


def test_a_corrected_correction_replaces_the_first(tmp_path):
    text = text_of("unknown_invoice", 1)
    learn(tmp_path, text, "contract")
    learn(tmp_path, text, "invoice")
    assert guess(tmp_path, text).type == "invoice"
    assert "contract" not in [s.type for s in suggest(tmp_path, text) if s.confidence > 0.3]


def test_teaching_one_page_twice_counts_it_once(tmp_path):
    text = text_of("unknown_invoice", 1)
    for _ in range(3):
        learn(tmp_path, text, "invoice")
    model = learning._read(tmp_path / learning.FILE)
    assert [kind.pages for kind in model.prototypes if kind.pages] == [1]


def test_first_and_second_pages_are_told_apart(tmp_path):
    for seed in range(4):
        learn(tmp_path, text_of("health_certificate", seed), "health")
        learn(tmp_path, text_of("health_certificate", seed, later=True), "health", first=False)
    assert guess(tmp_path, text_of("health_certificate", 9)).first
    assert not guess(tmp_path, text_of("health_certificate", 9, later=True)).first


def test_an_older_wording_of_a_kind_is_learned_beside_the_new_one(tmp_path):
    for seed in range(5):
        learn(tmp_path, text_of("unknown_invoice", seed), "mixed")
        learn(tmp_path, text_of("unknown_diploma", seed), "mixed")
    for kind in ("unknown_invoice", "unknown_diploma"):
        assert guess(tmp_path, text_of(kind, 9)).type == "mixed"


def test_none_of_the_types_is_a_lesson_too(tmp_path):
    for seed in range(3):
        learn(tmp_path, text_of("unknown_school_report", seed), None)
    found = guess(tmp_path, text_of("unknown_school_report", 9))
    assert (found.type, found.confidence > 0.7) == (None, True)


def test_the_shipped_prototypes_alone_name_nothing(tmp_path):
    for kind in ("decision", "unknown_invoice"):
        assert all(s.confidence <= 0.25 for s in suggest(tmp_path, text_of(kind, 5)))
        assert all(s.type for s in suggest(tmp_path, text_of(kind, 5)))


def test_an_empty_page_teaches_and_tells_nothing(tmp_path):
    learn(tmp_path, "12 34\n", "minutes")
    assert not (tmp_path / learning.FILE).exists()
    assert suggest(tmp_path, "") == []


@settings(deadline=None, max_examples=30)
@given(st.lists(st.text(max_size=60), max_size=20))
def test_any_text_gives_suggestions_and_no_error(tmp_path_factory, lines):
    for found in suggest(tmp_path_factory.getbasetemp() / "nobody", "\n".join(lines)):
        assert 0 < found.confidence <= 1


# ------------------------------------------------------------------ the file
def test_the_file_does_not_grow_with_what_people_write(tmp_path):
    sizes = []
    for number in range(90):
        names = " ".join(f"tên{'abcdefghij'[int(d)]}" for d in f"{number * 7919:07d}")
        learn(tmp_path, f"HÓA ĐƠN BÁN HÀNG\nNgười mua hàng của cửa hàng: {names}", "invoice")
        sizes.append(learning._read(tmp_path / learning.FILE).prototypes[0].body.words.size)
    assert sizes[-1] <= max(sizes[:40])
    assert guess(tmp_path, "HÓA ĐƠN BÁN HÀNG\nNgười mua hàng của cửa hàng: An").type == "invoice"


def test_no_word_of_a_page_is_kept(tmp_path):
    learn(tmp_path, "HÓA ĐƠN\nNgười mua: Nguyễn Thị Bí Mật, số 022196999001", "invoice")
    kept = (tmp_path / learning.FILE).read_bytes()
    with np.load(tmp_path / learning.FILE) as data:
        kept += b"".join(data[name].tobytes() for name in data.files)
    for word in ("Bí", "bi mat", "nguyen", "nguoi mua", "022196999001"):
        assert word.encode() not in kept


def test_numbers_are_no_marks():
    one, two = learning._marks("Họ tên 123 A1"), learning._marks("Họ tên 987 B2")
    assert np.array_equal(one.body, two.body)


def test_a_damaged_file_is_set_aside_and_never_overwritten(tmp_path, caplog):
    path = tmp_path / learning.FILE
    teach(tmp_path, "unknown_invoice", 1)
    torn = path.read_bytes()[:-40]
    path.write_bytes(torn)
    assert all(s.confidence <= 0.25 for s in suggest(tmp_path, text_of("unknown_invoice", 1)))
    assert "cannot be read" in caplog.text
    teach(tmp_path, "unknown_invoice", 1)
    assert guess(tmp_path, text_of("unknown_invoice", 900)).type == "unknown_invoice"
    assert [p.read_bytes() for p in tmp_path.glob("*.damaged-*")] == [torn]


def test_a_newer_programs_file_is_left_alone(tmp_path, monkeypatch):
    monkeypatch.setattr(learning, "FORMAT", 99)
    teach(tmp_path, "unknown_invoice", 1)
    monkeypatch.undo()
    before = (tmp_path / learning.FILE).read_bytes()
    with pytest.raises(StorageError):
        suggest(tmp_path, text_of("unknown_invoice", 1))
    with pytest.raises(StorageError):
        teach(tmp_path, "unknown_invoice", 1)
    assert (tmp_path / learning.FILE).read_bytes() == before


def test_a_folder_that_cannot_be_written_is_a_sentence(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError):
        learn(tmp_path / "file", text_of("unknown_invoice", 1), "invoice")


def _teach_two(folder, kind):
    for seed in range(2):
        learn(folder, text_of(kind, 900 + seed), kind)


def test_two_clerks_teach_at_once_and_both_are_heard(tmp_path):
    context = multiprocessing.get_context("spawn")
    kinds = ("unknown_invoice", "unknown_diploma")
    clerks = [context.Process(target=_teach_two, args=(tmp_path, kind)) for kind in kinds]
    for clerk in clerks:
        clerk.start()
    for clerk in clerks:
        clerk.join(30)
        assert clerk.exitcode == 0
    for kind in kinds:
        assert guess(tmp_path, text_of(kind, 900)).type == kind


def test_asking_takes_little_time(taught):
    text = text_of("decision", 1)
    suggest(taught, text)
    started = time.process_time()
    for _ in range(10):
        suggest(taught, text)
    assert (time.process_time() - started) / 10 < 0.01  # 1 ms on a quiet machine
