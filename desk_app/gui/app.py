"""Start-up: window first, engines later; one window a data folder; nothing fails silently."""

from __future__ import annotations

import signal
import sys
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject, QSettings, Qt, QTimer, Signal
from PySide6.QtWidgets import QApplication

from desk_app import settings as station_settings
from desk_app.errors import DeskError, VaultLocked
from desk_app.gui import crash, i18n, theme
from desk_app.gui.instance import Instance
from desk_app.gui.main_window import MainWindow
from desk_app.gui.station import Station
from desk_app.gui.tasks import Problem, problem_of
from desk_app.settings import Settings

CHECK_MS = 200
"""How often Python gets a turn for Ctrl+C in a terminal."""
QUIT_SIGNALS = (signal.SIGINT, signal.SIGTERM)
"""Asked to go: what runs is stopped where it can go on later."""


class Desk(QObject):
    """The window and its station; both are built anew when language or station change."""

    crashed = Signal(str)

    def __init__(self, data: Path, settings: Settings, *, resume: bool = True) -> None:
        super().__init__()
        self._data = data
        self._settings = settings
        self._resume = resume
        self._geometry = QSettings(str(data / "window.ini"), QSettings.Format.IniFormat)
        self.crashed.connect(self._on_crash, Qt.ConnectionType.QueuedConnection)
        self.window: MainWindow | None = None
        self.station: Station | None = None

    def show(self) -> None:
        """Build and show the window; the desk opens after its first paint."""
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        i18n.install(app, self._settings.language)
        theme.apply(app, self._settings.theme)
        self.station = Station(self._data, self._settings, self)
        self.window = MainWindow(self.station, self._geometry)
        self.window.settings_chosen.connect(self._on_settings)
        self.window.painted.connect(
            lambda: QTimer.singleShot(0, self, self._open), Qt.ConnectionType.SingleShotConnection
        )
        self.window.show()

    def close(self) -> None:
        """End window and station."""
        if self.window is not None:
            self.window.close()
            self.window.deleteLater()
            self.window = None
        if self.station is not None:
            self.station.close()
            self.station.deleteLater()
            self.station = None

    def call(self, code: str) -> None:
        """A second start wants this window, perhaps with a dossier."""
        if self.window is not None:
            self.window.open_code(code)

    def _open(self) -> None:
        if self.station is not None:
            self.station.open(resume=self._resume)

    def _on_settings(self, chosen: Settings) -> None:
        try:
            station_settings.save(self._data, chosen)
            self._settings = station_settings.load(self._data)  # a policy may win over the choice
        except DeskError as fault:
            if self.station is not None:
                self.station.tell(problem_of(fault))
            return
        who = self.station.who if self.station is not None else None
        seated = who.person if who is not None and not who.is_locked else None
        self.close()
        self.show()
        if self.station is not None:
            self.station.who.stay(seated)

    def _on_crash(self, code: str) -> None:
        if self.station is not None:
            text = self.tr("The program met a fault ({code}).").format(code=code)
            after = self.tr("Saved pages are safe; you can go on. Tell the administrator the code.")
            self.station.tell(Problem(code, text, after), key="crash")


def main(data: Path, language: str | None = None, code: str = "") -> int:
    """Open the window on a data folder; returns the exit code.

    Args:
        data: the data folder; made when it is new.
        language: vi or en for this run, over the station's setting.
        code: a dossier to bring to the front.
    """
    app = QApplication.instance() or QApplication(sys.argv[:1])
    assert isinstance(app, QApplication)
    app.setApplicationName("one-stop-desk")
    instance = Instance(data)
    if not instance.is_first(code):
        return 0
    try:
        settings = station_settings.load(data)
        if not _unlocked(app, data, language or settings.language):
            fault = VaultLocked("a passphrase is needed", detail_vi="cần mật khẩu")
            return _refuse(fault, language or "vi")
    except DeskError as fault:
        return _refuse(fault, language or "vi")
    desk = Desk(data, replace(settings, language=language) if language else settings)
    crash.install(data / "logs", desk.crashed.emit)
    instance.called.connect(desk.call)
    before = [signal.signal(number, lambda *_: app.quit()) for number in QUIT_SIGNALS]
    ticking = QTimer()
    ticking.timeout.connect(_nothing)
    ticking.start(CHECK_MS)
    desk.show()
    try:
        return app.exec()
    finally:
        desk.close()
        instance.close()
        crash.uninstall()
        for number, handler in zip(QUIT_SIGNALS, before, strict=True):
            signal.signal(number, handler)


def _unlocked(app: QApplication, data: Path, language: str) -> bool:
    """Ask for the passphrase of the data where they are behind one; False where none was given."""
    from desk_app.store import vault

    if not vault.is_locked(data):
        return True
    from desk_app.gui.dialogs.passphrase import PassphraseDialog

    i18n.install(app, language)
    dialog = PassphraseDialog(data)
    given = dialog.exec() == PassphraseDialog.DialogCode.Accepted
    dialog.deleteLater()
    return given


def _refuse(fault: DeskError, language: str) -> int:
    """Settings that cannot be read are said before any window opens."""
    vi = language == "vi"
    print(f"{fault.vi if vi else fault.en} {fault.next_vi if vi else fault.next_en}",  # noqa: T201
          file=sys.stderr)  # fmt: skip
    return fault.exit_code


def _nothing() -> None:
    """A Python callback, so that the interpreter can deliver signals."""
