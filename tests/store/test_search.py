"""Search: marks optional, always up to date, masked, bounded."""

import subprocess
import sys
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from desk_app.records import Document, Field, Page
from desk_app.store import dossiers, edits, search
from desk_app.store.database import Store
from tests.dossiers.handmade import reading, typed

LETTERS = "aàáảãạăằắẳẵặâầấẩẫậeèéẻẽẹêềếểễệiìíỉĩịoòóỏõọôồốổỗộơờớởỡợuùúủũụưừứửữựyỳýỷỹỵdđ"
ROOT = Path(__file__).parents[2]


@pytest.fixture
def store(tmp_path):
    store = Store(tmp_path / "data")
    yield store
    store.close()


def found(store, text, **narrowed):
    search.refresh(store)
    return search.find(store, search.Query(text, **narrowed)).hits


def dossier(store, code="H49.64-261120-0001"):
    return dossiers.create(store, code, "birth_registration")


def page(store, home, name, *lines, sheet=1):
    sha256 = store.blobs.put_bytes(name.encode())
    dossiers.add_page(store, Page(name, home.id, 0, sheet, "front", sha256, "image/jpeg", 10, 20,
                                  300), len(name), "job")  # fmt: skip
    dossiers.save_reading(store, name, reading(typed(*lines)))


def paper(store, home, name="D-1", title="Tờ khai", kind="birth_registration_form", pages=(),
          **fields):  # fmt: skip
    values = tuple(Field(key, value, 0.9, "ocr") for key, value in fields.items())
    document = Document(name, home.id, 1, "form", kind, title, 0.9, tuple(pages), values)
    dossiers.save_assembly(store, home.id, [document], [], [])


@pytest.mark.parametrize("text", ["nguyen van a", "Nguyễn Văn A", "NGUYEN VĂN a", "nguyễn van"])
def test_a_name_is_found_with_and_without_marks(store, text):
    page(store, dossier(store), "P1", "Họ và tên: Nguyễn Văn A", "Nơi cư trú: Đông Triều")
    (hit,) = found(store, text)
    assert (hit.kind, hit.page_id, hit.page, hit.code) == ("page", "P1", 1, "H49.64-261120-0001")
    start, end = hit.marks[0]
    assert hit.snippet[start:end].startswith("Nguyễn Văn")


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_every_letter_is_found_by_its_plain_one(store, form):
    home = dossier(store)
    for number, letter in enumerate(LETTERS):
        word = unicodedata.normalize(form, f"q{letter}q{letter.upper()}q")
        page(store, home, f"P{number}", word, sheet=number + 1)
    for plain in "aeiouyd":
        same = sum(search._plain(letter) == plain for letter in LETTERS)
        assert len(found(store, f"q{plain}q{plain}q", limit=50)) == same
    assert len(found(store, "qđqđq")) == 2  # marks order the answer, they do not narrow it


def test_the_same_marks_stand_first(store):
    home = dossier(store)
    page(store, home, "P1", "Trần Thị Hoà", sheet=1)
    page(store, home, "P2", "Trần Thị Hoa", sheet=2)
    assert [hit.page_id for hit in found(store, "trần thị hoà")] == ["P1", "P2"]
    assert [hit.page_id for hit in found(store, "tran thi hoa")] == ["P2", "P1"]


def test_papers_stand_before_pages_and_fields_are_searched(store):
    home = dossier(store)
    page(store, home, "P1", "Họ tên: Đặng Thế Vững")
    paper(store, home, pages=["P1"], father_full_name="Đặng Thế Vững", place_of_birth="Hạ Long")
    kinds = [hit.kind for hit in found(store, "dang the vung")]
    assert kinds == ["document", "page"]
    (hit,) = found(store, "dang the vung", person=True)
    assert (hit.document_id, hit.title, hit.type) == ("D-1", "Tờ khai", "birth_registration_form")
    assert found(store, "ha long", person=True) == ()
    assert [hit.kind for hit in found(store, "ha long")] == ["document"]


def test_a_word_is_found_while_it_is_typed(store):
    page(store, dossier(store), "P1", "Giấy chứng sinh số 37")
    for text in ("gi", "giay ch", "giay chung si"):
        assert len(found(store, text)) == 1, text
    assert found(store, "iay chung") == ()


def test_one_last_letter_goes_on_where_nothing_else_was_found(store):
    page(store, dossier(store), "P1", "Nguyễn Văn Anh")
    assert len(found(store, "nguyen van a")) == 1
    assert found(store, "nguyen van b") == ()


def test_words_apart_are_found_after_words_side_by_side(store):
    home = dossier(store)
    page(store, home, "P1", "Văn Thị Nguyễn, Tổ 5", sheet=1)
    page(store, home, "P2", "Nguyễn Văn Tổ", sheet=2)
    assert [hit.page_id for hit in found(store, "nguyen van to")] == ["P2", "P1"]


@pytest.mark.parametrize(
    "text", ["H49.64-261120-0147", "h49.64-261120", "0147", "H49.64-261120-01"]
)
def test_a_dossier_is_found_by_its_code(store, text):
    dossier(store, "H49.64-261120-0147")
    dossier(store, "H49.64-261121-0002")
    (hit,) = found(store, text)
    assert (hit.kind, hit.code) == ("dossier", "H49.64-261120-0147")


@pytest.mark.parametrize("text", ["09/08/1996", "9/8/1996", "09-08-1996", "1996-08-09", "9.8.1996"])
def test_a_day_is_found_however_it_is_written(store, text):
    home = dossier(store)
    page(store, home, "P1", "Sinh ngày 09 tháng 08 năm 1996", sheet=1)
    page(store, home, "P2", "Ngày sinh: 9/8/1996", sheet=2)
    page(store, home, "P3", "Ngày sinh: 08/09/1996", sheet=3)
    paper(store, home, date_of_birth="1996-08-09")
    assert {hit.page_id for hit in found(store, text)} >= {None, "P1", "P2"}
    assert "P3" not in {hit.page_id for hit in found(store, text)[:3]}


def test_numbers_of_persons_are_found_whole_and_shown_masked(store):
    home = dossier(store)
    page(store, home, "P1", "Số: 022196999001 do Cục", "022 196 999 001 và 123456789",
         "IDVNM1969990010022196999001<<8")  # fmt: skip
    paper(store, home, citizen_number="022196999001")
    hits = found(store, "022196999001")
    assert {hit.kind for hit in hits} == {"document", "page"}
    for hit in hits:
        assert "02219699" not in hit.snippet
        assert "196 999" not in hit.snippet
        assert "12345" not in hit.snippet
        assert "9001" in hit.snippet


def test_a_number_is_marked_where_it_stands_and_still_masked(store):
    lines = ["Cộng hòa xã hội chủ nghĩa Việt Nam"] * 5
    page(store, dossier(store), "P1", *lines, "Số định danh: 022196999001 do Cục")
    (hit,) = found(store, "022196999001")
    ((start, end),) = hit.marks
    assert hit.snippet[start:end] == "••••••••9001"
    assert "0221" not in hit.snippet


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("H49.64-261120-0147", "H49.64-261120-0147"),
        ("1.001193.000.00.00.H49", "1.001193.000.00.00.H49"),
        ("H49.64.33.2001.160", "H49.64.33.2001.160"),
        ("ngày 09/08/1996", "ngày 09/08/1996"),
        ("Số 123.456.789", "Số •••.••6.789"),
        ("0221 96999001", "•••• ••••9001"),
        ("điện thoại 0912345678", "điện thoại ••••••5678"),
    ],
)
def test_what_is_masked(text, shown):
    assert search.mask(text) == shown


@given(st.text(alphabet="0123456789 .-<abĐễ", max_size=60))
def test_masking_keeps_the_length_and_shows_no_nine_digits_in_a_row(text):
    shown = search.mask(text)
    assert len(shown) == len(text)
    run = 0
    for char in shown:
        run = run + 1 if char.isdigit() else 0
        assert run < 9
    assert all(a == b or b == "•" for a, b in zip(text, shown, strict=True))


@given(st.text(max_size=200), st.lists(st.sampled_from(["nguyen", "van", "a", "so"]), max_size=3))
def test_marks_lie_within_the_snippet(text, words):
    snippet, marks = search.cut(f"{text} Nguyễn Văn An số 5 {text}", words)
    for start, end in marks:
        assert 0 <= start < end <= len(snippet)
        assert search._plain(snippet[start]) == search._plain(snippet[start]).strip()


def test_what_the_clerk_types_is_found_and_what_it_replaces_is_not(store):
    home = dossier(store)
    paper(store, home, full_name="Nguyễn Vản Ành")
    assert found(store, "nguyen van anh")
    dossiers.set_field(store, "D-1", "full_name", "Trần Thị Bé")
    assert [hit.kind for hit in found(store, "tran thi be")] == ["document"]
    assert found(store, "nguyen van anh") == ()


def test_a_page_that_was_read_again_is_found_by_its_new_text(store):
    home = dossier(store)
    page(store, home, "P1", "sai chính tả")
    assert found(store, "sai chinh ta")
    dossiers.forget_reading(store, ["P1"])
    assert found(store, "sai chinh ta") == ()
    dossiers.save_reading(store, "P1", reading(typed("đúng chính tả")))
    assert found(store, "dung chinh ta")


def test_pages_that_were_taken_out_are_not_found(store):
    page(store, dossier(store), "P1", "Phạm Thị Kiều Diễm")
    assert found(store, "kieu diem")
    seq = edits.delete(store, ["P1"])
    assert found(store, "kieu diem") == ()
    edits.undo(store, seq)
    assert found(store, "kieu diem")


def test_a_moved_page_is_found_in_its_new_dossier(store):
    page(store, dossier(store), "P1", "Phạm Thị Kiều Diễm")
    other = dossier(store, "H49.64-261120-0002")
    edits.move_pages(store, ["P1"], None, other.id)
    (hit,) = found(store, "kieu diem")
    assert hit.code == other.code


def test_an_answer_tells_when_pages_still_wait(store):
    page(store, dossier(store), "P1", "Kiều Diễm")
    assert search.behind(store) == 2
    answer = search.find(store, search.Query("kieu diem"))
    assert (answer.hits, answer.complete) == ((), False)
    assert search.refresh(store) == 2
    assert search.find(store, search.Query("kieu diem")).complete


def test_a_damaged_reading_keeps_no_other_page_from_being_found(store, caplog):
    home = dossier(store)
    for number, name in enumerate(("P1", "P2", "P3"), start=1):
        page(store, home, name, f"Kiều Diễm {number}", sheet=number)
    readings = [row[0] for row in store.rows("SELECT reading_sha256 FROM page ORDER BY id")]
    store.blobs.path(readings[0]).unlink()
    store.blobs.path(readings[1]).write_bytes(b"{")
    assert [hit.page_id for hit in found(store, "kieu diem")] == ["P3"]
    assert search.behind(store) == 0
    assert caplog.text.count("is not searchable") == 2
    assert "Kiều" not in caplog.text


def test_reading_into_the_index_can_be_bounded(store):
    home = dossier(store)
    for number in range(search.BATCH * 2):
        page(store, home, f"P{number}", "chữ", sheet=number + 1)
    assert search.refresh(store, patience_s=0) == search.BATCH
    assert search.behind(store) == search.BATCH + 1
    assert search.refresh(store) == search.BATCH + 1


def test_a_store_from_before_the_index_is_read_into_it(tmp_path):
    store = Store(tmp_path / "data")
    page(store, dossier(store), "P1", "Kiều Diễm")
    search.refresh(store)
    with store.transaction() as change:  # as the migration leaves an older store
        change.conn.execute("DELETE FROM search_entry")
        change.conn.execute("INSERT INTO search_due SELECT 'dossier', id FROM dossier")
        change.conn.execute("INSERT INTO search_due SELECT 'page', id FROM page")
    assert len(found(store, "kieu diem")) == 1
    store.close()


def test_searches_are_narrowed_by_day_paper_and_procedure(store):
    one = dossier(store)
    page(store, one, "P1", "Kiều Diễm")
    paper(store, one, pages=["P1"])
    today = one.created_at[:10]
    assert len(found(store, "kieu diem", since=today, until=today)) == 1
    assert found(store, "kieu diem", until="2001-01-01") == ()
    assert found(store, "kieu diem", since="2199-01-01") == ()
    assert len(found(store, "kieu diem", paper="birth_registration_form")) == 1
    assert found(store, "kieu diem", paper="passport") == ()
    assert found(store, "kieu diem", procedure="passport") == ()
    assert [hit.kind for hit in found(store, "", since=today)] == ["dossier"]
    assert [hit.kind for hit in found(store, "", paper="birth_registration_form")] == ["document"]
    assert found(store, "") == ()


def test_an_odd_day_is_no_hole_in_the_question(store):
    page(store, dossier(store), "P1", "Kiều Diễm")
    assert found(store, "kieu diem", until="x' OR 1 --") == found(store, "kieu diem", until="x")
    assert found(store, "kieu diem", procedure="x' OR 1 --") == ()


def where(store):
    """What a narrowed search goes by, and what it must be."""
    search.refresh(store)
    is_now = {tuple(row) for row in store.rows(
        "SELECT entry, day, procedure, type FROM search_place_now"
    )}  # fmt: skip
    assert {tuple(row) for row in store.rows("SELECT * FROM search_place")} == is_now
    return len(is_now)


def test_a_narrowed_search_knows_every_change(store):
    one, other = dossier(store), dossier(store, "H49.64-261120-0002")
    page(store, one, "P1", "Kiều Diễm")
    paper(store, one, pages=["P1"])
    assert where(store) == 4
    paper(store, one, kind="citizen_card", pages=["P1"])  # under the id that it had
    assert where(store) == 4
    assert len(found(store, "kieu diem", paper="citizen_card")) == 1
    assert found(store, "kieu diem", paper="birth_registration_form") == ()
    with store.transaction() as change:
        change.conn.execute("UPDATE document SET type = 'passport' WHERE id = 'D-1'")
        change.conn.execute("UPDATE dossier SET procedure = 'marriage', created_at = '2020-02-03'")
    where(store)
    assert (
        len(found(store, "kieu", paper="passport", procedure="marriage", until="2020-02-03")) == 1
    )
    edits.move_pages(store, ["P1"], None, other.id)
    where(store)
    assert found(store, "kieu diem", paper="passport") == ()
    with store.transaction() as change:
        search.forget_in(change, other.id)
    assert where(store) == 3


def test_an_older_store_is_narrowed_after_its_migration(tmp_path):
    store = Store(tmp_path / "data")
    page(store, dossier(store), "P1", "Kiều Diễm")
    search.refresh(store)
    names = store.rows("SELECT type, name FROM sqlite_schema WHERE name LIKE 'search_place%' "
                       "AND sql IS NOT NULL AND type <> 'index'")  # fmt: skip
    with store.transaction() as change:
        for kind, name in sorted(names, key=lambda each: each["type"] == "table"):
            change.conn.execute(f"DROP {kind} IF EXISTS {name}")
        change.conn.execute("DELETE FROM _sqlite_migrations WHERE name = 'm008_search_places'")
    store.close()
    store = Store(tmp_path / "data")
    assert len(found(store, "kieu diem", since="2000-01-01", procedure="birth_registration")) == 1
    store.close()


@pytest.mark.parametrize(
    ("narrowed", "hits"), [({"until": "2020-12-31"}, 2), ({"procedure": "marriage"}, 0),
                           ({"paper": "citizen_card"}, 2)],
)  # fmt: skip
def test_what_is_not_asked_for_is_passed_over_cheaply(store, narrowed, hits):
    old, new = dossier(store), dossier(store, "H49.64-261120-0002")
    page(store, old, "P1", "giấy tờ tùy thân")
    paper(store, old, kind="citizen_card", title="Giấy tờ tùy thân", pages=["P1"])
    with store.transaction() as change:
        change.conn.execute("UPDATE dossier SET created_at = '2020-01-01' WHERE id = ?", (old.id,))
        blob = change.conn.execute("SELECT sha256 FROM page").fetchone()[0]
        for number in range(5000):
            change.conn.execute(
                "INSERT INTO page(id, dossier_id, position, sheet, side, sha256, media, width, "
                "height, dpi, landed_at) VALUES(?, ?, ?, 1, 'front', ?, 'image/jpeg', 1, 1, 1, '')",
                (f"X{number}", new.id, number, blob),
            )
            change.conn.execute(
                "INSERT INTO search_entry(kind, of, text) VALUES('page', ?, 'giấy tờ tùy thân')",
                (f"X{number}",),
            )
    search.refresh(store)
    asked: list[int] = []  # SQLite asks every so many of its steps whether to go on
    answer = search.find(store, search.Query("giay to tuy than", **narrowed),
                         stopped=lambda: bool(asked.append(1)))  # fmt: skip
    assert len(answer.hits) == hits
    assert len(asked) <= 6


def test_places_are_counted_as_far_as_it_is_cheap(store):
    home = dossier(store)
    for number in range(12):
        page(store, home, f"P{number}", f"giấy tờ số {number}", sheet=number + 1)
    search.refresh(store)
    assert search.count(store, search.Query("giay to", limit=2)) == (12, True)
    assert search.count(store, search.Query("giay to"), most=5) == (5, False)
    assert search.count(store, search.Query("to giay"), most=12) == (12, True)
    edits.delete(store, ["P3"])
    assert search.count(store, search.Query("giay to")) == (11, True)
    assert search.count(store, search.Query("giay to", until="2001-01-01")) == (0, True)


@settings(max_examples=150)
@given(st.text(max_size=80) | st.sampled_from(['"', "a OR", "NEAR(a b)", "{x}:", "* -", "a" * 999]))
def test_no_text_is_too_strange_to_search_for(searched, text):
    answer = search.find(searched, search.Query(text, limit=3))
    assert len(answer.hits) <= 3
    search.find(searched, search.Query(text, person=True))


@pytest.fixture(scope="module")
def searched(tmp_path_factory):
    store = Store(tmp_path_factory.mktemp("search") / "data")
    page(store, dossier(store), "P1", "Kiều Diễm a or near 5")
    search.refresh(store)
    yield store
    store.close()


def test_time_is_bounded(store, monkeypatch):
    home = dossier(store)
    with store.transaction() as change:
        change.conn.executemany(
            "INSERT INTO search_entry(kind, of, text) VALUES('page', ?, 'giấy tờ tùy thân')",
            [(f"X{n}",) for n in range(20_000)],
        )
    page(store, home, "P1", "giấy tờ")
    search.refresh(store)
    monkeypatch.setattr(search, "PATIENCE_S", -1.0)
    answer = search.find(store, search.Query("giay to"))
    assert not answer.complete
    monkeypatch.undo()
    assert [hit.page_id for hit in search.find(store, search.Query("giay to")).hits] == ["P1"]


def test_the_index_agrees_with_its_entries_after_many_changes(store):
    home = dossier(store)
    for round_ in range(3):
        paper(store, home, full_name=f"Tên {round_}", address="Đường Đê La Thành")
        search.refresh(store)
    with store.transaction() as change:
        change.conn.execute("INSERT INTO search_index(search_index) VALUES('integrity-check')")
    assert len(found(store, "de la thanh")) == 1


def test_the_bench_runs():
    ended = subprocess.run(
        [sys.executable, ROOT / "bench/search.py", "--pages", "300", "--rounds", "1"],
        capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip
    assert "common name" in ended.stdout


def test_an_answer_goes_on_behind_what_is_shown(store):
    home = dossier(store)
    for number in range(25):
        page(store, home, f"P{number}", f"giấy tờ số {number}", sheet=number + 1)
    shown, more = [], True
    while more:
        search.refresh(store)
        known = [hit.entry for hit in shown]
        answer = search.find(store, search.Query("giay to", limit=10), known=known)
        assert not {hit.entry for hit in answer.hits} & set(known)
        shown += answer.hits
        more = answer.more
    assert sorted(hit.page_id for hit in shown) == sorted(f"P{n}" for n in range(25))


def test_an_answer_that_is_whole_says_that_there_is_no_more(store):
    home = dossier(store)
    for number in range(3):
        page(store, home, f"P{number}", "giấy tờ", sheet=number + 1)
    search.refresh(store)
    assert search.find(store, search.Query("giay", limit=2)).more
    assert not search.find(store, search.Query("giay", limit=3)).more


def test_a_page_knows_its_place_within_its_paper(store):
    home = dossier(store)
    for number in range(3):
        page(store, home, f"P{number}", f"giấy tờ số {number}", sheet=number + 1)
    paper(store, home, pages=("P1", "P2"))
    assert [(h.page_id, h.page_of_paper) for h in found(store, "giay to so")] == [
        ("P2", 1), ("P1", 0), ("P0", None),
    ]  # fmt: skip


def test_a_search_that_nobody_waits_for_ends(store):
    home = dossier(store)
    with store.transaction() as change:
        change.conn.executemany(
            "INSERT INTO search_entry(kind, of, text) VALUES('page', ?, 'giấy tờ tùy thân')",
            [(f"X{n}",) for n in range(20_000)],
        )
    page(store, home, "P1", "giấy tờ")
    search.refresh(store)
    answer = search.find(store, search.Query("giay to"), stopped=lambda: True)
    assert (answer.hits, answer.complete) == ((), False)


@pytest.mark.parametrize(
    ("text", "places"),
    [("nguyen van", [0, 1]), ("NGUYỄN VĂN A", [0, 1, 2]), ("dong", [3]), ("van dong", [1, 3]),
     ("o", []), ("", []), ("nguye", [0])],
)  # fmt: skip
def test_the_words_of_a_query_are_found_on_the_page(text, places):
    words = typed("Nguyễn Văn A", "Đông Triều").words
    assert search.boxes(words, text) == tuple(words[n].box for n in places)
    assert search.boxes((), text) == ()
