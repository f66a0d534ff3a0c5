"""The people of the station: who there is, in which role; for administrators.

The same as `desk people`. On a one-person station the first administrator is entered here; the
window then locks at once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from desk_app.gui.i18n import pick, show_time
from desk_app.gui.tasks import Problem
from desk_app.gui.widgets.parts import label, restyle
from desk_app.store import people, pins, rights
from desk_app.store.people import Person

if TYPE_CHECKING:
    from desk_app.gui.station import Station
    from desk_app.store.database import Store

LANE = "people"
ROW_HEIGHT, ROWS = 32, 7


class PeopleDialog(QDialog):
    """A list, a form, and what can be done with the person in front."""

    def __init__(self, station: Station, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._station = station
        self._known: list[Person] = []
        self.setWindowTitle(self.tr("People of this station"))
        self.setMinimumWidth(700)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 16)
        column.setSpacing(10)
        column.addWidget(label(self.tr("People of this station"), "title"))
        text = self.tr("Nobody is deleted: the audit chain names everybody for ever.")
        column.addWidget(label(text, "muted"))
        self.list = QListWidget()
        self.list.setAccessibleName(self.tr("People"))
        self.list.setFixedHeight(ROWS * ROW_HEIGHT + 4)
        self.list.currentRowChanged.connect(lambda _: self._check())
        column.addWidget(self.list)
        column.addLayout(self._build_for_one())
        column.addLayout(self._build_form())
        self.hint = label("", "", wrap=True)
        column.addWidget(self.hint)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        self.add = buttons.addButton(self.tr("&Add"), QDialogButtonBox.ButtonRole.ActionRole)
        self.add.setProperty("role", "primary")
        self.add.clicked.connect(self._add)
        buttons.rejected.connect(self.reject)
        column.addWidget(buttons)
        self._check()
        self.refresh()
        self.name.setFocus()

    def _build_for_one(self) -> QHBoxLayout:
        """What is done with the person in front."""
        row = QHBoxLayout()
        self.role_of = QPushButton(self.tr("Give the &role below"))
        self.pin_of = QPushButton(self.tr("Set the &PIN below"))
        self.unlock = QPushButton(self.tr("End the &wait"))
        self.let_in = QPushButton()
        for button, act in (
            (self.role_of, self._set_role), (self.pin_of, self._set_pin),
            (self.unlock, self._unlock), (self.let_in, self._turn),
        ):  # fmt: skip
            button.setAutoDefault(False)
            button.clicked.connect(act)
            row.addWidget(button)
        return row

    def _build_form(self) -> QFormLayout:
        form = QFormLayout()
        form.setHorizontalSpacing(18)
        self.name, self.role = QLineEdit(), QComboBox()
        self.name.setMaxLength(people.LONGEST_NAME)
        for role in rights.table().roles.values():
            self.role.addItem(pick(role.title.vi, role.title.en), role.id)
        self.role.setCurrentIndex(self.role.findData(rights.ADMINISTRATOR))  # of the first one
        self.pin, self.again = _secret(), _secret()
        form.addRow(self.tr("&Name"), self.name)
        form.addRow(self.tr("R&ole"), self.role)
        form.addRow(self.tr("PIN (&6 characters or more)"), self.pin)
        form.addRow(self.tr("PIN once &more"), self.again)
        for field in (self.name, self.pin, self.again):
            field.textChanged.connect(self._check)
        return form

    # --- what is shown -----------------------------------------------------------------------

    def refresh(self) -> None:
        """Read the people anew."""
        desk = self._station.desk
        if desk is not None:
            self._station.read(people.everybody, desk.store, done=self._show)

    def _show(self, found: Sequence[Person]) -> None:
        row = max(0, self.list.currentRow())
        if found and not self._known:
            self.role.setCurrentIndex(0)
        self._known = list(found)
        self.list.clear()
        for each in self._known:
            item = QListWidgetItem(self._described(each))
            item.setSizeHint(QSize(0, ROW_HEIGHT))
            self.list.addItem(item)
        self.list.setCurrentRow(min(row, len(self._known) - 1))
        self._check()

    def _described(self, person: Person) -> str:
        title = rights.table().roles[person.role].title
        parts = [person.name, pick(title.vi, title.en)]
        if person.is_disabled:
            parts.append(self.tr("let in no more"))
        elif pins.wait_s(person.failures):
            parts.append(self.tr("%n wrong PIN(s)", None, person.failures))
        elif person.last_login:
            parts.append(self.tr("last here {time}").format(time=show_time(person.last_login)))
        return "   ·   ".join(parts)

    def _person(self) -> Person | None:
        row = self.list.currentRow()
        return self._known[row] if 0 <= row < len(self._known) else None

    def _check(self) -> None:
        person = self._person()
        typed = len(self.pin.text()) >= pins.SHORTEST and self.pin.text() == self.again.text()
        self.role.setEnabled(bool(self._known))
        self.add.setEnabled(typed and bool(self.name.text().strip()))
        self.pin_of.setEnabled(typed and person is not None)
        self.role_of.setEnabled(person is not None)
        self.unlock.setEnabled(person is not None and person.failures > 0)
        self.let_in.setEnabled(person is not None)
        is_out = person is not None and person.is_disabled
        self.let_in.setText(self.tr("Let in a&gain") if is_out else self.tr("&Let in no more"))

    # --- what is done ------------------------------------------------------------------------

    def _add(self) -> None:
        self._carry_out(people.add, self.name.text(), self.role.currentData(), self._take_pin())

    def _set_role(self) -> None:
        self._for_one(people.set_role, self.role.currentData())

    def _set_pin(self) -> None:
        self._for_one(people.set_pin, self._take_pin())

    def _unlock(self) -> None:
        self._for_one(people.unlock)

    def _turn(self) -> None:
        person = self._person()
        if person is not None:
            self._for_one(people.set_disabled, not person.is_disabled)

    def _for_one(self, change: Callable[..., object], *args: object) -> None:
        person = self._person()
        if person is not None:
            self._carry_out(change, person.id, *args)

    def _carry_out(self, change: Callable[..., object], *args: object) -> None:
        desk = self._station.desk
        if desk is not None:
            self._station.tasks.submit(
                LANE, partial(_carry_out, desk.store, change), *args, done=self._on_done,
                failed=self._on_failed,
            )  # fmt: skip

    def _take_pin(self) -> bytearray:
        pin = bytearray(self.pin.text(), "utf-8")
        self.pin.clear()
        self.again.clear()
        return pin

    def _on_done(self, found: list[Person]) -> None:
        self.name.clear()
        self._say("ok", self.tr("Done."))
        self._show(found)

    def _on_failed(self, problem: Problem) -> None:
        self._say("bad", f"{problem.text} {problem.next}")
        self.refresh()

    def _say(self, tone: str, text: str) -> None:
        self.hint.setText(text)
        restyle(self.hint, "tone", tone)


def _secret() -> QLineEdit:
    field = QLineEdit()
    field.setEchoMode(QLineEdit.EchoMode.Password)
    field.setMaxLength(pins.LONGEST)
    field.setInputMethodHints(
        Qt.InputMethodHint.ImhHiddenText | Qt.InputMethodHint.ImhSensitiveData
    )
    return field


def _carry_out(store: Store, change: Callable[..., object], *args: object) -> list[Person]:
    """Runs on a lane."""
    people.require(store, "people")
    change(store, *args)
    return people.everybody(store)
