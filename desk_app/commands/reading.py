"""`desk ocr`, `classify` and `pdf`: read files without a dossier."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import Future, wait
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from desk_app import exports, jobs, paths, settings, stages
from desk_app.errors import Interrupted, UnusableInput
from desk_app.records import PageReading

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from desk_app.cli import Handler, Session
    from desk_app.pdf.pictures import Profile
    from scanners.device import FileRefused, PageLanded


RESERVE_BYTES = 256 << 20
"""Room that must stay free on the disk for work without a data folder."""


class Refused(UnusableInput):
    """A file that cannot be read, in the importer's own words."""

    vi_text = "{vi}"
    en_text = "{en}"

    def __init__(self, event: FileRefused) -> None:
        super().__init__(file=event.file, vi=event.vi, en=event.en)
        self.code = event.code


class Stopped(Interrupted):
    """The same for work without a data folder: there is nothing to take up again."""

    vi_text = "Đã dừng theo yêu cầu. Các tệp đưa vào còn nguyên."
    en_text = "Stopped as asked. The files you named are untouched."
    next_vi_text = "Cần kết quả thì chạy lại chính lệnh này."
    next_en_text = "For a result run the same command again."


def add_commands(add: Callable[[str, Handler, str], argparse.ArgumentParser]) -> None:
    """Register this group."""
    ocr_ = add("ocr", ocr, "nhận dạng chữ / read the words of pictures and PDF files")
    ocr_.add_argument("--engine", choices=("tesserocr", "pytesseract"), default="")
    classify_ = add("classify", classify, "nhận loại giấy tờ / say what paper each page is")
    pdf_ = add("pdf", pdf, "tạo PDF/A hai lớp / make a PDF/A with a text layer")
    pdf_.add_argument("-o", dest="target", metavar="OUT", type=Path, required=True)
    profile_help = "ảnh trong tệp, theo cài đặt / pictures in the file, as the settings say"
    pdf_.add_argument("--profile", choices=settings.PDF_PROFILES, help=profile_help)
    pdf_.add_argument("--part", choices=("2b", "1b"), default="2b")
    pdf_.add_argument("--title", default="")
    for command in (ocr_, classify_, pdf_):
        command.add_argument("files", nargs="+", metavar="FILE", type=Path)
        command.set_defaults(engine="")


def read_file(path: Path, engine: str, learned: Path) -> PageReading:
    """One picture, in a worker process; named with what this desk's clerks taught."""
    from desk_app.recognition import ocr
    from desk_app.recognition.page import Params, read_page

    params = Params(ocr=ocr.Params(engine=engine), learned=learned)
    return read_page(path, paths.PROCEDURES, params)


Read = tuple["PageLanded", PageReading]


@contextmanager
def _read(session: Session) -> Iterator[tuple[list[Read], jobs.Workers]]:
    """All pages of the named files with what was read on them, in order; and the workers."""
    from scanners import worker
    from scanners.device import FileRefused, PageLanded, ScanFault
    from scanners.errors import DeviceFault

    pool = jobs.Workers(settings.load(session.data).workers)
    waiting: list[tuple[PageLanded, Future[PageReading]]] = []
    with stages.temporary() as folder:
        try:
            files = session.args.files
            with worker.import_files(files, folder, reserve_bytes=RESERVE_BYTES) as job:
                for event in job:
                    if isinstance(event, FileRefused):
                        raise Refused(event)
                    if isinstance(event, ScanFault):
                        raise DeviceFault(event.fault.code, raw=event.fault.raw)
                    if isinstance(event, PageLanded):
                        engine = session.args.engine
                        future = pool.submit(read_file, event.path, engine, session.data)
                        waiting.append((event, future))
                    if session.stop.is_set():
                        job.cancel()
            yield _awaited(session, waiting), pool
            if session.stop.is_set():
                raise Stopped
        finally:
            pool.close()


@contextmanager
def _by_own_name(pages: Iterable[PageLanded]) -> Iterator[None]:
    """A picture that cannot be used is named as the caller named it, not as the spool did."""
    try:
        yield
    except UnusableInput as fault:
        origins = {page.path.name: page for page in pages}
        page = origins.get(str(fault.facts.get("file")))
        if page is not None:
            fault.facts["file"] = f"{Path(page.origin or '').name} [{page.origin_page}]"
        raise


def _awaited(session: Session, waiting: list[tuple[PageLanded, Future[PageReading]]]) -> list[Read]:
    from desk_app.pipeline import Progress

    done = []
    for page, future in waiting:
        while not wait([future], timeout=0.2).done:
            if session.stop.is_set():
                raise Stopped
        with _by_own_name([page]):
            done.append((page, future.result()))
        session.progress(Progress("read", len(done), len(waiting)))
    return done


def ocr(session: Session) -> tuple[dict[str, Any], int]:
    """Words, print without words and boxes to tick, in pixels of the picture as it lies on disk."""
    with _read(session) as (pages, _):
        for _, reading in pages:
            session.show(reading.text.text, reading.text.text)
        return {
            "pages": [
                {"file": page.origin, "page": page.origin_page, "width": reading.text.width,
                 "height": reading.text.height, "rotation": reading.text.rotation,
                 "engine": reading.text.engine,
                 "words": [asdict(word) for word in reading.text.words],
                 "uncovered": [list(box) for box in reading.uncovered],
                 "checkboxes": [asdict(box) for box in reading.checkboxes]}
                for page, reading in pages
            ]
        }, 0  # fmt: skip


def classify(session: Session) -> tuple[dict[str, Any], int]:
    """Document type of each page; unknown is an answer."""
    with _read(session) as (pages, _):
        for page, reading in pages:
            kind = reading.type
            line = f"{page.origin} [{page.origin_page}]: {kind.type or '?'} {kind.confidence:.0%}"
            session.say(line, line)
        return {
            "pages": [
                {"file": page.origin, "page": page.origin_page, "type": reading.type.type,
                 "confidence": round(reading.type.confidence, 3), "first": reading.type.first,
                 "alternatives": [list(each) for each in reading.type.alternatives]}
                for page, reading in pages
            ]
        }, 0  # fmt: skip


def pdf(session: Session) -> tuple[dict[str, Any], int]:
    """One archival PDF of all pages of the named files."""
    from desk_app.pdf import compose

    args, station = session.args, settings.load(session.data)
    exports.refuse_input(args.target, args.files)
    profile: Profile = args.profile or cast("Profile", station.pdf_profile)
    with _read(session) as (pages, pool):
        about = compose.DocumentInfo(
            title=args.title or args.target.stem,
            author=station.agency,
            subject="",
            keywords=(),
            created=datetime.now().astimezone().isoformat(timespec="seconds"),
        )
        with exports.writing(args.target), _by_own_name(page for page, _ in pages):
            report = compose.run(
                [stages.pdf_page(page.path, reading) for page, reading in pages],
                about,
                args.target,
                compose.Params(part=args.part, profile=profile),
                submit=pool.submit,
                on_page=lambda written: _told(session, written, len(pages)),
            )
    size = report.path.stat().st_size / report.pages / 1000
    session.say(
        f"Đã tạo {args.target} ({report.pages} trang, {profile}, {size:.0f} kB một trang).",
        f"{args.target} written ({report.pages} pages, {profile}, {size:.0f} kB a page).",
    )
    return {
        "path": str(args.target.absolute()),
        "pages": report.pages,
        "profile": profile,
        "bytes": asdict(report.bytes),
        "conformance": {"part": report.conformance.part,
                        "faults": [asdict(fault) for fault in report.conformance.faults]},
    }, 1 if report.conformance.faults else 0  # fmt: skip


def _told(session: Session, written: int, pages: int) -> None:
    from desk_app.pipeline import Progress

    if session.stop.is_set():
        raise Stopped
    session.progress(Progress("pdf", written, pages))
