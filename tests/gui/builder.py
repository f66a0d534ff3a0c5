"""Dossiers made directly in the store, from the sample's pages: what the stages would have left."""

from dataclasses import replace
from pathlib import Path

from PySide6.QtGui import QImageReader

from desk_app.paths import SAMPLES
from desk_app.records import (
    Document,
    Field,
    Finding,
    Page,
    PageCondition,
    PageReading,
    PageText,
    PageType,
    Text,
    Word,
)
from desk_app.store import dossiers, edits

FOLDER = SAMPLES / "birth_registration"
CODE = "H49.64-261120-0147"
PAPERS = (
    ("birth_registration_form", "form", "Tờ khai đăng ký khai sinh", ("s01a", "s01b")),
    ("birth_notification", "birth_notification", "Giấy chứng sinh", ("s03a",)),
    ("citizen_card", "citizen_card", "Căn cước công dân", ("s06a", "s06b")),
)
ASIDE = ("s03b",)
VALID = {
    "status": "valid",
    "reason": {"vi": "chữ ký hợp lệ", "en": "the signature holds"},
    "next": {"vi": "Không cần làm gì thêm.", "en": "Nothing to do."},
    "warnings": [],
    "signatures": [
        {
            "field": "Signature1",
            "signer": "Lê Văn Tuấn (TRÌNH DIỄN)",
            "agency": "UBND xã An Bình (TRÌNH DIỄN)",
            "issuer": "DEMONSTRATION CA",
            "level": "B-LT",
            "status": "valid",
            "reason": {"vi": "hợp lệ", "en": "valid"},
            "warnings": [],
            "time": "2026-08-23T14:02:10+07:00",
            "time_is_proven": True,
            "facts": {
                "intact": True,
                "valid": True,
                "trusted": True,
                "standing": "trusted",
                "revocation": "good",
                "timestamp": {
                    "time": "2026-08-23T14:02:10+07:00",
                    "authority": "TSA",
                    "intact": True,
                    "trusted": True,
                },
                "coverage": "file",
                "modification": {"code": "none", "vi": "không đổi", "en": "unchanged"},
                "algorithm": {"digest": "sha256", "signature": "RSA-2048", "key_bits": 2048},
            },
            "page": 0,
            "box": [400, 780, 560, 820],
            "box_shown": [0.6, 0.03, 0.95, 0.08],
        }
    ],
}


def verdict(status, **facts):
    """A verdict of another status, with facts of its signature changed."""
    signature = {**VALID["signatures"][0], "status": status}
    signature["facts"] = {**signature["facts"], **facts}
    return {**VALID, "status": status, "signatures": [signature]}


def page(store, dossier_id, name, rotation=0, kind="birth_registration_form", read=True):
    """One side of a sheet of the sample, with a small reading."""
    file = FOLDER / f"{name}.jpg"
    size = QImageReader(str(file)).size()
    sheet, side = int(name[1:3]), "front" if name.endswith("a") else "back"
    made = Page(
        f"page-{name}", dossier_id, 0.0, sheet, side, store.blobs.adopt(file), "image/jpeg",
        size.width(), size.height(), 300,
    )  # fmt: skip
    dossiers.add_page(store, made, file.stat().st_size, "job")
    if read:
        dossiers.save_reading(store, made.id, reading(size.width(), size.height(), rotation, kind))
    return made


def reading(width, height, rotation=0, kind="birth_registration_form", problems=()):
    condition = PageCondition(
        width, height, 300, rotation, 1.0, 0.0, 1.0, "content", 0.1, 0.0, 1.0, 1.0, problems
    )
    words = (
        Word("Người", (300, 400, 420, 440), 0.98, "Người", 0),
        Word("yêu", (430, 400, 500, 440), 0.42, "yeu", 0, flagged=True),
    )
    return PageReading(condition, PageText(words, rotation, width, height, "test"), (),
                       PageType(kind, 0.95, True))  # fmt: skip


def birth_registration(store, code=CODE, findings=None):
    """Three papers on five pages, a blank back aside, a warning and a missing paper."""
    dossier = dossiers.create(store, code, "birth_registration", demonstration=True)
    for kind, _component, _title, names in PAPERS:
        for name in names:
            page(store, dossier.id, name, kind=kind)
    for name in ASIDE:
        page(store, dossier.id, name)
    for state in ("scanning", "recognising"):
        dossiers.move(store, dossier.id, state)
    assemble(store, dossier.id, findings)
    dossiers.move(store, dossier.id, "to_check")
    return dossiers.find(store, dossier.id)


def decided_birth_registration(store):
    """The same, with what each page is decided by hand: the stages sort it as it is shown."""
    made = birth_registration(store, findings=())
    changes = {
        f"page-{name}": {"type": kind, "first": n == 0}
        for kind, _component, _title, names in PAPERS for n, name in enumerate(names)
    }  # fmt: skip
    aside = {f"page-{name}": {"set_aside": True} for name in ASIDE}
    edits.decide_pages(store, "decide", changes | aside)
    dossiers.move(store, made.id, "to_check")
    return made


def assemble(store, dossier_id, findings=None):
    documents = [
        Document(dossiers.document_id(f"page-{names[0]}"), dossier_id, n, component, kind, title,
                 0.93, tuple(f"page-{name}" for name in names))
        for n, (kind, component, title, names) in enumerate(PAPERS, start=1)
    ]  # fmt: skip
    documents[0] = replace(documents[0], fields=form_fields())
    aside = [(f"page-{name}", "blank_back") for name in ASIDE]
    chosen = default_findings(documents[0].id) if findings is None else findings
    dossiers.save_assembly(store, dossier_id, documents, aside, chosen)
    return documents


def form_fields():
    return (
        Field("requester_full_name", "PHẠM THỊ KIỀU DIỄM", 0.96, "ocr", "page-s01a",
              (300, 400, 500, 440)),
        Field("child_full_name", "ĐẶNG NGUYỄN THIỆN NHẪN", 0.95, "ocr", "page-s01a",
              (300, 900, 700, 940)),
        Field("child_date_of_birth", "2026-11-10", 0.6, "ocr", "page-s01a", (300, 960, 500, 1000)),
    )  # fmt: skip


def default_findings(document_id):
    return [
        Finding("FIELD_DOUBTFUL", "warning",
                Text("Ngày sinh của trẻ: xem lại.", "The child's date of birth: please look."),
                document_id, "page-s01a", (300, 960, 500, 1000)),
    ]  # fmt: skip


def missing(
    title="Giấy chứng nhận kết hôn của cha mẹ",
    title_en="Marriage certificate",
    component="marriage_certificate",
):
    return Finding(
        "MISSING_COMPONENT", "problem",
        Text(f"Thiếu {title}. Quét thêm hoặc ghi lý do.", f"{title_en} is missing."),
        component=component,
    )  # fmt: skip


def signed(store, document_id, pdf: Path, found):
    """A document as if it had been signed, with this verdict."""
    sha256 = store.blobs.adopt(pdf)
    with store.transaction() as change:
        dossiers.set_signed_in(change, document_id, sha256, pdf.stat().st_size, found)


def queued(store, dossier_id, document_id, state, key, error=None, receipt=None, target="local"):
    """One file of the outbox."""
    with store.transaction() as change:
        change.conn.execute(
            "INSERT INTO upload(key, target, dossier_id, document_id, bytes, state, attempts, "
            "error, receipt, created_at, done_at, not_before) VALUES(?,?,?,?,?,?,?,?,?,?,?,?)",
            (key, target, dossier_id, document_id, 1_300_000, state, 2 if error else 0, error,
             receipt, change.now, change.now if state == "done" else None, 4e9),
        )  # fmt: skip
        change.audit("upload.queue", key)


def plain_pdf(path, pages=2):
    """A small file that any reader opens."""
    import pikepdf

    pdf = pikepdf.new()
    for _ in range(pages):
        pdf.add_blank_page(page_size=(595, 842))
    pdf.save(path)
    return path
