"""The right side of the counter: the exception in front, the paper's type and its values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from desk_app.gui.i18n import collator, pick, show_share
from desk_app.gui.models import labels
from desk_app.gui.models.hints import NO_HINT, FieldHint
from desk_app.gui.models.snapshot import IN_WORK, DossierView, Paper
from desk_app.gui.models.standing import source_words
from desk_app.gui.widgets.fields_form import FieldsForm, FormField
from desk_app.gui.widgets.finding_card import FindingCard
from desk_app.gui.widgets.offers import Offers
from desk_app.gui.widgets.parts import label, rule, set_chip
from desk_app.gui.widgets.tick_list import TickList

if TYPE_CHECKING:
    from desk_app.dossiers.catalog import Catalog

SURE = 0.8


class PaperPanel(QFrame):
    """Shows one paper of the checklist."""

    type_chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("Panel")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        body = QWidget()
        body.setObjectName("PanelBody")
        self._body = QVBoxLayout(body)
        self._body.setContentsMargins(18, 16, 18, 16)
        self._body.setSpacing(12)
        self.card = FindingCard()
        self._body.addWidget(self.card)
        self._build_head()
        self.form = FieldsForm()
        self._body.addWidget(self.form)
        self.ticks = TickList()
        self._body.addWidget(self.ticks)
        self._empty = label("", "muted", wrap=True)
        self._body.addWidget(self._empty)
        self.offers = Offers()
        self._body.addWidget(self.offers)
        self._body.addStretch(1)
        self._scroll = QScrollArea()
        self._scroll.setWidgetResizable(True)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.setWidget(body)
        column.addWidget(self._scroll, 1)
        self.foot = QFrame()
        self.foot.setObjectName("PanelFoot")
        self.foot_row = QHBoxLayout(self.foot)
        self.foot_row.setContentsMargins(18, 12, 18, 12)
        column.addWidget(self.foot)
        self.form.focused.connect(self._reveal)
        self.fields: tuple[FormField, ...] = ()
        """The lines of the form."""

    def _build_head(self) -> None:
        self._title = label("", "title", wrap=True)
        self._body.addWidget(self._title)
        row = QHBoxLayout()
        row.setSpacing(8)
        self._chip = label("")
        self._about = label("", "caption", wrap=True)
        row.addWidget(self._chip)
        row.addWidget(self._about, 1)
        self._body.addLayout(row)
        self._type_label = label(self.tr("Type of paper"), "caption")
        self.type = QComboBox()
        self.type.setAccessibleName(self.tr("Type of paper"))
        self.type.setSizeAdjustPolicy(
            QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )
        self.type.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.type.activated.connect(self._on_type)
        self._type_label.setBuddy(self.type)
        self._body.addWidget(self._type_label)
        self._body.addWidget(self.type)
        self._rule = rule()
        self._body.addWidget(self._rule)

    def set_types(self, catalog: Catalog) -> None:
        """Every paper the desk knows, by its title."""
        if self.type.count():
            return
        order = collator()
        named = [(pick(kind.title, kind.title_en), id) for id, kind in catalog.types.items()]
        for title, id in sorted(named, key=lambda pair: order.sortKey(pair[0])):
            self.type.addItem(title, id)

    def show_paper(
        self, view: DossierView | None, paper: Paper | None, catalog: Catalog, *, editable: bool
    ) -> None:
        """Show a line of the checklist; None for pages that are in no paper."""
        document = paper.document if paper else None
        standing = paper.standing if paper and document is None else None
        self.offers.show_offers(standing.offers if standing else (), editable=editable)
        for part in (self._type_label, self.type, self._rule, self.form):
            part.setVisible(document is not None)
        if paper is None or document is None:
            self._show_absent(view, paper)
            return
        self._empty.hide()
        self._title.show()
        self._title.setText(pick(paper.title.vi, paper.title.en))
        self._show_state(paper)
        place = self.type.findData(document.type) if document.type else -1
        self.type.setCurrentIndex(place)
        self.type.setEnabled(editable)
        fields = form_fields(paper, catalog, view.hints if view else {})
        self.fields = tuple(fields)
        self.form.show_fields(document.id, fields, editable=editable)
        if not fields:
            self._empty.setText(self.tr("No values are taken from this kind of paper."))
            self._empty.show()

    def _show_state(self, paper: Paper) -> None:
        document = paper.document
        assert document is not None
        state = labels.line_state(paper.key, paper, paper.pages)
        words = {"ok": self.tr("complete"), "unknown": state.word}
        set_chip(self._chip, state.tone, words.get(state.tone, state.word))
        sure = show_share(document.confidence)
        text = self.tr("type recognised, {share} certain").format(share=sure)
        self._about.setText(text if document.confidence < 1 else self.tr("type set by the clerk"))

    def _show_absent(self, view: DossierView | None, paper: Paper | None) -> None:
        self.form.show_fields("", (), editable=False)
        self.fields = ()
        self._title.setVisible(paper is not None)
        self._about.setText("")
        set_chip(self._chip, "muted", "")
        self._empty.show()
        if paper is not None:
            state = labels.line_state(paper.key, paper, ())
            self._title.setText(pick(paper.title.vi, paper.title.en))
            set_chip(self._chip, state.tone, state.word)
            self._empty.setText(self._how_it_stands(paper))
        elif view is not None and not view.pages:
            self._empty.setText(self.tr("The values of each paper appear here as it is read."))
        elif view is not None and view.dossier.state in IN_WORK:
            self._empty.setText(self.tr("The page is being read; then it joins its paper."))
        else:
            self._empty.setText(self.tr("This page belongs to no paper of the dossier."))

    def _how_it_stands(self, paper: Paper) -> str:
        standing = paper.standing
        if standing is not None and standing.source is not None:
            taken_back = self.tr("U takes the decision back.")
            return f"{source_words(standing.source)} {taken_back}"
        if standing is not None and standing.status == "excused":
            return self.tr("Absent, with the reason: {reason}").format(reason=standing.reason)
        text = self.tr("Load the paper and press F5, or choose a page and press {n}.")
        return text.format(n=paper.ordinal)

    def _on_type(self, place: int) -> None:
        self.type_chosen.emit(str(self.type.itemData(place)))

    def _reveal(self, name: str) -> None:
        for edit in self.form.editors:
            if edit.name == name and edit.parentWidget() is not None:
                self._scroll.ensureWidgetVisible(edit.parentWidget(), 0, 24)


def form_fields(
    paper: Paper, catalog: Catalog, hints: Mapping[tuple[str, str], FieldHint]
) -> Sequence[FormField]:
    """The fields of a paper's type in the order of its description, then any others it has."""
    document = paper.document
    if document is None:
        return ()
    values = {field.name: field for field in document.fields}
    known = catalog.rules.get(document.type or "")
    rules = known.fields if known else ()
    lines, named = [], set()
    for spec in rules:
        if spec.name not in named:  # a value may be read in more than one way, and is one value
            named.add(spec.name)
            title = pick(spec.label, spec.label_en)
            value = values.pop(spec.name, None)
            hint = hints.get((document.id, spec.name), NO_HINT)
            lines.append(FormField(spec.name, title, spec.kind, spec.required, value, hint))
    lines += [FormField(n, n.replace("_", " "), "text", False, f) for n, f in values.items()]
    return lines
