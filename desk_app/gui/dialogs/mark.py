"""The visible mark: which profile, with which values, and where, as it will be on a real page."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer
from PySide6.QtGui import QImage
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from desk_app import inspection, signatures
from desk_app.gui.i18n import pick
from desk_app.gui.models.pictures import Picture, picture_of
from desk_app.gui.station import Station
from desk_app.gui.tasks import INSPECT, Problem
from desk_app.gui.widgets.mark_form import MarkForm
from desk_app.gui.widgets.mark_view import MarkView
from desk_app.gui.widgets.parts import label, restyle
from desk_app.inspection import MarkPicture
from desk_app.settings import DEMONSTRATION

if TYPE_CHECKING:
    from desk_app.jobs import Workers
    from desk_app.settings import Settings
    from desk_app.store.database import Store
    from signing.appearance.profile import Appearance, Choice

PAUSE_MS = 200
"""Keys and letters that follow each other are drawn once; input methods send letters twice."""
CORNERS = ("top-right", "top-left", "bottom-right", "bottom-left")
"""Only a mark in a corner may be moved: the others follow the law's place on the page."""


class MarkDialog(QDialog):
    """Edits a copy; `settings` is what was chosen. Drawing runs in the inspecting process."""

    def __init__(self, station: Station, settings: Settings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._station = station
        self._before = settings
        self._paper: Path | None = None
        self._place = settings.place_of_mark
        self._shown: MarkPicture | None = None
        self._busy = self._again = False
        self._closed = False
        self._choices = _choices(settings)
        self.setWindowTitle(self.tr("Mark on the page"))
        self.resize(980, 700)
        row = QHBoxLayout(self)
        row.setContentsMargins(24, 20, 24, 16)
        row.setSpacing(20)
        row.addWidget(self._build_left())
        row.addWidget(self._build_view(), 1)
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.timeout.connect(self._draw)
        self.finished.connect(self._on_finished)
        self._show_profile()
        desk = station.desk
        if desk is not None:
            station.read(_newest_paper, desk.store, done=self._on_paper)

    # --- construction ------------------------------------------------------------------------

    def _build_left(self) -> QWidget:
        left = QWidget()
        left.setFixedWidth(320)
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(10)
        column.addWidget(label(self.tr("Mark on the page"), "title"))
        self.profile = QComboBox()
        self.profile.setAccessibleName(self.tr("Profile of the mark"))
        for each in self._choices:
            self.profile.addItem(pick(each.title_vi, each.title_en), each.name)
        usual = DEMONSTRATION if self._before.is_demonstration else "electronic_copy"
        chosen = self.profile.findData(self._before.sign_profile or usual)
        self.profile.setCurrentIndex(max(0, chosen))
        self.profile.currentIndexChanged.connect(self._on_profile)
        column.addWidget(self.profile)
        self.form = MarkForm()
        self.form.changed.connect(self._soon)
        column.addWidget(self.form)
        self.hint = label("", "caption", wrap=True)
        column.addWidget(self.hint)
        self.reset = QPushButton(self.tr("&The profile's own place"))
        self.reset.clicked.connect(self._on_reset)
        column.addWidget(self.reset)
        self.said = label("", "", wrap=True)
        column.addWidget(self.said)
        column.addStretch(1)
        buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Save | QDialogButtonBox.StandardButton.Cancel
        )
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        column.addWidget(buttons)
        return left

    def _build_view(self) -> MarkView:
        self.view = MarkView()
        self.view.dropped.connect(self._on_dropped)
        self.view.nudged.connect(self._on_nudged)
        return self.view

    # --- what is chosen ----------------------------------------------------------------------

    @property
    def _choice(self) -> Choice:
        return self._choices[self.profile.currentIndex()]

    @property
    def _look(self) -> Appearance | None:
        return next((look for _, look in self._choice.marks), None)

    @property
    def settings(self) -> Settings:
        """The settings as they stand in the dialog."""
        values = tuple(f"{name}={value}" for name, value in self.form.values.items())
        place = ""
        if self._place is not None:
            page, left, top = self._place
            place = f"{page} {left:.1f} {top:.1f}"
        return replace(
            self._before, sign_profile=self._choice.name, mark_values=values, mark_place=place
        )

    def _on_profile(self, _index: int) -> None:
        self._place = None  # another mark has another place of its own
        self._show_profile()

    def _show_profile(self) -> None:
        look = self._look
        self.form.ask(look, self._before.values_of_mark)
        movable = look is not None and look.corner in CORNERS
        self.view.movable = movable
        self.reset.setVisible(movable)
        if movable:
            hint = self.tr("Drag the mark, or move it with the arrow keys: 1 mm, with Shift 5 mm.")
        elif look is not None:
            hint = self.tr("This mark stands where the signature or the name is printed.")
        else:
            hint = self.tr("This profile signs without a visible mark.")
        self.hint.setText(hint)
        self._soon()

    def _on_reset(self) -> None:
        self._place = None
        self._soon()

    def _on_dropped(self, dx: float, dy: float) -> None:
        size = self.view.picture_size
        if size is not None and self._shown is not None:
            width, height = self._shown.page_mm
            self._on_nudged(dx / size[0] * width, dy / size[1] * height)

    def _on_nudged(self, dx_mm: float, dy_mm: float) -> None:
        shown = self._shown
        if shown is None:
            return
        page, left, top = self._place or (shown.page, shown.left_mm, shown.top_mm)
        x0, y0, x1, y1 = shown.box
        width, height = shown.page_mm
        right, lower = width * (1 - (x1 - x0)), height * (1 - (y1 - y0))
        self._place = (page, min(max(0.0, left + dx_mm), right), min(max(0.0, top + dy_mm), lower))
        self._soon()

    # --- drawing -----------------------------------------------------------------------------

    def _on_paper(self, paper: Path | None) -> None:
        self._paper = paper
        self._soon()

    def _soon(self) -> None:
        self._pause.start(PAUSE_MS)

    def _draw(self) -> None:
        if self._busy:
            self._again = True
            return
        if self._look is None:
            self._shown = None
            self.view.show_notice(self.hint.text())
            self._say("", "")
            return
        self._busy, self._again = True, False
        values = {"signer": self.tr("Signer's name"), "agency": self._before.agency}
        values |= signatures.mark_values(self.settings, self._choice.name)
        self._station.tasks.submit(
            INSPECT, _drawn, self._station.inspector, self._paper, self._choice.name, values,
            self._place, done=self._on_drawn, failed=self._on_failed,
        )  # fmt: skip

    def _on_drawn(self, found: tuple[MarkPicture, Picture]) -> None:
        if not self._rested():
            return
        shown, picture = found
        self._shown = shown
        self.view.show_picture(picture)
        width, height = picture.full.width(), picture.full.height()
        x0, y0, x1, y1 = shown.box
        box = (round(x0 * width), round(y0 * height), round(x1 * width), round(y1 * height))
        self.view.show_mark(box, "warn" if shown.covers_print else "accent")
        place = self.tr("Page {page}, {left} mm from the left, {top} mm from the top.")
        words = place.format(
            page=shown.page + 1, left=f"{shown.left_mm:.0f}", top=f"{shown.top_mm:.0f}"
        )
        lies_on_print = self.tr("It lies on print: choose another place.")
        tone, warning = ("warn", lies_on_print) if shown.covers_print else ("", "")
        self._say(tone, f"{words} {warning}".strip())

    def _on_failed(self, problem: Problem) -> None:
        if self._rested():
            self._shown = None
            self.view.show_notice(problem.text)
            self.view.show_mark(None, "")
            self._say("bad", f"{problem.text} {problem.next}")

    def _rested(self) -> bool:
        """Whether the answer is still wanted; what was changed meanwhile is drawn next."""
        self._busy = False
        if self._again and not self._closed:
            self._soon()
        return not self._closed

    def _say(self, tone: str, text: str) -> None:
        self.said.setText(text)
        restyle(self.said, "tone", tone)

    def _on_finished(self, _result: int) -> None:
        self._closed = True
        self._pause.stop()


def _choices(settings: Settings) -> list[Choice]:
    """Profiles with one signer; the demonstration's own only for its key."""
    from signing.appearance.profile import choices

    return [
        each for each in choices()
        if len(each.marks) <= 1 and (each.name != DEMONSTRATION or settings.is_demonstration)
    ]  # fmt: skip


def _newest_paper(store: Store) -> Path | None:
    """Runs on a lane: the newest archival file of the store."""
    row = store.row(
        "SELECT pdf_sha256 FROM document WHERE pdf_sha256 IS NOT NULL ORDER BY rowid DESC LIMIT 1"
    )
    path = store.blobs.path(row["pdf_sha256"]) if row else None
    return path if path is not None and path.is_file() else None


def _drawn(
    workers: Workers, paper: Path | None, profile: str, values: dict[str, str],
    place: tuple[int, float, float] | None,
) -> tuple[MarkPicture, Picture]:  # fmt: skip
    """Runs on a lane; the document itself is opened in a worker process."""
    found = workers.submit(inspection.mark, paper, profile, values, place).result()
    image = QImage.fromData(found.png, "PNG")
    return found, picture_of(image, (str(paper), found.page))
