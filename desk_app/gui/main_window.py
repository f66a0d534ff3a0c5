"""The shell of the screens: rail, notices, status strip, menus from the table of commands."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QCoreApplication, QSettings, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QPaintEvent
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QMainWindow,
    QMenu,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from desk_app.gui.allowed import NEEDED
from desk_app.gui.commands import (
    BATCH,
    BY_ID,
    COUNTER,
    FIGURES,
    MENUS,
    QUEUE,
    SEARCH,
    VERIFY,
    Actions,
)
from desk_app.gui.feeder import NOTICE
from desk_app.gui.locking import Locking
from desk_app.gui.screen_counter import CounterScreen
from desk_app.gui.station import Station, device_name
from desk_app.gui.tasks import READ, SCANNER, TOKEN, UPLOAD, Problem
from desk_app.gui.widgets.banner import BannerArea, Notice
from desk_app.gui.widgets.rail import Rail
from desk_app.gui.widgets.status_strip import StatusStrip

if TYPE_CHECKING:
    from desk_app.gui.dialogs.settings import SettingsDialog
    from desk_app.gui.models.search import Place
    from desk_app.gui.screen_batch import BatchScreen
    from desk_app.gui.screen_figures import FiguresScreen
    from desk_app.gui.screen_queue import QueueScreen
    from desk_app.gui.screen_search import SearchScreen
    from desk_app.gui.screen_verify import VerifyScreen
    from desk_app.pipeline import Progress
    from desk_app.store.database import Store

    LaterScreen = VerifyScreen | BatchScreen | QueueScreen | SearchScreen | FiguresScreen
    Screen = CounterScreen | LaterScreen

SCREENS = (COUNTER, VERIFY, BATCH, QUEUE, SEARCH, FIGURES)
SMALLEST = QSize(900, 560)
USUAL = QSize(1440, 900)
SESSION_TICK_MS = 1000


class MainWindow(QMainWindow):
    """One window, one station."""

    painted = Signal()
    """The first paint is done: the engines may come."""
    settings_chosen = Signal(object)

    def __init__(self, station: Station, geometry: QSettings | None = None) -> None:
        super().__init__()
        self._station = station
        self._geometry = geometry
        self._was_painted = False
        self._called: str | None = None
        """A dossier that a second start asked for while the window was locked."""
        self._progress: Progress | None = None
        self.setWindowTitle(self.tr("One-stop desk"))
        self.setMinimumSize(SMALLEST)
        self.resize(USUAL)
        self.actions_ = Actions(self, self.run)
        self.counter = CounterScreen(station, self.actions_)
        self._screens: dict[str, Screen] = {COUNTER: self.counter}
        self._build()
        self._connect()
        self._show_station()
        self.go(COUNTER)
        self._restore()

    # --- construction ------------------------------------------------------------------------

    def _build(self) -> None:
        self.rail = Rail({name: self.actions_[f"go_{name}"] for name in SCREENS})
        self.banners = BannerArea()
        self.strip = StatusStrip(self.actions_["forget_pin"], lock=self.actions_["lock"])
        self._session_tick = QTimer(self)
        self._session_tick.setInterval(SESSION_TICK_MS)
        self._session_tick.timeout.connect(self._show_session)
        self.stack = QStackedWidget()
        self.stack.addWidget(self.counter)
        central = QWidget()
        column = QVBoxLayout(central)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        middle = QHBoxLayout()
        middle.setContentsMargins(0, 0, 0, 0)
        middle.setSpacing(0)
        middle.addWidget(self.rail)
        right = QVBoxLayout()
        right.setContentsMargins(0, 0, 0, 0)
        right.setSpacing(0)
        right.addWidget(self.banners)
        right.addWidget(self.stack, 1)
        middle.addLayout(right, 1)
        column.addLayout(middle, 1)
        column.addWidget(self.strip)
        self.setCentralWidget(central)
        self._build_menus()

    def _build_menus(self) -> None:
        self._menus: dict[str, QMenu] = {}
        for id, title in MENUS:
            menu = self.menuBar().addMenu(QCoreApplication.translate("Commands", title))
            self._menus[id] = menu

    def _fill_menus(self, screen: str) -> None:
        """Only what makes sense on the screen in front."""
        for id, menu in self._menus.items():
            menu.clear()
            menu.addActions(self.actions_.of_menu(id, screen))
            menu.menuAction().setVisible(bool(menu.actions()))

    def _connect(self) -> None:
        station = self._station
        station.opened.connect(self._on_opened)
        station.changed.connect(self._on_changed)
        station.noticed.connect(self._on_notice)
        station.progressed.connect(self._on_progress)
        station.busy_changed.connect(self._on_busy)
        station.session.began.connect(self._show_session)
        station.session.ended.connect(self._show_session)
        self.counter.facts_changed.connect(self._update_actions)
        self.counter.pin_wanted.connect(self._ask_pin)
        self.locking = Locking(self, station)
        station.who.changed.connect(self._show_who)
        station.who.unlocked.connect(lambda _: self._open_called())

    def _restore(self) -> None:
        saved = self._geometry.value("geometry") if self._geometry else None
        if isinstance(saved, QByteArray):
            self.restoreGeometry(saved)

    # --- screens and commands ----------------------------------------------------------------

    @property
    def screen_name(self) -> str:
        """Which screen is in front."""
        current = self.stack.currentWidget()
        return next(name for name, screen in self._screens.items() if screen is current)

    @property
    def verify(self) -> VerifyScreen:
        """The verification screen."""
        return self.screen(VERIFY)  # type: ignore[return-value]

    @property
    def batch(self) -> BatchScreen:
        """The screen of batches."""
        return self.screen(BATCH)  # type: ignore[return-value]

    @property
    def queue(self) -> QueueScreen:
        """The queue screen."""
        return self.screen(QUEUE)  # type: ignore[return-value]

    @property
    def search(self) -> SearchScreen:
        """The search screen."""
        return self.screen(SEARCH)  # type: ignore[return-value]

    @property
    def figures(self) -> FiguresScreen:
        """The screen of figures."""
        return self.screen(FIGURES)  # type: ignore[return-value]

    def screen(self, name: str) -> Screen:
        """A screen; those that are not in front at the start are built when they are wanted."""
        if name not in self._screens:
            built = self._build_screen(name)
            self._screens[name] = built
            built.facts_changed.connect(self._update_actions)
            built.dossier_wanted.connect(self._open_at_counter)
            self.stack.addWidget(built)
        return self._screens[name]

    def _build_screen(self, name: str) -> LaterScreen:
        if name == VERIFY:
            from desk_app.gui.screen_verify import VerifyScreen

            return VerifyScreen(self._station, self.actions_)
        if name == BATCH:
            from desk_app.gui.screen_batch import BatchScreen

            return BatchScreen(self._station, self.actions_)
        if name == SEARCH:
            return self._build_search()
        if name == FIGURES:
            from desk_app.gui.screen_figures import FiguresScreen

            return FiguresScreen(self._station, self.actions_)
        from desk_app.gui.screen_queue import QueueScreen

        return QueueScreen(self._station, self.actions_)

    def _build_search(self) -> SearchScreen:
        from desk_app.gui.screen_search import SearchScreen

        built = SearchScreen(self._station, self.actions_)
        built.place_wanted.connect(self._open_place)
        built.verification_wanted.connect(self._open_at_verification)
        return built

    def go(self, name: str) -> None:
        """Bring a screen to the front, if whoever sits here may see it."""
        if self._is_refused(f"go_{name}"):
            return
        screen = self.screen(name)
        self.stack.setCurrentWidget(screen)
        self.rail.mark(name)
        self._fill_menus(name)
        screen.activate()
        self._update_actions()

    def run(self, command: str) -> None:
        """Carry out a command: the shell's own, or the screen's in front."""
        if self._is_refused(command):
            return
        if command.startswith("go_"):
            self.go(command.removeprefix("go_"))
        elif command == "find":
            self.go(COUNTER)
            self.counter.run("find")
        elif command == "package":
            self._show_package()
        elif command in ("keys", "settings", "quit", "forget_pin", "lock", "people"):
            {
                "people": self._show_people,
                "lock": self._station.who.lock,
                "keys": self._show_keys, "settings": self._show_settings, "quit": self.close,
                "forget_pin": self._forget_pin,
            }[command]()  # fmt: skip
        else:
            self._screens[self.screen_name].run(command)

    def _update_actions(self) -> None:
        name = self.screen_name
        facts = self._screens[name].facts()
        if self._station.session.left_s > 0:
            facts.add("session")
        if self._station.who.people:
            facts.add("people")
        if self._station.desk is not None:
            facts.add("open")
        self.actions_.update(name, facts)

    def _open_at_counter(self, dossier_id: str) -> None:
        self.go(COUNTER)
        self.counter.open_dossier(dossier_id)

    def _open_place(self, place: Place) -> None:
        self.go(COUNTER)
        self.counter.open_place(place)

    def _open_at_verification(self, place: Place) -> None:
        self.go(VERIFY)
        self.verify.open_place(place)

    # --- who sits here -----------------------------------------------------------------------

    def _is_refused(self, command: str) -> bool:
        """Whether this person may not; says so."""
        why = self.actions_.refusal(command)
        if why and not self._station.who.is_locked:
            self._station.say("rights", "warn", why)
        return bool(why)

    def _show_who(self) -> None:
        """Another person or role: other commands, another name in the strip."""
        who = self._station.who
        if who.is_locked:
            log_in = self.tr("Log in first.")
            refused = dict.fromkeys(BY_ID, log_in)
        else:
            refused = {id: why for id, need in NEEDED.items() if (why := who.reason(need))}
        self.actions_.permit(refused)
        self.strip.set_person(who.described)
        self._update_actions()

    def allowed_screen(self, wanted: str) -> str:
        """This screen, or else the first that whoever sits here may see."""
        names = (wanted, *SCREENS)
        return next((name for name in names if not self.actions_.refusal(f"go_{name}")), wanted)

    def look_anew(self) -> None:
        """Somebody else sits here: what they see is their own look at it."""
        if VERIFY in self._screens:
            self.verify.look_anew()
        if SEARCH in self._screens:
            self.search.look_anew()

    def _open_called(self) -> None:
        code, self._called = self._called, None
        if code is not None:
            self.open_code(code)

    def open_code(self, code: str) -> None:
        """A second start asked for this dossier; behind a lock it waits for a person."""
        if self._station.who.is_locked:
            self._called = code
            return
        self.go(COUNTER)
        if code:
            self.counter.open_code(code, "")
        self.setWindowState(self.windowState() & ~Qt.WindowState.WindowMinimized)
        self.raise_()
        self.activateWindow()

    # --- what the station says ---------------------------------------------------------------

    def _on_opened(self) -> None:
        desk = self._station.desk
        if desk is not None:
            self.counter.on_opened(desk)
            self.strip.set_encrypted(not desk.store.vault.is_plain)
        self._show_station()

    def _on_changed(self) -> None:
        self._station.who.reread()
        self._screens[self.screen_name].refresh()
        desk = self._station.desk
        if desk is not None:
            self._station.read(partial(_queue_counts, desk.store), done=self._show_queue)

    def _show_queue(self, counts: dict[str, int]) -> None:
        waiting = sum(counts.get(state, 0) for state in ("queued", "waiting", "leased", "held"))
        self.strip.set_queue(waiting, counts.get("dead", 0))

    def _show_station(self) -> None:
        settings = self._station.settings
        self.strip.set_device(device_name(settings.device))
        self.strip.set_key(
            settings.key.partition(":")[2].rpartition("/")[2] or settings.key,
            demonstration=settings.is_demonstration,
        )

    def _on_notice(self, notice: Notice | None) -> None:
        if notice is None:
            self.banners.clear(NOTICE)
        else:
            self.banners.show_notice(notice)

    def _on_progress(self, progress: Progress) -> None:
        self._progress = progress
        self.strip.set_lane(self._lane_text(progress), progress.done, progress.total)

    def _lane_text(self, progress: Progress) -> str:
        words = {
            "scan": self.tr("Scanning"), "read": self.tr("Reading"),
            "assemble": self.tr("Sorting the papers"), "pdf": self.tr("Making PDF/A"),
            "sign": self.tr("Signing"), "upload": self.tr("Sending"),
        }  # fmt: skip
        word = words.get(progress.stage, progress.stage)
        if progress.stage == "upload" or not progress.total:
            return word
        return f"{word} {progress.done}/{progress.total}"

    def _on_busy(self) -> None:
        tasks = self._station.tasks
        if not any(tasks.is_busy(lane) for lane in (SCANNER, READ, TOKEN, UPLOAD)):
            self.strip.set_lane("", 0, None)
        elif tasks.is_busy(TOKEN) and (self._progress is None or self._progress.stage == "upload"):
            self.strip.set_lane(self.tr("Making PDF/A and signing"), 0, None)
        self._update_actions()

    # --- windows on top ----------------------------------------------------------------------

    def _show_package(self) -> None:
        from desk_app.gui.dialogs.package import PackageDialog

        code = self._screens[self.screen_name].sealed_code
        if code:
            self._open_dialog(PackageDialog(self._station, code, self))

    def _show_keys(self) -> None:
        from desk_app.gui.dialogs.keys import KeysDialog

        commands = self.actions_.valid(self.screen_name)
        if any(command.id == "scan" for command in commands):
            commands += self.counter.profiles.commands()
        self._open_dialog(KeysDialog(commands, self))

    def _show_settings(self) -> None:
        from desk_app.gui.dialogs.settings import SettingsDialog

        dialog = SettingsDialog(self._station.settings, self)
        dialog.accepted.connect(lambda: self.settings_chosen.emit(dialog.settings))
        dialog.mark_wanted.connect(lambda: self._show_mark(dialog))
        self._open_dialog(dialog)

    def _show_people(self) -> None:
        from desk_app.gui.dialogs.people import PeopleDialog

        self._open_dialog(PeopleDialog(self._station, self))

    def _show_mark(self, settings: SettingsDialog) -> None:
        from desk_app.gui.dialogs.mark import MarkDialog

        dialog = MarkDialog(self._station, settings.settings, settings)
        dialog.accepted.connect(lambda: settings.take_mark(dialog.settings))
        self._open_dialog(dialog)

    def _ask_pin(self, then: Callable[[], None]) -> None:
        from desk_app import tokens
        from desk_app.gui.dialogs.pin import PinDialog

        dialog = PinDialog(self._station.settings.key, self)
        alive = [dialog]
        dialog.finished.connect(lambda _: alive.clear())

        def on_accepted() -> None:
            self._station.session.begin(dialog.take(), last_try=dialog.last_try)
            then()

        def on_state(state: tokens.KeyState) -> None:
            for shown in alive:
                shown.show_state(state)

        def on_failed(problem: Problem) -> None:
            for shown in alive:
                shown.show_problem(f"{problem.text} {problem.next}")

        dialog.accepted.connect(on_accepted)
        self._station.inspect(tokens.state, self._station.settings, done=on_state, failed=on_failed)
        self._open_dialog(dialog)

    def _forget_pin(self) -> None:
        self._station.session.forget()
        self._station.say("session", "accent", self.tr("The PIN is forgotten."))

    def _show_session(self) -> None:
        self.strip.set_session(self._station.session.left_s)
        if self._station.session.left_s > 0:
            self._session_tick.start()
        else:
            self._session_tick.stop()
        self._update_actions()

    @staticmethod
    def _open_dialog(dialog: QDialog) -> None:
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()

    # --- life --------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self._was_painted:
            self._was_painted = True
            self.painted.emit()

    def closeEvent(self, event: QCloseEvent) -> None:
        self.counter.feeder.stop()
        if BATCH in self._screens:
            self.batch.feeder.stop()
        self.locking.close()
        if self._geometry is not None:
            self._geometry.setValue("geometry", self.saveGeometry())
        super().closeEvent(event)


def _queue_counts(store: Store) -> dict[str, int]:
    """Runs on a lane."""
    from desk_app.submission import queue

    return queue.counts(store)
