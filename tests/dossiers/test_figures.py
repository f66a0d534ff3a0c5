"""The office's figures: the formulas by hand, tables, a workbook and a page."""

import csv
import io
import json
import re
import time
import xml.etree.ElementTree as ET
import zipfile
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk_app.dossiers import completeness, figures_page, figures_tables, reuse
from desk_app.errors import StorageError, UsageError
from desk_app.records import Receipt, Text
from desk_app.store import states
from desk_app.store.figures import INDICATORS, Tally
from desk_app.submission import queue
from desk_app.submission.errors import SenderLost
from tests.dossiers.office import fill, paper, sign

FORM = paper("form", "birth_registration_form", "form", mother_citizen_number="022196999001")
CARD = paper("card", "citizen_card", "citizen_card", citizen_number="022196999001")
RESULT = paper("result", "birth_certificate")
DAY = date(2026, 3, 2)


def gather(store, known, register, first=DAY, last=DAY):
    return figures_tables.gather(store, known, register, first, last)


@pytest.fixture
def office(store, known, clock):
    """Two days, two offices, two clerks; what each dossier counts for is told beside it."""
    store.actor = "lan"
    sign(store, fill(store, "H49.64-260302-0001", [FORM, CARD, RESULT]), done=True)  # 4.1, 4.2
    sign(store, fill(store, "000.00.64.H49-260302-0002", [FORM]))  # no result: not digitized
    fill(store, "H49.64-260302-0003", [FORM, RESULT])  # nothing is signed
    clock.now += timedelta(days=1)
    store.actor = "minh"
    again = fill(store, "H41.7-260303-0001", [FORM], procedure="temporary_residence")
    card = store.row("SELECT id FROM document WHERE id LIKE '%card'")["id"]
    with store.transaction() as change:
        change.conn.execute(
            "INSERT INTO reuse(dossier_id, component, source_document_id, source_dossier_id, "
            "sha256, origin, actor, at) VALUES(?, 'card', ?, 'x', 'y', 'national', 'z', '')",
            (again.id, card),
        )
    sign(store, again)  # 4.2 (hands nothing out), 4.3, 4.4
    states.move(store, fill(store, "H49.64-260303-0004", [FORM]).id, "cancelled")
    fill(store, "H49.64-260303-0005", [FORM], procedure="")  # loose pages
    return store


def test_the_indicators_by_hand(office, known, register):
    found, _ = gather(office, known, register, DAY, DAY + timedelta(1))
    total = found.total
    assert (total.received, total.done, total.papers) == (4, 1, 7)
    assert (total.electronic_results, total.digitized, total.reused, total.shared) == (1, 2, 1, 1)
    assert [total.percent(name) for name in INDICATORS] == [25.0, 50.0, 25.0, 25.0]
    assert (total.score("digitized"), total.score("reused")) == (0.625, 0.3125)


def test_the_groups(office, known, register):
    found, titles = gather(office, known, register, DAY, DAY + timedelta(1))
    rows = {name: [(t.key, t.received, t.digitized) for t in found.groups[name]]
            for name in found.groups}  # fmt: skip
    assert rows == {
        "procedure": [("birth_registration", 3, 1), ("temporary_residence", 1, 1)],
        "office": [("H49.64", 3, 1), ("H41.7", 1, 1)],
        "clerk": [("lan", 3, 1), ("minh", 1, 1)],
        "day": [("2026-03-02", 3, 1), ("2026-03-03", 1, 1)],
    }
    assert titles("procedure", "birth_registration") == Text(
        "Đăng ký khai sinh", "Birth registration"
    )
    assert titles("office", "H41.7").vi == "Tỉnh Nghệ An"
    assert titles("office", "?").vi == ""


def test_a_period_counts_its_own_days_alone(office, known, register):
    assert gather(office, known, register, DAY, DAY)[0].total.received == 3
    assert (
        gather(office, known, register, DAY + timedelta(1), DAY + timedelta(9))[0].total.received
        == 1
    )
    empty = gather(office, known, register, date(2020, 1, 1), date(2020, 1, 31))[0].total
    assert [empty.percent(name) for name in INDICATORS] == [None] * 4
    with pytest.raises(UsageError):
        gather(office, known, register, DAY, DAY - timedelta(1))


def test_the_clerk_s_word_on_results_counts(store, known, register):
    dossier = fill(store, "H49.64-260302-0001", [FORM, CARD, RESULT])
    sign(store, dossier)
    counts = lambda: gather(store, known, register)[0].total  # noqa: E731
    assert (counts().electronic_results, counts().digitized) == (1, 1)
    completeness.mark_result(store, f"D-{dossier.id}-result", False)
    assert (counts().electronic_results, counts().digitized) == (0, 0)
    completeness.mark_result(store, f"D-{dossier.id}-card", True)
    assert (counts().electronic_results, counts().digitized) == (1, 1)


def test_a_reused_paper_counts_until_it_is_withdrawn(store, known, register):
    sign(store, first := fill(store, "H49.64-260302-0001", [FORM, CARD]))
    second = fill(store, "H49.64-260302-0002", [FORM])
    reuse.take(store, known, second.id, "citizen_card", f"D-{first.id}-card")
    assert gather(store, known, register)[0].total.reused == 1
    assert gather(store, known, register)[0].total.shared == 0
    reuse.withdraw(store, second.id, "citizen_card")
    assert gather(store, known, register)[0].total.reused == 0


def test_the_uploads_now_and_by_day(store, known, register, clock):
    dossier = fill(store, "H49.64-260302-0001", [FORM, CARD])
    papers = sign(store, dossier)
    for each in papers:
        with store.transaction() as change:
            queue.enqueue_in(change, key=each.signed_sha256, target="local", size=10,
                             dossier_id=dossier.id, document_id=each.id)  # fmt: skip
    item = queue.claim(store, "sender")
    queue.complete(store, item, Receipt(item.key, item.key, 10, store.now(), "local"))
    found = gather(store, known, register)[0].uploads
    assert (found.counts["queued"], found.counts["done"]) == (1, 1)
    assert found.stored_by_day == {"2026-03-02": 1}
    assert (found.waiting_bytes, found.oldest_waiting) == (
        10,
        clock.now.isoformat("T", "milliseconds"),
    )
    for _ in range(queue.MAX_STRIKES):
        clock.now += timedelta(hours=2)
        queue.fail(store, queue.claim(store, "sender"), SenderLost(), False)
    assert gather(store, known, register)[0].uploads.failed == ((SenderLost.code, 1),)


def test_trays_of_batches_are_no_dossiers(store, known, register):
    tray = fill(store, "H49.64-260302-0001", [])
    with store.transaction() as change:
        change.conn.execute(
            "INSERT INTO batch(id, code, tray_id, state, state_since, plan, operator, seat, "
            "created_at) VALUES('B', 'B', ?, 'open', '', '{}', '', '', '')", (tray.id,)
        )  # fmt: skip
    assert gather(store, known, register)[0].total.received == 0


@given(st.integers(0, 500), st.integers(0, 500))
def test_shares_and_scores_stay_within_bounds(received, counted):
    tally = Tally("x", received=received, digitized=min(counted, received))
    share, score = tally.percent("digitized"), tally.score("digitized")
    if not received:
        assert share is score is None
        return
    assert 0 <= share <= 100
    assert 0 <= score <= 1
    assert (score == 1) == (share >= 80)


# --- what is written --------------------------------------------------------------------------


def test_the_figures_as_json(office, known, register):
    found, titles = gather(office, known, register)
    told = json.loads(json.dumps(figures_tables.as_dict(found, titles)))
    assert (told["from"], told["total"]["received"]) == ("2026-03-02", 3)
    assert told["total"]["percent"]["digitized"] == 33.33
    assert told["by"]["office"][0]["title"] == "Tỉnh Quảng Ninh"
    empty, titles = gather(office, known, register, date(2020, 1, 1), date(2020, 1, 1))
    assert figures_tables.as_dict(empty, titles)["total"]["percent"]["reused"] == "N/A"


@pytest.mark.parametrize("language", ["vi", "en"])
def test_a_table_opens_in_a_spreadsheet(office, known, register, tmp_path, language):
    found, titles = gather(office, known, register)
    path = tmp_path / "new" / "figures.csv"
    figures_tables.write(found, titles, path, language)
    data = path.read_bytes()
    assert data.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))
    assert len({len(row) for row in rows}) == 1
    assert rows[1][3] == "3"
    assert rows[0][3] == ("Hồ sơ tiếp nhận" if language == "vi" else "Dossiers received")


def test_a_workbook_has_a_sheet_for_each_group(office, known, register, tmp_path):
    found, titles = gather(office, known, register)
    path = tmp_path / "figures.xlsx"
    figures_tables.write(found, titles, path, "vi")
    with zipfile.ZipFile(path) as book:
        assert book.testzip() is None
        names = re.findall(r'sheet name="([^"]+)"', book.read("xl/workbook.xml").decode())
        text = book.read("xl/sharedStrings.xml").decode()
        first = ET.fromstring(book.read("xl/worksheets/sheet2.xml"))
    assert names == ["Toàn bộ", "Thủ tục", "Cơ quan", "Cán bộ", "Ngày"]
    assert "Đăng ký khai sinh" in text
    numbers = [cell.text for cell in first.iter() if cell.tag.endswith("}v")]
    assert "33.33" in numbers


@pytest.mark.parametrize("begins", ["=", "+", "-", "@", "\t=", "\uff1d"])
def test_a_name_is_never_a_formula(store, known, register, begins):
    store.actor = f"{begins}cmd()"
    fill(store, "H49.64-260302-0001", [FORM])
    found, titles = gather(store, known, register)
    assert f"'{begins}cmd()" in figures_tables.as_csv(found, titles, "vi").decode("utf-8-sig")
    with zipfile.ZipFile(io.BytesIO(figures_tables.as_xlsx(found, titles, "vi"))) as book:
        sheets = [book.read(n).decode() for n in book.namelist() if "worksheets/" in n]
    assert not any("<f>" in sheet for sheet in sheets)


def test_the_page_stands_alone_in_both_languages(office, known, register):
    office.actor = "<script>alert(1)</script>"
    fill(office, "H49.64-260303-0009", [FORM])
    found, titles = gather(office, known, register, DAY, DAY + timedelta(40))
    page = figures_page.page(found, titles, "vi")
    assert "<script" not in page
    assert not re.search(r"(src|href|url\()\s*=?", page)
    words = ("Số liệu của cơ quan", "Figures of the office", "Đăng ký khai sinh")
    for text in (*words, "Birth registration", "40.00 %"):
        assert text in page
    plots = re.findall(r"<svg.*?</svg>", page)
    assert len(plots) == 4
    for plot in plots:
        ET.fromstring(plot)
    days = ET.fromstring(plots[0])
    assert len([e for e in days if e.tag == "rect"]) == 4  # two days, received and digitized


def test_the_page_of_an_empty_period_says_so(store, known, register):
    found, titles = gather(store, known, register, date(2020, 1, 1), date(2020, 12, 31))
    page = figures_page.page(found, titles, "en")
    assert "N/A" in page
    assert "No dossiers." in page
    assert 'id="en" checked' in page


def test_other_endings_and_unwritable_places_are_refused(store, known, register, tmp_path):
    found, titles = gather(store, known, register)
    with pytest.raises(UsageError, match=r"\.xlsx"):
        figures_tables.write(found, titles, tmp_path / "figures.doc", "vi")
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError):
        figures_tables.write(found, titles, tmp_path / "file" / "x.csv", "vi")
    assert [p.name for p in tmp_path.iterdir() if p.is_file()] == ["file"]


def test_a_year_of_an_office_is_counted_in_a_moment(store, known, register):
    with store.transaction() as change:
        change.conn.executemany(
            "INSERT INTO dossier VALUES(?, ?, 'birth_registration', 'done', '', ?, '{}')",
            [(f"d{n}", f"H49.64-2601{1 + n % 28:02}-{n:06}",
              f"2026-01-{1 + n % 28:02}T08:00:00.000+07:00") for n in range(10_000)],
        )  # fmt: skip
        change.conn.executemany(
            "INSERT INTO document(id, dossier_id, ordinal, component, type, title, confidence, "
            "signed_sha256) VALUES(?, ?, 1, 'form', 'birth_registration_form', 'x', 1, 'y')",
            [(f"m{n}", f"d{n}") for n in range(10_000)],
        )
    started = time.process_time()
    found, _ = gather(store, known, register, date(2026, 1, 1), date(2026, 12, 31))
    assert found.total.received == 10_000
    assert time.process_time() - started < 3
