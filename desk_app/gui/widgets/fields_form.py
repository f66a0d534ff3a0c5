"""The values of one paper, each linked to the place on the page that it was read from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QMimeData, QSize, Qt, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QImage,
    QKeyEvent,
    QPixmap,
    QResizeEvent,
    QTextCharFormat,
    QTextCursor,
)
from PySide6.QtWidgets import (
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QSizePolicy,
    QTextEdit,
    QVBoxLayout,
    QWidget,
)

from desk_app.gui import i18n, theme
from desk_app.gui.models import labels
from desk_app.gui.models.hints import NO_HINT, FieldHint
from desk_app.gui.widgets.parts import label, restyle
from desk_app.records import Field

DOUBTFUL = 0.75
"""Below this a value is marked for a look."""
PADDING = 6
"""Between the text and the edge of an editor; the style sheet leaves it the same."""


@dataclass(frozen=True, slots=True)
class FormField:
    """One line of the form."""

    name: str
    title: str
    kind: str
    required: bool
    field: Field | None
    hint: FieldHint = NO_HINT

    @property
    def wants_crop(self) -> bool:
        """Whether the place on the page is shown beside the value: pen, or print in doubt."""
        return self.field is not None and self.field.box is not None and self.is_doubtful

    @property
    def is_doubtful(self) -> bool:
        """Whether the clerk should compare it with the page."""
        if self.field is None:
            return self.required
        if self.hint.doubtful and self.field.source != "clerk":
            return True
        return self.field.problem is not None or (
            self.field.source != "clerk" and self.field.confidence < DOUBTFUL
        )


class FieldEdit(QPlainTextEdit):
    """One value, shown whole: it grows with its text. Enter or leaving commits, Escape gives up."""

    committed = Signal(str, str)
    entered = Signal(str)
    left = Signal()
    finished = Signal()

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.name = name
        self._shown = ""
        self.setTabChangesFocus(True)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.document().setDocumentMargin(1)
        self.document().documentLayout().documentSizeChanged.connect(self._grow)
        self._grow()

    def text(self) -> str:
        """What stands in the field, on one line."""
        return " ".join(self.toPlainText().split())

    def mark(self, spans: Sequence[tuple[int, int]]) -> None:
        """Underline words that the clerk should look at."""
        found = []
        for begin, end in spans:
            chosen = QTextEdit.ExtraSelection()
            cursor = QTextCursor(self.document())
            cursor.setPosition(begin)
            cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
            look = QTextCharFormat()
            look.setUnderlineStyle(QTextCharFormat.UnderlineStyle.WaveUnderline)
            look.setUnderlineColor(theme.colour("warn"))
            chosen.cursor, chosen.format = cursor, look  # type: ignore[attr-defined]
            found.append(chosen)
        self.setExtraSelections(found)

    def show_value(self, value: str) -> None:
        """Show what the store holds, unless the operator is typing something else."""
        typing = self.hasFocus() and self.text() != self._shown
        self._shown = i18n.show_date(value)
        if not typing and self.text() != self._shown:
            self.setPlainText(self._shown)

    def commit(self) -> None:
        """Hand over what was typed, if it is new."""
        text = self.text()
        if text != self._shown:
            self._shown = text
            self.committed.emit(self.name, i18n.read_date(text))

    def _grow(self) -> None:
        lines = max(1, round(self.document().size().height()))
        height = lines * self.fontMetrics().lineSpacing() + 2 + 2 * PADDING
        if height != self.height():
            self.setFixedHeight(height)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._grow()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._grow()

    def insertFromMimeData(self, source: QMimeData) -> None:
        """A pasted value is one line."""
        self.insertPlainText(" ".join(source.text().split()))

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        if event.reason() != Qt.FocusReason.MouseFocusReason:
            self.selectAll()
        self.entered.emit(self.name)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if event.reason() != Qt.FocusReason.PopupFocusReason:
            self.commit()
            self.left.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.setPlainText(self._shown)
            self.finished.emit()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
                self.commit()
                self.focusNextChild()
        else:
            super().keyPressEvent(event)


class Crop(QLabel):
    """The place on the page that a value was read from, as wide as the form."""

    HEIGHT = 46

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._picture = QPixmap()
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(self.tr("The place on the page"))
        self.setStyleSheet("background: white; border: 1px solid palette(mid);")
        self.hide()

    def show_picture(self, image: QImage | None) -> None:
        """Show a piece of the page, or nothing."""
        self._picture = QPixmap() if image is None else QPixmap.fromImage(image)
        self.setVisible(not self._picture.isNull())
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        if self._picture.isNull():
            return
        ratio = self.devicePixelRatioF()
        room = QSize(max(1, self.width() - 2), self.HEIGHT - 2) * ratio
        shown = self._picture.scaled(
            room, Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
        )
        shown.setDevicePixelRatio(ratio)
        self.setFixedHeight(round(shown.height() / ratio) + 2)
        self.setPixmap(shown)


class _Line(QWidget):
    """A caption, an editor, where the value came from, and what the reading suggests."""

    taken = Signal(str, str)
    """The suggestion of a field was accepted."""

    def __init__(self, field: FormField, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        self.caption = QLabel()
        self.caption.setTextFormat(Qt.TextFormat.PlainText)
        self.caption.setProperty("role", "caption")
        self.caption.setWordWrap(True)
        self.edit = FieldEdit(field.name)
        self.caption.setBuddy(self.edit)
        self.hint = label("", "caption", wrap=True)
        self.crop = Crop()
        self.offer = QPushButton()
        self.offer.setProperty("role", "offer")
        self.offer.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.offer.clicked.connect(self.take)
        self._suggestion = ""
        for part in (self.caption, self.crop, self.edit, self.hint, self.offer):
            column.addWidget(part)
        self.show_field(field)

    @property
    def suggestion(self) -> str:
        """What is offered in place of the value; empty where nothing is."""
        return self._suggestion

    def take(self) -> None:
        """Accept what is offered."""
        if self._suggestion:
            self.taken.emit(self.edit.name, self._suggestion)

    def show_field(self, field: FormField) -> None:
        """Show the newest value and how sure it is."""
        self.caption.setText(field.title)
        self.edit.setAccessibleName(field.title)
        value = field.field.value if field.field else ""
        self.edit.show_value(value)
        self.edit.mark(field.hint.doubtful if self.edit.toPlainText() == value else ())
        self._show_offer(field)
        self.edit.setPlaceholderText(
            self.tr("not read – please type") if field.required else self.tr("not on the paper?")
        )
        restyle(self.edit, "doubt", field.is_doubtful)
        text, tone = _hint(field)
        self.hint.setText(text)
        self.hint.setVisible(bool(text))
        restyle(self.hint, "tone", tone)
        self.edit.setToolTip(text)
        self.edit.setAccessibleDescription(text)

    def _show_offer(self, field: FormField) -> None:
        by_clerk = field.field is not None and field.field.source == "clerk"
        self._suggestion = "" if by_clerk else field.hint.suggestion
        self.offer.setVisible(bool(self._suggestion))
        text = self.tr("Perhaps {text}").format(text=self._suggestion)
        self.offer.setText(self.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, 250))
        self.offer.setToolTip(self.tr("{text}  (Ctrl+.)").format(text=text))
        self.offer.setAccessibleName(text)


def _hint(field: FormField) -> tuple[str, str]:
    """One short line below a value that deserves it; certain values stay quiet."""
    value = field.field
    if value is None:
        return "", ""
    if value.problem is not None:
        return i18n.pick(value.problem.vi, value.problem.en), "warn"
    source = labels.source_of(value.source)
    if value.source == "ocr" and value.confidence < DOUBTFUL:
        return f"{source} · {i18n.show_share(value.confidence)}", "warn"
    return (source, "") if value.source != "ocr" else ("", "")


class FieldsForm(QWidget):
    """All values of a paper; Tab goes round among them."""

    committed = Signal(str, str)
    suggested = Signal(str, str)
    """The suggestion for a field was accepted."""
    focused = Signal(str)
    left = Signal()
    """A field was left; whether another is entered shows afterwards."""
    finished = Signal()
    """Escape: back to the page."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(9)
        self._lines: list[_Line] = []
        self._names: tuple[str, ...] = ()
        self._key = ""

    def show_fields(self, key: str, fields: Sequence[FormField], *, editable: bool) -> None:
        """Show the fields of the paper `key`; the same paper keeps its editors and focus."""
        names = tuple(field.name for field in fields)
        if (key, names) != (self._key, self._names):
            self._rebuild(fields)
            self._key, self._names = key, names
        for line, field in zip(self._lines, fields, strict=True):
            line.show_field(field)
            line.edit.setReadOnly(not editable)

    def _rebuild(self, fields: Sequence[FormField]) -> None:
        for line in self._lines:
            line.edit.blockSignals(True)
            self._column.removeWidget(line)
            line.hide()
            line.deleteLater()
        self._lines = [_Line(field, self) for field in fields]
        for line in self._lines:
            self._column.addWidget(line)
            line.edit.committed.connect(self.committed)
            line.edit.entered.connect(self.focused)
            line.edit.left.connect(self.left)
            line.edit.finished.connect(self.finished)
            line.taken.connect(self.suggested)

    def show_crops(self, crops: Mapping[str, QImage]) -> None:
        """Pieces of the page by field; the others show none."""
        for line in self._lines:
            line.crop.show_picture(crops.get(line.edit.name))

    @property
    def has_suggestion(self) -> bool:
        """Whether anything is offered."""
        return any(line.suggestion for line in self._lines)

    def take_suggestion(self) -> None:
        """Accept what is offered for the field in hand, else the first offer."""
        offers = [line for line in self._lines if line.suggestion]
        in_hand = [line for line in offers if line.edit.hasFocus()]
        if offers:
            (in_hand or offers)[0].take()

    @property
    def editors(self) -> list[FieldEdit]:
        """The editors from top to bottom."""
        return [line.edit for line in self._lines]

    @property
    def current_name(self) -> str:
        """The field that has the focus, or nothing."""
        return next((edit.name for edit in self.editors if edit.hasFocus()), "")

    def focus_field(self, name: str = "") -> bool:
        """Go to a field; without a name to the first doubtful one, else the first."""
        edits = self.editors
        doubtful = [edit for edit in edits if edit.property("doubt")]
        named = [edit for edit in edits if edit.name == name]
        target = next(iter(named or doubtful or edits), None)
        if target is not None:
            target.setFocus(Qt.FocusReason.ShortcutFocusReason)
        return target is not None

    def cycle(self, step: int) -> bool:
        """The next or previous field, round and round; False where there is none."""
        edits = self.editors
        if not edits:
            return False
        place = next((n for n, edit in enumerate(edits) if edit.hasFocus()), -1 if step > 0 else 0)
        edits[(place + step) % len(edits)].setFocus(Qt.FocusReason.TabFocusReason)
        return True
