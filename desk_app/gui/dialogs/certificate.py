"""Whose certificate it is, by whom, until when: everything that two people compare by voice."""

from __future__ import annotations

from html import escape

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QTextBrowser,
    QVBoxLayout,
    QWidget,
)

from desk_app.gui import theme
from desk_app.gui.models.certificate import Section, as_text
from desk_app.gui.widgets.parts import label


class CertificateDialog(QDialog):
    """The text can be selected by mouse and keyboard; one button copies all of it."""

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Certificate details"))
        self.resize(720, 620)
        self._text = ""
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 16)
        column.setSpacing(12)
        column.addWidget(label(title, "title", wrap=True))
        self.browser = QTextBrowser()
        self.browser.setAccessibleName(self.tr("Certificate details"))
        self.browser.setOpenLinks(False)
        self.browser.setPlainText(self.tr("Reading the certificates…"))
        column.addWidget(self.browser, 1)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        self.copy = buttons.addButton(
            self.tr("&Copy all"), QDialogButtonBox.ButtonRole.ActionRole
        )  # fmt: skip
        self.copy.setEnabled(False)
        self.copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(self._text))
        buttons.rejected.connect(self.reject)
        column.addWidget(buttons)
        self.browser.setFocus()

    def show_sections(self, sections: list[Section]) -> None:
        """Show what was read."""
        self._text = as_text(sections)
        self.browser.setHtml("".join(_html(section) for section in sections))
        self.copy.setEnabled(True)

    def show_problem(self, text: str) -> None:
        """Say why there is nothing to show."""
        self.browser.setPlainText(text)


def _html(section: Section) -> str:
    muted = theme.current().muted
    rows = "".join(
        f'<tr><td style="color:{muted}; padding:3px 14px 3px 0">{escape(name)}</td>'
        f'<td style="padding:3px 0">{escape(value)}</td></tr>'
        for name, value in section.rows
    )
    return f'<h4 style="margin:12px 0 2px 0">{escape(section.title)}</h4><table>{rows}</table>'
