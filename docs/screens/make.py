"""Draw the pictures of this folder: the screens with the sample dossier, as they really are.

    .venv/bin/python docs/screens/make.py [--keep FOLDER]

The sample dossier is scanned, read, signed and stored by the product itself in a temporary data
folder (kept and used again with --keep); then the window is opened on it without a screen, once
a theme and a scale. Takes about three minutes on two cores.
"""

from __future__ import annotations

import argparse
import io
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path.insert(0, str(ROOT))

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from desk_app.gui.app import Desk as Window
    from desk_app.gui.main_window import MainWindow
    from desk_app.records import Document
    from desk_app.store.database import Store

CODE, SECOND, THIRD = "H49.64-261120-0147", "H49.64-261120-0148", "H49.64-261120-0149"
EARLIER = "H49.64-250312-0023"
BATCH = "LO-2026-0112"
SIZE = (1440, 900)
SCALES = ("1", "1.5")
PATIENCE_S = 40
SETTLE_S = 0.7


# --- the data ---------------------------------------------------------------------------------


def prepare(folder: Path) -> None:
    """A dossier to check, the same one signed and stored, and what can go wrong with each."""
    from desk_app import pipeline
    from desk_app.settings import Settings
    from desk_app.store import dossiers

    desk = pipeline.Desk(folder / "checking", Settings())
    dossier = pipeline.open_dossier(desk, CODE, "birth_registration", demonstration=True)
    pipeline.feed(desk, dossier.id, "simulated:?duplex=1&ppm=600")
    desk.close()
    shutil.copytree(folder / "checking", folder / "missing")
    desk = pipeline.Desk(folder / "missing", Settings())
    for page in dossiers.pages(desk.store, dossier.id, readings=False):
        if page.sheet == 3:  # the birth notification stays out of the dossier
            dossiers.decide(desk.store, page.id, set_aside=True)
    pipeline.assemble(desk, dossier.id)
    desk.close()
    shutil.copytree(folder / "checking", folder / "stored")
    desk = pipeline.Desk(folder / "stored", Settings())
    pipeline.finish(desk, dossier.id)
    pipeline.upload(desk)
    desk.close()
    prepare_batch(folder)
    prepare_reuse(folder)
    prepare_office(folder / "office")
    prepare_people(folder / "people")
    shutil.copytree(folder / "stored", folder / "faults")
    spoil(folder / "faults")
    shutil.copytree(folder / "stored", folder / "changed")
    change_later(folder / "changed")


def prepare_reuse(folder: Path) -> None:
    """The dossier without its birth notification, beside an earlier one that has it, signed."""
    from desk_app.store import dossiers, states
    from desk_app.store.database import Store
    from tests.dossiers import office

    stored = Store(folder / "stored")
    papers = dossiers.documents(stored, dossiers.find(stored, CODE).id)
    notice = next(paper for paper in papers if paper.component == "birth_notification")
    content = stored.blobs.read(notice.signed_sha256 or "")
    verdict = dossiers.verdict(stored, notice.id) or {}
    stored.close()
    shutil.copytree(folder / "missing", folder / "reuse")
    store = Store(folder / "reuse")
    values = {field.name: field.value for field in notice.fields if not field.problem}
    kind = "birth_notification"
    earlier = office.fill(store, EARLIER, [office.paper("chứng sinh", kind, kind, **values)])
    (paper,) = dossiers.documents(store, earlier.id)
    sha256 = store.blobs.put_bytes(content)
    with store.transaction() as change:
        dossiers.set_signed_in(change, paper.id, sha256, len(content), verdict)
    for state in ("checked", "to_sign", "signed"):
        states.move(store, earlier.id, state)
    store.close()


def prepare_office(data: Path) -> None:
    """Some weeks of an office, for its figures: values and files, no pictures."""
    from desk_app.store.database import Store
    from tests.dossiers import office

    today = datetime.now().astimezone()
    moment = [today]
    store = Store(data, clock=lambda: moment[0])
    procedures = ("birth_registration", "temporary_residence", "birth_registration")
    papers = [
        office.paper("form", "birth_registration_form", "form"),
        office.paper("result", "birth_certificate"),
    ]
    number = 0
    for back in range(45, -1, -1):
        moment[0] = today - timedelta(days=back)
        for _ in range(2 + (back * 7) % 5 if moment[0].weekday() < 5 else 0):
            number += 1
            code = f"H49.{64 + number % 2}-{moment[0]:%y%m%d}-{number:04}"
            dossier = office.fill(store, code, papers, procedure=procedures[number % 3])
            if number % 4:
                office.sign(store, dossier, done=bool(number % 5))
    store.close()


def prepare_people(data: Path) -> None:
    """A station with people: its window opens locked."""
    from desk_app.store import people
    from desk_app.store.database import Store

    store = Store(data)
    for name, role in (
        ("Lê Thị Hòa", "administrator"), ("Trần Văn Lân", "clerk"), ("Đặng Thị Minh", "clerk"),
        ("Vũ Thị Ánh", "supervisor"), ("Bùi Văn An", "archive"),
    ):  # fmt: skip
        people.add(store, name, role, bytearray(b"190845"))
    store.close()


def change_later(data: Path) -> None:
    """A signed file that somebody wrote over afterwards, and a dossier without its timestamp."""
    from desk_app import pipeline, waiting
    from desk_app.settings import Settings
    from desk_app.store import dossiers, states
    from signing.errors import TimestampUnreachable

    desk = pipeline.Desk(data, Settings())
    store = desk.store
    paper = dossiers.documents(store, dossiers.find(store, CODE).id)[0]
    content = written_over(store.blobs.read(paper.signed_sha256 or ""))
    sha256 = store.blobs.put_bytes(content)
    with store.transaction() as change:
        dossiers.set_signed_in(change, paper.id, sha256, len(content), {})
    pipeline.verdict_of(desk, paper.id)
    later = dossiers.create(store, SECOND, "birth_registration", demonstration=True)
    for state in ("scanning", "recognising", "to_check", "checked", "to_sign"):
        states.move(store, later.id, state)
    fault = TimestampUnreachable("no answer in time", "hết thời gian chờ")
    waiting.note(store, later.id, fault, needs_key=True)
    desk.close()


def written_over(content: bytes) -> bytes:
    """Another date of birth over the one that was signed, as an update at the file's end."""
    from pyhanko.pdf_utils import generic
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

    writer = IncrementalPdfFileWriter(io.BytesIO(content))
    # The layer of read words leaves text invisible (0 Tr) and stretched (100 Tz).
    paint = b"q 0.96 0.95 0.93 rg 204 411 70 14 re f 0 g "
    drawn = paint + b"BT 0 Tr 100 Tz /Later 11 Tf 206 414 Td (01/09/2026) Tj ET Q"
    font = generic.DictionaryObject({
        generic.pdf_name("/Type"): generic.pdf_name("/Font"),
        generic.pdf_name("/Subtype"): generic.pdf_name("/Type1"),
        generic.pdf_name("/BaseFont"): generic.pdf_name("/Times-Roman"),
    })  # fmt: skip
    fonts = generic.DictionaryObject({generic.pdf_name("/Later"): writer.add_object(font)})
    stream = writer.add_object(generic.StreamObject(stream_data=drawn))
    resources = generic.DictionaryObject({generic.pdf_name("/Font"): fonts})
    writer.add_stream_to_page(0, stream, resources=resources)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def prepare_batch(folder: Path) -> None:
    """A pile of which one sheet went in together with another, after a jam."""
    from desk_app import batching, pipeline
    from desk_app.settings import Settings
    from desk_app.store.batches import Plan
    from tests.simulators import pile

    made = pile.typical(folder / "pile", 5, 4, double_at=8)
    desk = pipeline.Desk(folder / "batch", Settings())
    plan = Plan(made.sheets + 1, 2, 5, "birth_registration")
    batch = batching.create(desk, BATCH, plan, "lan", "ban-2")
    device = f"simulated:{made.folder}?duplex=1&fault=jam@18"
    for _ in range(2):
        batching.feed(desk, batch, device)
    desk.close()


def spoil(data: Path) -> None:
    """One signed file with a byte changed, and a store that does not answer."""
    from desk_app import pipeline
    from desk_app.settings import Settings
    from desk_app.store import dossiers
    from desk_app.store.database import Store

    desk = pipeline.Desk(data, Settings())
    store = desk.store
    papers = dossiers.documents(store, dossiers.find(store, CODE).id)
    content = bytearray(store.blobs.read(papers[1].signed_sha256 or ""))
    content[len(content) // 2] ^= 1
    sha256 = store.blobs.put_bytes(bytes(content))
    with store.transaction() as change:
        dossiers.set_signed_in(change, papers[1].id, sha256, len(content), {})
    pipeline.verdict_of(desk, papers[1].id)
    desk.close()
    three_days_ago = datetime.now().astimezone() - timedelta(hours=73)
    past = Store(data, clock=lambda: three_days_ago)
    refuse(past, papers[0])
    past.close()
    now = Store(data)
    refuse(now, papers[2])  # its turn comes after the older one, which is given up now
    refuse(now, None)
    now.close()


def refuse(store: Store, paper: Document | None) -> None:
    """Queue a paper for a store that does not answer, and try the next one in the queue."""
    from desk_app.submission import queue
    from desk_app.submission.errors import StoreUnreachable

    if paper is not None:
        key = paper.signed_sha256 or ""
        with store.transaction() as change:
            queue.enqueue_in(change, key=key, target="province", dossier_id=paper.dossier_id,
                             document_id=paper.id, size=1_900_000)  # fmt: skip
    item = queue.claim(store, "picture", target="province")
    assert item is not None
    fault = StoreUnreachable(
        store="province", vi_detail="hết thời gian chờ", en_detail="no answer in time"
    )
    queue.fail(store, item, fault, True)


# --- the window -------------------------------------------------------------------------------


class Camera:
    """Opens the window on a copy of some data and saves what it shows."""

    def __init__(self, data: Path, theme: str, suffix: str) -> None:
        from PySide6.QtWidgets import QApplication

        self.app = QApplication.instance() or QApplication([])
        self.data, self.theme, self.suffix = data, theme, suffix

    @contextmanager
    def window(self, source: str, language: str = "vi", device: str = "") -> Iterator[MainWindow]:
        """The window on one of the prepared folders; an empty one where it was not prepared."""
        from desk_app.gui.app import Desk
        from desk_app.settings import Settings

        with tempfile.TemporaryDirectory() as name:
            data = Path(name) / "data"
            if (self.data / source).is_dir():
                shutil.copytree(self.data / source, data)
            settings = Settings(language=language, theme=self.theme, device=device or "simulated:")
            desk: Window = Desk(data, settings, resume=False)
            desk.show()
            assert desk.window is not None
            desk.window.resize(*SIZE)
            self.until(lambda: desk.station is not None and desk.station.desk is not None)
            self.settle()
            yield desk.window
            desk.close()

    def until(self, reached: Callable[[], bool], patience_s: float = PATIENCE_S) -> None:
        """Let the window work until something holds."""
        end = time.monotonic() + patience_s
        while not reached():
            if time.monotonic() > end:
                raise TimeoutError("the window did not come so far")
            self.app.processEvents()
            time.sleep(0.01)

    def settle(self, wait_s: float = SETTLE_S) -> None:
        """Let pictures arrive."""
        end = time.monotonic() + wait_s
        self.until(lambda: time.monotonic() > end)

    def open(self, window: MainWindow, code: str = CODE) -> None:
        """Bring a dossier to the counter."""
        window.counter.open_code(code, "birth_registration")
        self.until(lambda: window.counter.view is not None)
        if window.counter.view is not None and window.counter.view.pages:
            self.until(lambda: window.counter.work.view.has_picture)
        self.settle()

    def save(self, window: QWidget, name: str) -> None:
        """Write one picture."""
        self.settle()
        window.grab().save(str(HERE / f"{name}{self.suffix}.png"))


def open_batch(camera: Camera, window: MainWindow) -> None:
    """Bring the sample batch to the front, at what is worst in it."""
    window.go("batch")
    camera.settle()
    window.batch.open_batch(BATCH)
    camera.until(lambda: window.batch.view is not None)
    window.run("next_worst")
    camera.until(lambda: window.batch.work.view.has_picture)


def batch_states(camera: Camera) -> None:
    """The archive's screen: nothing yet, feeding, a jam, a count that does not add up."""
    from desk_app.store.batches import Plan

    with camera.window("batch") as window:
        window.go("batch")
        camera.save(window, "batch_start")
        open_batch(camera, window)
        window.run("close_batch")
        camera.save(window, "batch_mismatch")
    device = f"simulated:{camera.data / 'pile'}?duplex=1&ppm=90&fault=jam@12"
    with camera.window("nothing", device=device) as window:
        window.go("batch")
        window.batch.start.asked.emit(BATCH, Plan(24, 2, 4, "birth_registration"))
        camera.until(lambda: window.batch.view is not None)
        window.run("feed_batch")
        camera.until(lambda: len(window.batch.view.tiles) >= 8)  # type: ignore[union-attr]
        camera.save(window, "batch_feeding")
        camera.until(lambda: bool(window.banners.notices))
        camera.save(window, "batch_fault")


def main_screens(camera: Camera) -> None:
    """The screens with the sample dossier and the sample batch."""
    with camera.window("batch") as window:
        open_batch(camera, window)
        camera.save(window, "batch")
    with camera.window("checking") as window:
        camera.open(window)
        window.run("edit_field")
        camera.save(window, "counter")
    with camera.window("stored") as window:
        window.go("verify")
        camera.until(lambda: window.verify.view.has_picture)
        camera.save(window, "verification")
        window.go("queue")
        camera.save(window, "queue")
    with camera.window("changed") as window:
        compared(camera, window)
        camera.save(window, "verification_difference")
        if camera.suffix.endswith("_100"):
            closer(camera, window)


def searched(camera: Camera, window: MainWindow, text: str) -> None:
    """Type into the search and wait for its answer."""
    window.go("search")
    window.search.bar.line.setText(text)
    camera.until(lambda: not window.search.asking.is_waiting)
    camera.settle()


def records_screens(camera: Camera) -> None:
    """Search, figures, and a stored paper that is offered at the counter."""
    with camera.window("stored") as window:
        searched(camera, window, "nguyen thi hong")
        camera.save(window, "search")
        if camera.suffix.endswith("_100"):
            searched(camera, window, "giay chung sinh")
            window.run("open_hit")
            camera.until(lambda: window.counter.work.view.has_picture)
            camera.save(window, "search_opened")
            package_dialog(camera, window)
    with camera.window("office") as window:
        window.go("figures")
        camera.until(lambda: window.figures.report is not None)
        camera.save(window, "figures")
    with camera.window("reuse") as window:
        camera.open(window)
        camera.until(lambda: window.counter.view.standings is not None)  # type: ignore[union-attr]
        window.run("next_exception")
        camera.until(lambda: window.counter.work.view.has_picture)
        camera.save(window, "counter_reuse")


def lock_screen(camera: Camera) -> None:
    """Who is at the counter; and a PIN that was not theirs."""
    with camera.window("people") as window:
        screen = window.locking.screen
        camera.save(window, "lock")
        if camera.suffix.endswith("_100"):
            screen.pin.setText("000000")
            screen.ok.click()
            camera.until(screen.hint.isVisible)
            camera.save(window, "lock_refused")


def package_dialog(camera: Camera, window: MainWindow) -> None:
    """A package that was made and checked."""
    from desk_app.gui.dialogs.package import PackageDialog

    window.run("package")
    dialog = window.findChild(PackageDialog)
    camera.until(lambda: dialog.kind.count() > 0)
    dialog.make.click()
    camera.until(lambda: bool(dialog.said.text()))
    camera.save(dialog, "package")
    dialog.close()


def compared(camera: Camera, window: MainWindow) -> None:
    """Bring the file that was written over to the front, with what changed in it."""
    window.go("verify")
    camera.until(lambda: window.verify.view.has_picture)
    window.run("difference")
    camera.until(lambda: bool(window.verify.comparing.changes))


def closer(camera: Camera, window: MainWindow) -> None:
    """What the supervisor looks up, and the windows of the key and of its mark."""
    from desk_app.gui.dialogs.certificate import CertificateDialog
    from desk_app.gui.dialogs.mark import MarkDialog
    from desk_app.gui.dialogs.pin import PinDialog
    from desk_app.gui.dialogs.settings import SettingsDialog
    from desk_app.tokens import KeyState

    window.run("before_after")
    camera.settle()
    camera.save(window, "verification_as_signed")
    window.run("leave_difference")
    window.run("certificate")
    dialog = window.verify.findChild(CertificateDialog)
    camera.until(lambda: dialog.copy.isEnabled())
    camera.save(dialog, "certificate")
    dialog.close()
    window.go("queue")
    camera.save(window, "queue_waiting")
    window.run("settings")
    settings = window.findChild(SettingsDialog)
    settings.mark.click()
    mark = settings.findChild(MarkDialog)
    mark.profile.setCurrentIndex(mark.profile.findData("electronic_copy"))
    camera.until(lambda: bool(mark.said.text()))
    camera.settle()
    mark.view.fit_page()
    camera.save(mark, "mark")
    mark.close()
    settings.close()
    pin = PinDialog("", window)
    ends = datetime.now().astimezone() + timedelta(days=21, hours=1)
    pin.show_state(KeyState("Token UBND", "one", None, "Lê Văn Tuấn", ends))
    pin.show()
    camera.save(pin, "pin_last_try")
    pin.close()


def states(camera: Camera) -> None:
    """Empty, feeding and fault of each screen."""
    with camera.window("nothing") as window:
        camera.save(window, "counter_empty")
        for name, picture in (
            ("verify", "verification_empty"),
            ("batch", "batch_empty"),
            ("queue", "queue_empty"),
            ("search", "search_empty"),
            ("figures", "figures_empty"),
        ):
            window.go(name)
            camera.save(window, picture)
    with camera.window("nothing", device="simulated:?duplex=1&ppm=60") as window:
        camera.open(window, SECOND)
        camera.save(window, "counter_ready")
        window.run("scan")
        camera.until(lambda: len(window.counter.view.pages) >= 6)  # type: ignore[union-attr]
        camera.until(lambda: window.counter.work.view.has_picture)
        camera.save(window, "counter_feeding")
    with camera.window("nothing", device="simulated:?duplex=1&ppm=600&fault=jam@3") as window:
        camera.open(window, THIRD)
        window.run("scan")
        camera.until(lambda: bool(window.banners.notices))
        camera.until(lambda: window.counter.view.dossier.state == "to_check")  # type: ignore[union-attr]
        camera.save(window, "counter_fault")
    batch_states(camera)
    with camera.window("checking") as window:
        camera.open(window)
        window.run("words")
        camera.save(window, "counter_heat")
    with camera.window("stored") as window:
        searched(camera, window, "tran van khong co")
        window.run("persons")
        camera.until(lambda: not window.search.asking.is_waiting)
        camera.save(window, "search_nothing")
    with camera.window("missing") as window:
        camera.open(window)
        window.run("finish")
        camera.save(window, "counter_missing")
    with camera.window("faults") as window:
        window.go("verify")
        camera.until(lambda: window.verify.view.has_picture)
        camera.save(window, "verification_fault")
        window.go("queue")
        camera.save(window, "queue_fault")
    with camera.window("checking", language="en") as window:
        camera.open(window)
        camera.save(window, "counter_english")
    with camera.window("stored", language="en") as window:
        searched(camera, window, "nguyen thi hong")
        camera.save(window, "search_english")
    with camera.window("office", language="en") as window:
        window.go("figures")
        camera.until(lambda: window.figures.report is not None)
        camera.save(window, "figures_english")


def shoot(data: Path, theme: str, scale: str) -> None:
    """All pictures of one theme at one scale."""
    camera = Camera(data, theme, f"_{theme}_{int(float(scale) * 100)}")
    main_screens(camera)
    records_screens(camera)
    lock_screen(camera)
    if scale == "1":
        states(camera)


def main() -> int:
    """Prepare the data, then one process a scale, since Qt takes the scale at its start."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--keep", type=Path, help="keep the prepared data here and use it again")
    parser.add_argument("--shoot", nargs=3, metavar=("DATA", "THEME", "SCALE"))
    options = parser.parse_args()
    if options.shoot:
        shoot(Path(options.shoot[0]), options.shoot[1], options.shoot[2])
        return 0
    with tempfile.TemporaryDirectory() as name:
        data = options.keep or Path(name)
        # The keys of the prepared folders lie beside them and never among the user's own.
        os.environ["XDG_CONFIG_HOME"] = str((data / "keys").absolute())
        os.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.fail.Keyring"
        if not (data / "faults").is_dir():
            prepare(data)
        for scale in SCALES:
            for theme in ("light", "dark"):
                environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
                environment |= {"QT_SCALE_FACTOR": scale, "QT_FONT_DPI": "96"}
                command = [sys.executable, __file__, "--shoot", str(data), theme, scale]
                subprocess.run(command, check=True, env=environment, timeout=600)
    return 0


if __name__ == "__main__":
    sys.exit(main())
