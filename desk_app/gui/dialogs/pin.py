"""Asks for the PIN or passphrase of the signing key; it stays in memory for one session.

What the token says of its tries stands above the field before anything is typed: few left warns,
the last one has to be confirmed by typing the token's name, a locked one takes no PIN at all.
"""

from __future__ import annotations

from datetime import UTC, datetime

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFrame,
    QLabel,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from desk_app.gui.i18n import pick
from desk_app.gui.station import SESSION_S
from desk_app.gui.widgets.parts import label, restyle
from desk_app.tokens import KeyState

SOON_DAYS = 30


class PinDialog(QDialog):
    """A masked field; no input method sees what is typed."""

    def __init__(self, key_name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state: KeyState | None = None
        self.setWindowTitle(self.tr("Signing key"))
        self.setMinimumWidth(460)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 16)
        column.setSpacing(10)
        column.addWidget(label(self.tr("PIN or passphrase of the signing key"), "title", wrap=True))
        self._key = label(key_name, "muted", wrap=True)
        column.addWidget(self._key)
        column.addWidget(self._build_state())
        self.field = self._secret_field()
        column.addWidget(self.field)
        self._build_confirmation(column)
        text = self.tr("It is kept in memory for {minutes} minutes and never written down.")
        self._kept = label(text.format(minutes=int(SESSION_S // 60)), "caption", wrap=True)
        column.addWidget(self._kept)
        buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel
        )
        self.ok = buttons.button(QDialogButtonBox.StandardButton.Ok)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        column.addWidget(buttons)
        self.field.setFocus()
        self._check()

    def _build_state(self) -> QFrame:
        self._plate = QFrame()
        inner = QVBoxLayout(self._plate)
        inner.setContentsMargins(12, 8, 12, 8)
        self._words = label(self.tr("Asking the key how it stands…"), "", wrap=True)
        inner.addWidget(self._words)
        restyle(self._plate, "notice", "accent")
        return self._plate

    def _secret_field(self) -> QLineEdit:
        field = QLineEdit()
        field.setEchoMode(QLineEdit.EchoMode.Password)
        field.setInputMethodHints(
            Qt.InputMethodHint.ImhHiddenText | Qt.InputMethodHint.ImhSensitiveData
        )
        field.setAccessibleName(self.tr("PIN or passphrase of the signing key"))
        field.textChanged.connect(self._check)
        return field

    def _build_confirmation(self, column: QVBoxLayout) -> None:
        self._ask = QLabel()
        self._ask.setWordWrap(True)
        self.confirmation = QLineEdit()
        self.confirmation.textChanged.connect(self._check)
        self._ask.setBuddy(self.confirmation)
        for part in (self._ask, self.confirmation):
            part.hide()
            column.addWidget(part)

    # --- what the key says -------------------------------------------------------------------

    def show_state(self, state: KeyState) -> None:
        """Say how the key stands; only now may a PIN be sent."""
        self._state = state
        tone, text = self._sentence(state)
        self._words.setText(text)
        restyle(self._plate, "notice", tone)
        self._plate.setVisible(bool(text))
        self._key.setText(self._described(state))
        takes_pin = state.is_ready and state.tries != "none"
        self.field.setVisible(takes_pin)
        self._kept.setVisible(state.is_ready)
        last = state.tries == "one"
        self._ask.setText(self.tr("Type {label} to use the &last try:").format(label=state.label))
        self._ask.setVisible(last)
        self.confirmation.setVisible(last)
        self._check()
        self.adjustSize()

    def show_problem(self, text: str) -> None:
        """The key could not be asked at all."""
        self._words.setText(text)
        restyle(self._plate, "notice", "bad")

    def _sentence(self, state: KeyState) -> tuple[str, str]:
        if state.problem is not None:
            return "bad", pick(state.problem.vi, state.problem.en)
        if state.tries == "low":
            return "warn", self.tr("A wrong PIN was entered before. A few more wrong ones lock the "
                                   "token: check the PIN before you type it.")  # fmt: skip
        if state.tries == "one":
            return "bad", self.tr("ONE try is left. A wrong PIN now locks the token for good. If "
                                  "you are not sure, cancel and ask the issuer.")  # fmt: skip
        if state.tries == "none":
            return "accent", self.tr("No PIN is typed here: the token is open already, or it has "
                                     "a keypad of its own.")  # fmt: skip
        return "", ""

    def _described(self, state: KeyState) -> str:
        parts = [state.label, state.holder]
        if state.ends is not None:
            days = (state.ends - datetime.now(UTC)).days
            text = self.tr("certificate until {date}")
            parts.append(text.format(date=state.ends.astimezone().strftime("%d/%m/%Y")))
            if days <= SOON_DAYS:
                parts.append(self.tr("%n day(s) left", None, max(0, days)))
        return " · ".join(part for part in parts if part)

    # --- the answer --------------------------------------------------------------------------

    @property
    def last_try(self) -> bool:
        """Whether the officer confirmed the use of the last try."""
        state = self._state
        return (
            state is not None
            and state.tries == "one"
            and self.confirmation.text().strip() == state.label
        )

    def _check(self) -> None:
        state = self._state
        ready = state is not None and state.is_ready
        if state is not None and state.tries == "one":
            ready = ready and self.last_try
        if state is not None and state.tries != "none":
            ready = ready and bool(self.field.text())
        self.ok.setEnabled(ready)

    def take(self) -> bytearray:
        """What was typed; the field is emptied."""
        secret = bytearray(self.field.text(), "utf-8")
        self.field.clear()
        return secret
