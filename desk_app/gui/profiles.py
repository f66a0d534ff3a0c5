"""The scan profiles of a screen: the one in use, the menu to choose from, their function keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint, Qt, Signal
from PySide6.QtGui import QAction, QActionGroup, QShortcut
from PySide6.QtWidgets import QMenu, QWidget

from desk_app.gui.commands import ANYWHERE, TABLE, Command, sequence
from desk_app.gui.i18n import pick

if TYPE_CHECKING:
    from desk_app.capture.scan_profiles import ScanProfile
    from desk_app.gui.station import Station
    from desk_app.gui.tasks import Problem

FLATBED_KEY = "F6"
USUAL_KEY = "F5"


class Profiles(QObject):
    """Named settings to scan with; F5 scans with the one that is chosen."""

    changed = Signal()
    wanted = Signal(object)
    """The function key of a profile was pressed: scan with it now."""

    def __init__(self, station: Station, screen: QWidget, name: str) -> None:
        super().__init__(screen)
        self._station = station
        self._screen = screen
        self._known: dict[str, ScanProfile] = {}
        self._current = ""
        self._shortcuts: list[QShortcut] = []
        self._taken = {
            key for c in TABLE if c.screen in (name, ANYWHERE) for key in c.keys
        }  # fmt: skip
        self.menu = QMenu(screen)
        self.menu.setAccessibleName(self.tr("Scan profiles"))

    def load(self) -> None:
        """Read the profiles; where a file is wrong the scanner's usual settings stay."""
        from desk_app.capture import scan_profiles

        desk = self._station.desk
        if desk is not None:
            self._station.read(
                scan_profiles.load_all, desk.data, done=self._on_loaded, failed=self._on_failed
            )

    def _on_failed(self, problem: Problem) -> None:
        self._station.tell(problem, key="profiles")

    def _on_loaded(self, known: dict[str, ScanProfile]) -> None:
        from desk_app.capture.scan_profiles import DEFAULT

        self._known = known
        usual = next((p.id for p in known.values() if p.key == USUAL_KEY), DEFAULT)
        if self._current not in known:
            self._current = usual if usual in known else next(iter(known), "")
        self._fill_menu()
        self._bind_keys()
        self.changed.emit()

    def _fill_menu(self) -> None:
        self.menu.clear()
        group = QActionGroup(self.menu)
        for profile in self._in_order():
            action = QAction(self.text_of(profile), self.menu)
            action.setCheckable(True)
            action.setChecked(profile.id == self._current)
            action.setData(profile.id)
            action.triggered.connect(lambda _on=False, id=profile.id: self.choose(id))
            group.addAction(action)
            self.menu.addAction(action)

    def _in_order(self) -> list[ScanProfile]:
        return sorted(self._known.values(), key=lambda p: (p.key is None, len(p.key or ""), p.key))

    def text_of(self, profile: ScanProfile) -> str:
        """Name, key, and whether it is locked."""
        text = pick(profile.name.vi, profile.name.en).replace("&", "&&")
        if profile.locked:
            text = self.tr("{profile} · locked").format(profile=text)
        key = profile.key if profile.key in self.keys or profile.key in (USUAL_KEY, FLATBED_KEY) \
            else None  # fmt: skip
        return f"{text}\t{key}" if key else text

    def _bind_keys(self) -> None:
        for shortcut in self._shortcuts:
            shortcut.deleteLater()
        self._shortcuts = []
        for key, profile in self.keys.items():
            shortcut = QShortcut(sequence(key), self._screen)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(lambda p=profile: self.wanted.emit(p))
            self._shortcuts.append(shortcut)

    @property
    def keys(self) -> dict[str, ScanProfile]:
        """Profiles by the function keys that no command of the screen has."""
        return {p.key: p for p in self._known.values() if p.key and p.key not in self._taken}

    def commands(self) -> list[Command]:
        """The function keys of the profiles, as the sheet of keys shows them."""
        words = self.tr("Scan with the profile “{profile}”")
        return [
            Command(f"profile {p.id}", words.format(profile=pick(p.name.vi, p.name.en)), (key,))
            for key, p in sorted(self.keys.items(), key=lambda each: (len(each[0]), each[0]))
        ]

    @property
    def current(self) -> ScanProfile | None:
        """The profile that F5 scans with; None for the scanner's usual settings."""
        return self._known.get(self._current)

    @property
    def all(self) -> dict[str, ScanProfile]:
        """Every profile by its id."""
        return dict(self._known)

    @property
    def flatbed(self) -> ScanProfile | None:
        """The profile of F6, else the first one for the glass."""
        glass = [p for p in self._known.values() if p.settings.source == "glass"]
        named = [p for p in self._known.values() if p.key == FLATBED_KEY]
        return next(iter(named or glass), None)

    @property
    def name(self) -> str:
        """The current profile as the header shows it."""
        profile = self.current
        if profile is None:
            return self.tr("Usual settings")
        text = pick(profile.name.vi, profile.name.en)
        return self.tr("{profile} · locked").format(profile=text) if profile.locked else text

    def choose(self, id: str) -> None:
        """Scan with this profile from now on."""
        if id in self._known:
            self._current = id
            self._fill_menu()
            self.changed.emit()

    def ask(self, place: QPoint) -> None:
        """Show the menu, with the current profile in hand."""
        self.menu.popup(place)
        marked = next((a for a in self.menu.actions() if a.isChecked()), None)
        if marked is not None:
            self.menu.setActiveAction(marked)
