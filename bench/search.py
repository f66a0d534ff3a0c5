"""How soon the first answers of a search come, over generated Vietnamese pages.

    .venv/bin/python bench/search.py [--pages 100000] [--rounds 5] [--keep FOLDER]

Fills the index with pages of generated text (names, places and the words of forms, as often as
they occur there), then prints for each kind of query the median and the worst wall time of a
search, with marks and without.
"""

from __future__ import annotations

import argparse
import random
import statistics
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from desk_app.store import dossiers, search  # noqa: E402
from desk_app.store.database import Store  # noqa: E402

# ruff: noqa: SIM905 (lists of words read better as text)
FAMILY = (
    "Nguyễn Nguyễn Nguyễn Trần Trần Lê Lê Phạm Hoàng Huỳnh Phan Vũ Võ Đặng Bùi Đỗ Hồ Ngô".split()
)
MIDDLE = "Văn Văn Thị Thị Hữu Đức Minh Thanh Ngọc Quang Xuân Kim Hồng Đình Công".split()
GIVEN = (
    "An Anh Bình Châu Chi Cường Dũng Dung Duy Giang Hà Hải Hạnh Hiếu Hoa Hòa Hùng Hương Khánh Lan "
    "Linh Long Mai Minh Nam Nga Ngân Nguyệt Nhung Phong Phúc Phương Quân Sơn Tâm Thảo Thắng Thu "
    "Thủy Tiến Trang Trung Tuấn Tuyết Vân Việt Yến Đạt Đông"
).split()
PLACES = (
    "phường Hà Tu, tỉnh Quảng Ninh|xã Đông Thành, tỉnh Nghệ An|phường Nam Định, tỉnh Ninh Bình|"
    "xã Hậu Nghĩa, tỉnh Tây Ninh|phường Bãi Cháy, tỉnh Quảng Ninh|xã Diễn Châu, tỉnh Nghệ An"
).split("|")
FORM = (
    "cộng hòa xã hội chủ nghĩa việt nam|độc lập tự do hạnh phúc|tờ khai đăng ký|kính gửi|"
    "ủy ban nhân dân|họ chữ đệm tên người yêu cầu|nơi cư trú|giấy tờ tùy thân|quan hệ với|"
    "đề nghị cơ quan đăng ký cho người dưới đây|ngày tháng năm sinh|ghi bằng chữ|giới tính|dân tộc|"
    "quốc tịch|quê quán|tôi cam đoan nội dung trên đây là đúng sự thật|"
    "và chịu trách nhiệm trước pháp luật|làm tại|căn cứ luật hộ tịch|nghị định số|"
    "quy định chi tiết một số điều và biện pháp thi hành|theo quy định của pháp luật|"
    "hồ sơ thủ tục giải quyết|kết quả thời hạn|tiếp nhận và trả kết quả|an ninh|anh em"
).split("|")
QUERIES = (
    ("common name", "nguyen van a", "Nguyễn Văn A"),
    ("rare name", "dang dinh nguyet", "Đặng Đình Nguyệt"),
    ("name typed half", "nguyen thi hon", "Nguyễn Thị Hồn"),
    ("words of every form", "giay to tuy than", "giấy tờ tùy thân"),
    ("words apart", "quang ninh nguyet dang", "Quảng Ninh Nguyệt Đặng"),
    ("phrase that is nowhere", "nhan dan nguyen van", "nhân dân nguyễn văn"),
    ("two letters", "ng", "Ng"),
    ("code", "H49.64-260101-000003", "H49.64-260101-000003"),
    ("day", "05/01/1996", "05/01/1996"),
    ("words out of order", "than tuy to giay", "thân tùy tờ giấy"),
    ("number", "022196012345", "022196012345"),
    ("nothing", "zzzz khong co", "zzzz không có"),
)
NARROWED: tuple[tuple[str, dict[str, str]], ...] = (
    ("one day", {"since": "2026-01-01", "until": "2026-01-01"}),
    ("two months", {"since": "2026-05-01", "until": "2026-06-30"}),
    ("oldest months", {"until": "2026-02-28"}),
    ("rare procedure", {"procedure": "marriage_registration"}),
)


def page(draw: random.Random) -> str:
    """About 230 words, as a form of one page has."""
    lines = []
    for _ in range(18):
        lines.append(" ".join(draw.choices(FORM, k=draw.randint(2, 3))))
        if draw.random() < 0.4:
            lines.append(f"Họ và tên: {name(draw)}, sinh ngày {draw.randint(1, 28):02}/"
                         f"{draw.randint(1, 12):02}/{draw.randint(1940, 2020)}")  # fmt: skip
        if draw.random() < 0.2:
            lines.append(f"Nơi cư trú: thôn {draw.randint(1, 20)}, {draw.choice(PLACES)}")
        if draw.random() < 0.1:
            lines.append(f"Số định danh: 022{draw.randint(0, 10**9 - 1):09}")
    return "\n".join(lines)


def name(draw: random.Random) -> str:
    return f"{draw.choice(FAMILY)} {draw.choice(MIDDLE)} {draw.choice(GIVEN)}"


def fill(store: Store, pages: int, seed: int = 6) -> float:
    """Dossiers of ten pages each, entered into the index without pictures; seconds it took."""
    draw, started = random.Random(seed), time.perf_counter()
    blob = store.blobs.put_bytes(b"page")
    for first in range(0, pages, 1000):
        with store.transaction() as change:
            dossiers.add_blob_in(change, blob, 4, "image/jpeg")
            for number in range(first, min(first + 1000, pages)):
                _add(change.conn, draw, number, blob)
        search.refresh(store)  # dossiers enter the index among their pages, as in an office
    return time.perf_counter() - started


def _add(conn, draw: random.Random, number: int, blob: str) -> None:
    dossier = f"D{number // 10:07}"
    if number % 10 == 0:
        day = f"2026-{1 + number // 9000 % 12:02}-{1 + number // 330 % 28:02}"
        code = f"H49.64-{day[2:].replace('-', '')}-{number // 10:06}"
        conn.execute(
            "INSERT INTO dossier VALUES(?,?,?,'done',?,?,'{}')",
            (
                dossier,
                code,
                "marriage_registration" if number % 25_000 == 0 else "birth_registration",
                f"{day}T08:00:00.000+07:00",
                f"{day}T08:00:00.000+07:00",
            ),
        )
    conn.execute(
        "INSERT INTO page(id, dossier_id, position, sheet, side, sha256, media, width, height, "
        "dpi, landed_at) VALUES(?,?,?,?,'front',?,'image/jpeg',1654,2339,200,'')",
        (f"P{number:07}", dossier, number % 10 + 1, number % 10 + 1, blob),
    )
    conn.execute(
        "INSERT INTO search_entry(kind, of, text) VALUES('page', ?, ?)",
        (f"P{number:07}", page(draw)),
    )


def measure(store: Store, query: search.Query, rounds: int) -> tuple[float, float, int]:
    """Median and worst wall milliseconds of a search, and how many places it found."""
    times, hits = [], 0
    for _ in range(rounds):
        started = time.perf_counter()
        hits = len(search.find(store, query).hits)
        times.append((time.perf_counter() - started) * 1000)
    return statistics.median(times), max(times), hits


def tell(store: Store, title: str, marks: str, query: search.Query, rounds: int) -> None:
    median, worst, hits = measure(store, query, rounds)
    print(f"{title:<26} {marks:<6} {median:6.1f} ms {worst:6.1f} ms {hits:>5}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--keep", type=Path)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        store = Store(args.keep or Path(folder) / "data")
        if not store.row("SELECT 1 FROM search_entry LIMIT 1"):
            print(f"{args.pages} pages indexed in {fill(store, args.pages):.1f} s")
        size = (store.folder / "desk.sqlite3").stat().st_size / 2**20
        print(
            f"database {size:.0f} MiB\n{'query':<26} {'marks':<6} {'median':>8} {'worst':>8}  hits"
        )
        for title, *texts in QUERIES:
            for marks, text in zip(("no", "yes"), texts, strict=True):
                tell(store, title, marks, search.Query(text), args.rounds)
        for title, narrowed in NARROWED:
            for what, text in (("common name", "nguyen van"), ("form", "giay to tuy than")):
                query = search.Query(text, **narrowed)
                tell(store, f"{what}, {title}", "no", query, args.rounds)
        for title, narrowed in NARROWED:
            tell(store, f"no words, {title}", "", search.Query(**narrowed), args.rounds)
        store.close()


if __name__ == "__main__":
    main()
