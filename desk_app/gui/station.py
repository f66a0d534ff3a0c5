"""What the screens share: the open desk, the lanes, the watch on the store, the key's session.

The desk is opened behind the first paint, because its engines cost more than the window. Screens
never hear from each other: they hear that the store changed and read it again.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QTimer, Signal

from desk_app.gui import i18n
from desk_app.gui.models.pictures import Thumbnails
from desk_app.gui.tasks import (
    INSPECT,
    READ,
    TOKEN,
    UPLOAD,
    VIEW,
    Problem,
    Tasks,
    problem_of,
)
from desk_app.gui.who import Who
from desk_app.gui.widgets.banner import Notice, of_problem
from desk_app.store import acting

if TYPE_CHECKING:
    from desk_app.gui.models.snapshot import Readings
    from desk_app.jobs import Lanes, Workers
    from desk_app.pipeline import Desk, Notify
    from desk_app.settings import Settings
    from desk_app.store.people import Person

POLL_MS = 250
UPLOAD_EVERY_MS = 15_000
SESSION_S = 15 * 60.0
"""How long an entered PIN signs without being asked again."""


class Station(QObject):
    """One open data folder, for as long as the window lives."""

    opened = Signal()
    changed = Signal()
    """Something in the store is different."""
    progressed = Signal(object)
    noticed = Signal(object)
    """A Notice for the banner area."""
    busy_changed = Signal()

    def __init__(self, data: Path, settings: Settings, parent: QObject | None = None) -> None:
        super().__init__(parent)
        from desk_app.jobs import Lanes, Workers

        self.data = data
        self.settings = settings
        self.desk: Desk | None = None
        self.readings: Readings | None = None
        self._lanes: Lanes = Lanes()
        self.renderer = Workers(1)
        """One process that opens signed files for the page view; started at the first one."""
        self.inspector = Workers(1)
        """One process that looks into signed files and asks the key; started when it is wanted."""
        self.tasks = Tasks(self._lanes, self)
        self.thumbnails = Thumbnails(self)
        self.session = Session(self)
        self.who = Who(self)
        self.stop = threading.Event()
        """Set to end the feed that runs, or everything at closing."""
        self._version = -1
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._poll)
        self._uploads = QTimer(self)
        self._uploads.timeout.connect(self.upload)
        self.tasks.progressed.connect(self.progressed)
        self.tasks.busy_changed.connect(self.busy_changed)
        self.tasks.failed.connect(lambda problem: self.tell(problem))

    # --- life --------------------------------------------------------------------------------

    def open(self, *, resume: bool = True) -> None:
        """Open the desk behind the window, then go on with what was cut off."""
        self.tasks.submit(
            VIEW, _open, self.data, self.settings, done=partial(self._on_open, resume=resume)
        )

    def _on_open(self, opened: tuple[Desk, Readings, list[Person]], *, resume: bool) -> None:
        self.desk, self.readings, people = opened
        self.who.take(people)  # before any screen reads the store
        self._version = self.desk.store.data_version()
        self._timer.start(POLL_MS)
        self.opened.emit()
        self.changed.emit()
        if resume:
            self._uploads.start(UPLOAD_EVERY_MS)
            self._resume()

    def _resume(self) -> None:
        from desk_app import pipeline

        self.tasks.submit(
            READ, pipeline.resume, self.desk, notify=self.tasks.notify, stop=self.stop
        )

    def close(self) -> None:
        """End everything; what is unfinished goes on at the next start."""
        self._timer.stop()
        self._uploads.stop()
        self.stop.set()
        self.tasks.close()
        self.session.forget()
        self.who.idle.stop()
        self.thumbnails.close()
        self.renderer.close()
        self.inspector.close()
        if self.desk is not None:
            self.desk.workers.close()
        self._lanes.close()
        if self.desk is not None:
            self.desk.close()
            self.desk = None

    # --- reading the store -------------------------------------------------------------------

    def read(
        self, fn: Callable[..., Any], *args: object, done: Callable[[Any], None],
        failed: Callable[[Problem], None] | None = None,
    ) -> None:  # fmt: skip
        """Read the store for a screen, off the window thread."""
        self.tasks.submit(VIEW, fn, *args, done=done, failed=failed)

    def inspect(
        self, fn: Callable[..., Any], *args: object, done: Callable[[Any], None],
        failed: Callable[[Problem], None] | None = None,
    ) -> None:  # fmt: skip
        """Run a function of desk_app.inspection or desk_app.tokens in its own process."""
        self.tasks.submit(INSPECT, _in_process, self.inspector, fn, *args, done=done, failed=failed)

    def _poll(self) -> None:
        if self.desk is None:
            return
        version = self.desk.store.data_version()
        if version != self._version:
            self._version = version
            self.changed.emit()

    # --- notices and work that belongs to no screen ------------------------------------------

    def tell(
        self,
        problem: Problem,
        key: str = "",
        action: str = "",
        run: Callable[[], None] | None = None,
    ) -> None:
        """Show a fault, with a way on where there is one."""
        self.noticed.emit(of_problem(problem, key, action, run))

    def tell_fault(
        self, fault: dict[str, str], key: str, action: str, run: Callable[[], None]
    ) -> None:
        """Show the fault of a scan, with the way on."""
        self.tell(problem_of(fault), key=key, action=action, run=run)

    def say(
        self, key: str, tone: str, text: str, detail: str = "", *, passing: bool = True
    ) -> None:
        """Show a plain notice."""
        self.noticed.emit(Notice(key, tone, text, detail, passing=passing))

    def upload(self) -> None:
        """Send what is ready, unless that is being done."""
        if self.desk is None or self.tasks.is_busy(UPLOAD):
            return
        self.tasks.submit(
            UPLOAD, acting.by(acting.STATION, _send), self.desk,
            notify=self.tasks.notify, stop=self.stop, failed=self._on_upload_failed,
        )  # fmt: skip

    def _on_upload_failed(self, problem: Problem) -> None:
        if not problem.interrupted:
            self.tell(problem, key="upload")

    def finish(self, dossier_id: str, code: str, done: Callable[[], None] | None = None) -> None:
        """The clerk's word that a dossier is right; the rest runs behind."""
        from desk_app import pipeline

        def on_failed(problem: Problem) -> None:
            self.session.forget()
            text = self.tr("{code}: {text}").format(code=code, text=problem.text)
            self.tell(Problem(problem.code, text, problem.next), key=f"finish-{dossier_id}")

        def on_done(_result: object) -> None:
            text = self.tr("Dossier {code} is signed and checked.").format(code=code)
            self.say(f"finish-{dossier_id}", "ok", text)
            self.upload()
            if done is not None:
                done()

        from desk_app.signatures import Choice

        choice = Choice(last_try=self.session.take_last_try())
        self.tasks.submit(
            TOKEN, pipeline.finish, self.desk, dossier_id, notify=self.tasks.notify,
            secret=self.session.secret(), choice=choice, done=on_done, failed=on_failed,
        )  # fmt: skip

    @property
    def needs_pin(self) -> bool:
        """Whether signing must ask for a PIN or passphrase first."""
        return not self.settings.is_demonstration and self.session.left_s <= 0


class Session(QObject):
    """The PIN of this sitting, in memory only, wiped when its time is over."""

    began = Signal()
    ended = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._secret = bytearray()
        self._until = 0.0
        self._last_try = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.forget)

    def begin(self, secret: bytearray, *, last_try: bool = False) -> None:
        """Keep a secret; the caller's copy is taken over.

        Args:
            secret: the PIN or passphrase.
            last_try: the officer confirmed that the token's last attempt may be used, once.
        """
        self.forget()
        self._secret = secret
        self._last_try = last_try
        self._until = time.monotonic() + SESSION_S
        self._timer.start(int(SESSION_S * 1000))
        self.began.emit()

    def take_last_try(self) -> bool:
        """Whether the last attempt was confirmed; the confirmation holds for one login."""
        confirmed, self._last_try = self._last_try, False
        return confirmed

    def secret(self) -> bytearray | None:
        """A copy that the signer may wipe."""
        return bytearray(self._secret) if self.left_s > 0 else None

    @property
    def left_s(self) -> float:
        """Seconds until the PIN is asked again."""
        return max(0.0, self._until - time.monotonic())

    def forget(self) -> None:
        """Wipe the secret."""
        had, self._until = self._until > 0, 0.0
        for place in range(len(self._secret)):
            self._secret[place] = 0
        self._secret = bytearray()
        self._last_try = False
        self._timer.stop()
        if had:
            self.ended.emit()


def _send(desk: Desk, notify: Notify, stop: threading.Event) -> None:
    """Runs on a lane: send what is ready; once a day, local copies whose time is over go."""
    from desk_app import pipeline, purging

    pipeline.upload(desk, notify=notify, stop=stop)
    purging.daily(desk.store, desk.settings, stopped=stop.is_set)


def _in_process(workers: Workers, fn: Callable[..., Any], *args: object) -> object:
    """Runs on a lane: waits for a worker process."""
    return workers.submit(fn, *args).result()


def _open(data: Path, settings: Settings) -> tuple[Desk, Readings, list[Person]]:
    """Runs on a lane: imports the engines and opens the store."""
    from desk_app.gui.models.snapshot import Readings
    from desk_app.pipeline import Desk
    from desk_app.store import people

    desk = Desk(data, settings)
    desk.catalog  # noqa: B018 read it here, not at the first question of the window
    return desk, Readings(desk.store), people.everybody(desk.store, disabled=False)


def device_name(uri: str) -> str:
    """A scanner as the operator calls it."""
    kind, _, rest = uri.partition(":")
    if kind == "simulated":
        return i18n.pick("Máy quét mô phỏng", "Simulated scanner")
    return rest or kind
