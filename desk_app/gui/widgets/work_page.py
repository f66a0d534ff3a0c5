"""The counter with a dossier open: header, the list of papers, the page, the paper's values."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from desk_app.gui.commands import COUNTER, Actions
from desk_app.gui.i18n import pick
from desk_app.gui.models import labels
from desk_app.gui.models.checklist import ChecklistModel
from desk_app.gui.models.pictures import Thumbnails
from desk_app.gui.models.snapshot import DossierView
from desk_app.gui.models.snapshot import PageView as PageFacts
from desk_app.gui.widgets.checklist_view import ChecklistView
from desk_app.gui.widgets.page_view import PageView
from desk_app.gui.widgets.paper_panel import PaperPanel
from desk_app.gui.widgets.parts import (
    ElidedLabel,
    label,
    push_button,
    restyle,
    set_chip,
    tool_button,
)

LIST_WIDTH, PANEL_WIDTH = 358, 318
ROOMY = 640
"""Width of the page view from which all its buttons fit beside its name."""


class WorkPage(QWidget):
    """Layout and keyboard order of the counter; decides nothing."""

    escaped = Signal()

    def __init__(
        self, actions: Actions, thumbnails: Thumbnails, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._actions = actions
        self.model = ChecklistModel(thumbnails, self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._build_header())
        column.addWidget(self._build_body(), 1)
        self.panel.form.finished.connect(self.list.setFocus)
        self.panel.card.left.connect(self.list.setFocus)
        self.panel.offers.left.connect(self.list.setFocus)

    def _build_header(self) -> QFrame:
        header = QFrame()
        header.setObjectName("Header")
        row = QHBoxLayout(header)
        row.setContentsMargins(18, 10, 14, 10)
        row.setSpacing(12)
        names = QVBoxLayout()
        names.setSpacing(1)
        self._code = label("", "title")
        self._code.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._about = ElidedLabel()
        self._about.setProperty("role", "muted")
        # As wide as its text, and narrower where a long name meets a small screen.
        self._about.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)
        names.addWidget(self._code)
        names.addWidget(self._about)
        row.addLayout(names)
        self._state = QLabel()
        row.addWidget(self._state, 0, Qt.AlignmentFlag.AlignVCenter)
        row.addStretch(1)
        self._feed = label("", "strong")
        row.addWidget(self._feed)
        for name in ("undo", "redo", "find", "go_search"):
            row.addWidget(tool_button(self._actions[name]))
        row.addSpacing(6)
        self.profile = push_button(self._actions["profile"])
        self.profile.setProperty("role", "flat")
        row.addWidget(self.profile)
        self._stop = push_button(self._actions["stop"])
        self._scan = push_button(self._actions["scan"], primary=True)
        row.addWidget(self._stop)
        row.addWidget(self._scan)
        self._stop.hide()
        return header

    def _build_body(self) -> QSplitter:
        self.list = ChecklistView(self.model)
        self.list.setAccessibleName(self.tr("Papers and pages of the dossier"))
        self.list.setMinimumWidth(266)
        self._actions.attach(self.list, COUNTER)
        self.panel = PaperPanel()
        self.panel.setMinimumWidth(256)
        self._build_foot()
        self.splitter = QSplitter(Qt.Orientation.Horizontal)
        self.splitter.setHandleWidth(1)
        self.splitter.setChildrenCollapsible(False)
        self.splitter.addWidget(self.list)
        self.splitter.addWidget(self._build_middle())
        self.splitter.addWidget(self.panel)
        self.splitter.setStretchFactor(1, 1)
        self.splitter.setSizes([LIST_WIDTH, 700, PANEL_WIDTH])
        self.splitter.splitterMoved.connect(self._fit_bar)
        return self.splitter

    def _fit_bar(self) -> None:
        """Where the page is narrow, its zoom keeps its keys and gives up its buttons."""
        roomy = self._middle.width() >= ROOMY
        for button in self._zoom:
            button.setVisible(roomy)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        QTimer.singleShot(0, self, self._fit_bar)

    def _build_middle(self) -> QWidget:
        middle = QWidget()
        middle.setMinimumWidth(280)
        column = QVBoxLayout(middle)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        bar = QFrame()
        bar.setObjectName("PageBar")
        row = QHBoxLayout(bar)
        row.setContentsMargins(12, 4, 8, 4)
        row.setSpacing(0)
        self._page = ElidedLabel()
        row.addWidget(self._page, 1)
        for name in ("rescan", "insert_here", "rotate_back", "rotate", "split", "merge",
                     "set_aside", "restore"):  # fmt: skip
            row.addWidget(tool_button(self._actions[name]))
        row.addSpacing(10)
        names = ("words", "zoom_out", "zoom_in", "fit_page", "fit_width")
        self._zoom = [tool_button(self._actions[name]) for name in names]
        for button in self._zoom:
            row.addWidget(button)
        column.addWidget(bar)
        self._middle = middle
        self.view = PageView()
        self._actions.attach(self.view, COUNTER)
        column.addWidget(self.view, 1)
        return middle

    def _build_foot(self) -> None:
        self._open_points = label("", "", wrap=True)
        self.panel.foot_row.addWidget(self._open_points, 1)
        self.panel.foot_row.addWidget(push_button(self._actions["finish"], primary=True))

    # --- content -----------------------------------------------------------------------------

    def show_view(self, view: DossierView) -> None:
        """The parts that speak of the whole dossier."""
        title = pick(view.procedure.title, view.procedure.title_en)
        self._code.setText(view.dossier.code)
        parts = (title, view.applicant, self._completeness(view))
        self._about.setText(" · ".join(part for part in parts if part))
        self._about.setToolTip(self._about.text())
        set_chip(self._state, *self._chip(view))
        self._show_open_points(view)
        self.model.show(view)

    def _chip(self, view: DossierView) -> tuple[str, str]:
        """Tone and word of the dossier's state, with what matters more than the state."""
        state = labels.dossier_state(view.dossier.state)
        if view.is_secret:
            return "bad", self.tr("SECRET · {state}").format(state=state.word)
        if view.purged_on:
            return state.tone, self.tr("{state} · only in the store").format(state=state.word)
        return state.tone, state.word

    def _completeness(self, view: DossierView) -> str:
        found = view.standings
        if found is None or not found.required or view.papers_awaited:
            return ""
        text = self.tr("{there} of {required} required papers")
        return text.format(there=found.there, required=found.required)

    def _show_open_points(self, view: DossierView) -> None:
        total, blocking = len(view.exceptions), len(view.blocking)
        if view.is_sealed:
            text, tone = self.tr("Signed: nothing can be changed any more."), "muted"
        elif not view.pages:
            text, tone = "", "muted"
        elif view.unread:
            text, tone = self.tr("%n page(s) still being read", None, view.unread), "accent"
        elif blocking:
            text, tone = self.tr("%n point(s) need your decision (F3)", None, blocking), "bad"
        elif total:
            text, tone = self.tr("%n point(s) to look at (F3)", None, total), "warn"
        else:
            text, tone = self.tr("All papers are complete."), "ok"
        self._open_points.setText(text)
        restyle(self._open_points, "tone", tone)

    def show_page_facts(self, page: PageFacts | None) -> None:
        """What is known of the page in front."""
        if page is None:
            self._page.setText("")
            return
        parts = [labels.page_name(page)]
        if page.problems:
            parts.append(", ".join(labels.page_problem(p) for p in page.problems))
        self._page.setText(" · ".join(parts))
        dpi = self.tr("{dpi} dots per inch").format(dpi=page.dpi)
        self._page.setToolTip(" · ".join([*parts, dpi]))

    def show_stored(self) -> None:
        """The page in front is one of another dossier, shown before it is taken."""
        self._page.setText(self.tr("Stored paper of another dossier, page 1"))
        self._page.setToolTip("")

    def show_feeding(self, feeding: bool, text: str) -> None:
        """Whether paper is moving, and how much of it has landed."""
        self._stop.setVisible(feeding)
        self._scan.setVisible(not feeding)
        self._feed.setText(text)

    def show_profile(self, name: str) -> None:
        """What F5 scans with."""
        self.profile.setText(f"{name} ▾".replace("&", "&&"))
        self.profile.setAccessibleName(self.tr("Scan profile: {name}").format(name=name))

    def focusNextPrevChild(self, forward: bool) -> bool:
        """Tab goes round the values only; the page has single keys of its own."""
        if self.panel.card.reason.hasFocus() and self.panel.form.focus_field():
            return True
        return self.panel.form.cycle(1 if forward else -1) or super().focusNextPrevChild(forward)
