"""The queue: what still has to be sent, what was given up and why, what the store confirmed."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QSize, Qt, Signal
from PySide6.QtGui import QGuiApplication, QPainter
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QMessageBox,
    QStackedLayout,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from desk_app.gui import icons, theme
from desk_app.gui.commands import QUEUE, Actions
from desk_app.gui.i18n import show_time
from desk_app.gui.models import queue as outbox_model
from desk_app.gui.models.queue import RETRIABLE, ROLE_ITEM, Outbox, QueueModel, Upload
from desk_app.gui.rereading import Rereading
from desk_app.gui.station import Station
from desk_app.gui.widgets.bars import Bars
from desk_app.gui.widgets.parts import EmptyState, label, push_button, restyle, set_chip
from desk_app.gui.widgets.rows import Rows
from desk_app.gui.widgets.waits_strip import WaitsStrip

ROW_HEIGHT = 38
QUEUE_LANE = "queue"


class StateDelegate(QStyledItemDelegate):
    """The state with its symbol."""

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        super().paint(painter, option, index)
        item = index.data(ROLE_ITEM)
        rect = option.rect  # type: ignore[attr-defined]
        state = item.shown_state
        ratio = painter.device().devicePixelRatioF()
        mark = icons.pixmap(state.icon, state.tone, 18, ratio)
        painter.drawPixmap(rect.left() + 12, rect.top() + (rect.height() - 18) // 2, mark)
        painter.setPen(theme.colour(state.tone))
        painter.drawText(rect.adjusted(38, 0, -4, 0), Qt.AlignmentFlag.AlignVCenter, state.word)

    def initStyleOption(
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        super().initStyleOption(option, index)
        option.text = ""  # type: ignore[attr-defined]

    def sizeHint(
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        text = index.data(ROLE_ITEM).shown_state.word
        metrics = option.fontMetrics  # type: ignore[attr-defined]
        return QSize(metrics.horizontalAdvance(text) + 54, ROW_HEIGHT)


class QueueScreen(QWidget):
    """Shows the outbox; sending itself runs on the upload lane."""

    facts_changed = Signal()
    dossier_wanted = Signal(str)

    def __init__(self, station: Station, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._station = station
        self._actions = actions
        self._reading = Rereading(station, self._on_read)
        self._item: Upload | None = None
        self.model = QueueModel(self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        self.waits = WaitsStrip()
        column.addWidget(self.waits)
        self._stack = QStackedLayout()
        column.addLayout(self._stack, 1)
        self._empty = EmptyState(
            "queue", self.tr("Nothing to send"),
            self.tr("Signed files wait here until the store has confirmed each of them."),
        )  # fmt: skip
        self._stack.addWidget(self._empty)
        self._stack.addWidget(self._build_body())
        self.table.selectionModel().currentRowChanged.connect(self._on_current)

    def _build_body(self) -> QWidget:
        body = QWidget()
        column = QVBoxLayout(body)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        header = QFrame()
        header.setObjectName("Header")
        row = QHBoxLayout(header)
        row.setContentsMargins(18, 12, 14, 12)
        row.setSpacing(8)
        row.addWidget(label(self.tr("Queue"), "title"))
        row.addSpacing(8)
        self._chips = QHBoxLayout()
        self._chips.setSpacing(6)
        row.addLayout(self._chips)
        row.addStretch(1)
        row.addWidget(label(self.tr("Waited, by hour"), "caption"))
        self.hours = Bars(self.tr("Files that waited, by hour"))
        self.hours.setFixedSize(240, 54)
        row.addWidget(self.hours)
        row.addSpacing(12)
        row.addWidget(push_button(self._actions["retry_all"]))
        column.addWidget(header)
        column.addWidget(self._build_table(), 1)
        column.addWidget(self._build_detail())
        return body

    def _build_table(self) -> QTableView:
        self.table = Rows(ROW_HEIGHT)
        self.table.setModel(self.model)
        self.table.setAccessibleName(self.tr("Files to send and files sent"))
        self.table.setItemDelegateForColumn(0, StateDelegate(self.table))
        self.table.horizontalHeader().setStretchLastSection(True)
        self._actions.attach(self.table, QUEUE)
        return self.table

    def _build_detail(self) -> QFrame:
        self._detail = QFrame()
        self._detail.setObjectName("PanelFoot")
        row = QHBoxLayout(self._detail)
        row.setContentsMargins(18, 14, 18, 14)
        row.setSpacing(14)
        self._symbol = QLabel()
        row.addWidget(self._symbol, 0, Qt.AlignmentFlag.AlignTop)
        words = QVBoxLayout()
        words.setSpacing(3)
        self._title = label("", "strong", wrap=True)
        self._text = label("", "", wrap=True)
        self._text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._more = label("", "caption", wrap=True)
        self._more.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        for part in (self._title, self._text, self._more):
            words.addWidget(part)
        row.addLayout(words, 1)
        for name in ("copy_error", "cancel_upload", "open_queued", "retry"):
            button = push_button(self._actions[name])
            row.addWidget(button, 0, Qt.AlignmentFlag.AlignBottom)
        return self._detail

    # --- what the window asks of a screen ----------------------------------------------------

    def facts(self) -> set[str]:
        """What holds now, for the commands."""
        item = self._item
        found = {
            "item": item is not None and bool(item.dossier_id),
            "retriable": item is not None and item.state in (*RETRIABLE, "cancelled"),
            "any_retriable": any(i.state in RETRIABLE for i in self.model.items),
            "item_error": item is not None and bool(item.fault),
            "cancellable": item is not None and item.state not in ("done", "cancelled"),
            "packable": bool(self.sealed_code),
            "idle": True,
        }
        return {name for name, holds in found.items() if holds}

    def run(self, command: str) -> None:
        """Carry out a command of the table."""
        getattr(self, f"_do_{command}")()

    @property
    def sealed_code(self) -> str:
        """Code of the dossier in front; what is queued is signed and so can be packed."""
        return self._item.code if self._item is not None else ""

    def activate(self) -> None:
        """The screen comes to the front."""
        self.refresh()
        self.table.setFocus()

    def refresh(self) -> None:
        """Read again what is shown."""
        desk = self._station.desk
        if desk is not None:
            self._reading.start(partial(outbox_model.read_outbox, desk.store))

    def _on_read(self, outbox: Outbox) -> None:
        self.model.show(outbox.items)
        self.waits.show_waiting(outbox.waiting)
        self._stack.setCurrentIndex(1 if outbox.items else 0)
        self._show_counts(outbox)
        self.hours.show_bars(outbox.by_hour)
        if outbox.items and not self.table.currentIndex().isValid():
            self.table.selectRow(0)
            self.table.setCurrentIndex(self.model.index(0, 0))
        self._fit_columns()
        self._show_item(self._current())

    def _fit_columns(self) -> None:
        """Every word of a column whole; the answer takes the rest."""
        for column in range(self.model.columnCount() - 1):
            self.table.resizeColumnToContents(column)
            self.table.setColumnWidth(column, self.table.columnWidth(column) + 18)

    def _show_counts(self, outbox: Outbox) -> None:
        while (item := self._chips.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.deleteLater()
        for state in outbox_model.SHOWN_FIRST:
            number = outbox.counts.get(state, 0)
            if number:
                tone, _icon, word = outbox_model.STATES[state]
                chip = label("")
                set_chip(chip, tone, f"{number} {outbox_model.translated(word)}")
                self._chips.addWidget(chip, 0, Qt.AlignmentFlag.AlignVCenter)

    # --- selection ---------------------------------------------------------------------------

    def _current(self) -> Upload | None:
        row = self.table.currentIndex().row()
        return self.model.items[row] if 0 <= row < len(self.model.items) else None

    def _on_current(self, _index: QModelIndex, _before: QModelIndex) -> None:
        self._show_item(self._current())

    def _show_item(self, item: Upload | None) -> None:
        self._item = item
        self._detail.setVisible(item is not None)
        if item is not None:
            state = item.shown_state
            ratio = self.devicePixelRatioF()
            self._symbol.setPixmap(icons.pixmap(state.icon, state.tone, 24, ratio))
            self._title.setText(f"{item.title or item.code} · {state.word}")
            restyle(self._title, "tone", state.tone)
            self._text.setText(self._sentence(item))
            self._more.setText(self._small_print(item))
            self._more.setVisible(bool(self._more.text()))
        self.facts_changed.emit()

    def _sentence(self, item: Upload) -> str:
        if item.fault:
            return f"{item.fault} {item.fault_next}"
        if item.state == "done":
            text = self.tr("The store confirmed it on {time}; its receipt is kept.")
            return text.format(time=show_time(item.stored_at))
        return self.tr("It is sent as soon as the lane is free.")

    def _small_print(self, item: Upload) -> str:
        if item.receipt:
            return f"SHA-256 {item.receipt}"
        if not item.fault:
            return ""
        text = self.tr("Code {code} · tried %n time(s)", None, item.attempts)
        parts = [text.format(code=item.fault_code)]
        if item.next_try:
            parts.append(self.tr("next try {time}").format(time=show_time(item.next_try)))
        return " · ".join(parts)

    # --- commands ----------------------------------------------------------------------------

    def _do_retry(self) -> None:
        if self._item is not None:
            self._retry([self._item.id])

    def _do_retry_all(self) -> None:
        self._retry(None)

    def _retry(self, ids: list[int] | None) -> None:
        from desk_app.submission import queue

        desk = self._station.desk
        if desk is not None:
            self._station.tasks.submit(
                QUEUE_LANE, queue.retry, desk.store, ids, done=self._on_retried
            )

    def _on_retried(self, number: int) -> None:
        self._station.say("retry", "accent", self.tr("%n file(s) go out again.", None, number))
        self._station.upload()
        self.refresh()

    def _do_cancel_upload(self) -> None:
        item = self._item
        if item is None:
            return
        box = QMessageBox(
            QMessageBox.Icon.Question, self.tr("Do not send"),
            self.tr("Take this file out of the queue?"),
            QMessageBox.StandardButton.Yes | QMessageBox.StandardButton.No, self,
        )  # fmt: skip
        box.setInformativeText(
            self.tr("The signed file stays on this computer. R puts it back into the queue.")
        )
        box.setDefaultButton(QMessageBox.StandardButton.No)
        box.accepted.connect(partial(self._cancel, item.id))
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.open()

    def _cancel(self, upload_id: int) -> None:
        from desk_app.submission import queue

        desk = self._station.desk
        if desk is not None:
            self._station.tasks.submit(
                QUEUE_LANE, queue.cancel, desk.store, [upload_id], done=lambda _: self.refresh()
            )

    def _do_open_queued(self) -> None:
        if self._item is not None:
            self.dossier_wanted.emit(self._item.dossier_id)

    def _do_copy_error(self) -> None:
        if self._item is not None:
            QGuiApplication.clipboard().setText(self._item.for_support)
            self._station.say("copied", "accent", self.tr("Copied for support."))

    def sizeHint(self) -> QSize:
        return QSize(900, 600)
