"""The few settings an operator changes: language, colours, scanner, signing key."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from desk_app.gui.widgets.parts import label

if TYPE_CHECKING:
    from desk_app.settings import Settings

LOCK_AFTER = (0, 2, 5, 10, 15, 30, 60)
"""Minutes to choose from; another one in the settings' file stays among them."""
KEEP_FOR = (0, 30, 90, 180, 365)
"""Days to choose from, in the same way; 0 is for ever."""


class SettingsDialog(QDialog):
    """Edits a copy; `settings` is what was chosen."""

    mark_wanted = Signal()
    """Open the dialog of the visible mark."""

    def __init__(self, settings: Settings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._before = settings
        self.setWindowTitle(self.tr("Settings"))
        self.setMinimumWidth(520)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 16)
        column.setSpacing(14)
        column.addWidget(label(self.tr("Settings"), "title"))
        form = QFormLayout()
        form.setHorizontalSpacing(18)
        form.setVerticalSpacing(10)
        self.language = self._choice(settings.language, [("vi", "Tiếng Việt"), ("en", "English")])
        themes = [("system", self.tr("As the system")), ("light", self.tr("Light")),
                  ("dark", self.tr("Dark"))]  # fmt: skip
        self.theme = self._choice(settings.theme, themes)
        self.agency = QLineEdit(settings.agency)
        self.device = QLineEdit(settings.device)
        self.device.setToolTip("simulated:   sane:NAME   escl:http://HOST/eSCL   folder:PATH")
        self.key = QLineEdit(settings.key)
        self.key.setToolTip("demonstration   p12:FILE   pkcs11:MODULE?token=LABEL")
        form.addRow(self.tr("&Language"), self.language)
        form.addRow(self.tr("&Colours"), self.theme)
        form.addRow(self.tr("&Agency"), self.agency)
        form.addRow(self.tr("&Scanner"), self.device)
        form.addRow(self.tr("Signing &key"), self.key)
        profiles = [
            ("jpeg", self.tr("The scanner's own picture")),
            ("mrc", self.tr("Small files (text, colours and paper apart)")),
            ("bilevel", self.tr("Black and white")),
        ]
        self.pdf_profile = self._choice(settings.pdf_profile, profiles)
        form.addRow(self.tr("A&rchival pictures"), self.pdf_profile)
        self.mark = QPushButton(self.tr("&Mark on the page…"))
        self.mark.clicked.connect(self.mark_wanted)
        form.addRow(self.tr("Visible mark"), self.mark)
        self.approval = QCheckBox(self.tr("Signed files wait for the supervisor's appro&val"))
        self.approval.setChecked(settings.approve_before_upload)
        form.addRow(self.approval)
        self._build_people(form, settings)
        self._build_retention(form, settings)
        column.addLayout(form)
        hint = self.tr("Scanner: simulated:, sane:NAME or escl:ADDRESS. Key: demonstration, "
                       "p12:FILE or pkcs11:MODULE?token=LABEL.")  # fmt: skip
        column.addWidget(label(hint, "caption", wrap=True))
        buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Save | QDialogButtonBox.StandardButton.Cancel
        )
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        column.addWidget(buttons)

    def _build_people(self, form: QFormLayout, settings: Settings) -> None:
        """What matters where people log in."""
        self.four_eyes = QCheckBox(self.tr("&Four eyes: nobody approves a dossier of their own"))
        self.four_eyes.setChecked(settings.four_eyes)
        form.addRow(self.four_eyes)
        never = self.tr("Never by itself")
        minutes = sorted({*LOCK_AFTER, settings.lock_minutes})
        words = [
            (str(n), self.tr("after %n minute(s) without a key", None, n) if n else never)
            for n in minutes
        ]
        self.lock_minutes = self._choice(str(settings.lock_minutes), words)
        form.addRow(self.tr("Lock &the screen"), self.lock_minutes)

    def _build_retention(self, form: QFormLayout, settings: Settings) -> None:
        """What the store has need not stay here; nothing goes unless somebody chose it."""
        days = sorted({*KEEP_FOR, settings.keep_days})
        for_ever = self.tr("Kept for ever")
        words = [
            (str(n), self.tr("Removed after %n day(s)", None, n) if n else for_ever) for n in days
        ]
        self.keep_days = self._choice(str(settings.keep_days), words)
        self.keep_days.setToolTip(
            self.tr("Only dossiers of which every paper has the store's matching receipt.")
        )
        form.addRow(self.tr("Copies &here after the receipt"), self.keep_days)

    def take_mark(self, chosen: Settings) -> None:
        """Take over what was chosen for the visible mark."""
        self._before = replace(
            self._before, sign_profile=chosen.sign_profile, mark_values=chosen.mark_values,
            mark_place=chosen.mark_place,
        )  # fmt: skip

    @staticmethod
    def _choice(value: str, choices: list[tuple[str, str]]) -> QComboBox:
        box = QComboBox()
        for name, text in choices:
            box.addItem(text, name)
        box.setCurrentIndex(max(0, box.findData(value)))
        return box

    @property
    def settings(self) -> Settings:
        """The settings as they stand in the dialog."""
        return replace(
            self._before,
            language=str(self.language.currentData()),
            theme=str(self.theme.currentData()),
            agency=self.agency.text().strip() or self._before.agency,
            device=self.device.text().strip() or self._before.device,
            key=self.key.text().strip() or self._before.key,
            pdf_profile=str(self.pdf_profile.currentData()),
            approve_before_upload=self.approval.isChecked(),
            four_eyes=self.four_eyes.isChecked(),
            lock_minutes=int(self.lock_minutes.currentData()),
            keep_days=int(self.keep_days.currentData()),
        )
