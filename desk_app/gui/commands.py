"""Every command of the window in one table; menus, shortcuts and the key sheet come from it.

A command is valid when its screen is in front and all its `needs` hold. The screen that is in
front names the facts that hold (`facts()`); a command that is not valid is disabled, so one key
may mean different things on different screens and never two on one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from PySide6.QtCore import QT_TRANSLATE_NOOP, QCoreApplication, QObject, Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QWidget

from desk_app.gui import icons

ANYWHERE = "all"
COUNTER, VERIFY, BATCH, QUEUE = "counter", "verify", "batch", "queue"
SEARCH, FIGURES = "search", "figures"
MENUS = (
    ("dossier", QT_TRANSLATE_NOOP("Commands", "&Dossier")),
    ("page", QT_TRANSLATE_NOOP("Commands", "&Page")),
    ("view", QT_TRANSLATE_NOOP("Commands", "&View")),
    ("help", QT_TRANSLATE_NOOP("Commands", "&Help")),
)


@dataclass(frozen=True, slots=True)
class Command:
    """One thing the operator can do."""

    id: str
    label: str
    keys: tuple[str, ...]
    icon: str | None = None
    screen: str = ANYWHERE
    menu: str = "dossier"
    needs: frozenset[str] = frozenset()
    on_page: bool = False
    """Single keys work only while the page or the list has the focus, never while typing."""


def _command(
    id: str, label: str, keys: str, icon: str | None = None, screen: str = ANYWHERE,
    menu: str = "dossier", needs: str = "", on_page: bool = False,
) -> Command:  # fmt: skip
    return Command(
        id, label, tuple(keys.split()), icon, screen, menu, frozenset(needs.split()), on_page
    )


_N = QT_TRANSLATE_NOOP
TABLE: tuple[Command, ...] = (
    _command("go_counter", _N("Commands", "Counter"), "Ctrl+1", "counter", menu="view"),
    _command("go_verify", _N("Commands", "Verification"), "Ctrl+2", "verify", menu="view"),
    _command("go_batch", _N("Commands", "Batch"), "Ctrl+3", "batch", menu="view"),
    _command("go_queue", _N("Commands", "Queue"), "Ctrl+4", "queue", menu="view"),
    _command("go_search", _N("Commands", "Search"), "Ctrl+F Ctrl+5", "search", menu="view"),
    _command("go_figures", _N("Commands", "Figures"), "Ctrl+6", "figures", menu="view"),
    # --- counter
    _command("find", _N("Commands", "Open a dossier by its code"), "Ctrl+O", "open"),
    _command("scan", _N("Commands", "Scan"), "F5", "scan", COUNTER, needs="dossier unsealed idle"),
    _command("stop", _N("Commands", "Stop the feed"), "Esc", "stop", COUNTER, needs="feeding"),
    _command("insert_here", _N("Commands", "Scan and insert behind this page"), "Shift+F5",
             "insert", COUNTER, needs="page unsealed idle"),
    _command("rescan", _N("Commands", "Scan this page again"), "Ctrl+R", "rescan", COUNTER,
             needs="page unsealed idle"),
    _command("rescan_sheet", _N("Commands", "Scan both sides of this sheet again"), "Ctrl+Shift+R",
             None, COUNTER, needs="page unsealed idle"),
    _command("flatbed", _N("Commands", "Scan one page from the glass"), "F6", "flatbed", COUNTER,
             needs="dossier unsealed idle"),
    _command("profile", _N("Commands", "Choose the scan profile"), "F4", "profile", COUNTER,
             needs="profiles"),
    _command("next_exception", _N("Commands", "Next exception"), "F3", "exception", COUNTER,
             needs="exceptions"),
    _command("previous_exception", _N("Commands", "Previous exception"), "Shift+F3", None, COUNTER,
             needs="exceptions"),
    _command("accept", _N("Commands", "Accept as it is"), "Return Enter", "ok", COUNTER,
             needs="exception_shown", on_page=True),
    _command("secret", _N("Commands", "Secret papers: send nothing of this dossier"),
             "Ctrl+Shift+M", "reject", COUNTER, needs="dossier"),
    _command("finish", _N("Commands", "Done, next dossier"), "Ctrl+Return Ctrl+Enter", "done",
             COUNTER, needs="dossier unsealed has_pages"),
    _command("next_page", _N("Commands", "Next page"), "Space", "next", menu="page",
             needs="has_pages", on_page=True),
    _command("previous_page", _N("Commands", "Previous page"), "Shift+Space", "previous",
             menu="page", needs="has_pages", on_page=True),
    _command("rotate", _N("Commands", "Turn right"), "R", "rotate", COUNTER, "page",
             needs="page unsealed idle", on_page=True),
    _command("rotate_back", _N("Commands", "Turn left"), "Shift+R", "rotate_back", COUNTER, "page",
             needs="page unsealed idle", on_page=True),
    _command("split", _N("Commands", "A new paper starts here"), "S", "split", COUNTER, "page",
             needs="page unsealed idle", on_page=True),
    _command("merge", _N("Commands", "Join with the paper before"), "M", "merge", COUNTER, "page",
             needs="page unsealed idle", on_page=True),
    _command("set_aside", _N("Commands", "Set the page aside"), "Del", "set_aside", COUNTER, "page",
             needs="page unsealed idle in_use", on_page=True),
    _command("restore", _N("Commands", "Use the page again"), "Ins", "restore", COUNTER, "page",
             needs="page unsealed idle aside", on_page=True),
    _command("move_up", _N("Commands", "Move the page up"), "Alt+Up", "up", COUNTER, "page",
             needs="page unsealed idle in_use", on_page=True),
    _command("move_down", _N("Commands", "Move the page down"), "Alt+Down", "down", COUNTER, "page",
             needs="page unsealed idle in_use", on_page=True),
    *(
        _command(f"assign_{n}", _N("Commands", "Belongs to component {n}"), str(n), None, COUNTER,
                 "assign", needs=f"page unsealed idle component_{n}", on_page=True)
        for n in range(1, 10)
    ),
    _command("reuse", _N("Commands", "Use the stored paper, or take that back"), "U", "reuse",
             COUNTER, "page", needs="reusable unsealed idle", on_page=True),
    _command("reuse_national", _N("Commands", "Use it, from the citizen's own list"), "Shift+U",
             None, COUNTER, "page", needs="offered unsealed idle", on_page=True),
    _command("result", _N("Commands", "It is the result of the procedure, or is not"), "K",
             "seal", COUNTER, "page", needs="page in_use idle", on_page=True),
    _command("edit_field", _N("Commands", "Edit a field"), "F2", "edit", COUNTER, "page",
             needs="fields unsealed"),
    _command("take_suggestion", _N("Commands", "Take the suggested value"), "Ctrl+.", "ok", COUNTER,
             "page", needs="suggestion unsealed"),
    _command("undo", _N("Commands", "Undo"), "Ctrl+Z", "undo", COUNTER, "page", needs="undo"),
    _command("redo", _N("Commands", "Redo"), "Ctrl+Y Ctrl+Shift+Z", "redo", COUNTER, "page",
             needs="redo"),
    # --- batches
    _command("new_batch", _N("Commands", "Batches: open or continue one"), "Ctrl+N", "open", BATCH,
             needs="idle"),
    _command("feed_batch", _N("Commands", "Feed, or go on feeding"), "F5", "scan", BATCH,
             needs="batch_open idle"),
    _command("stop_batch", _N("Commands", "Stop the feed"), "Esc", "stop", BATCH, needs="feeding"),
    _command("second_pass", _N("Commands", "Feed the backs of the pile, turned over"), "Shift+F5",
             "retry", BATCH, needs="batch_open idle fronts_waiting"),
    _command("next_worst", _N("Commands", "Next worst"), "N", "exception", BATCH, needs="issues",
             on_page=True),
    _command("settle", _N("Commands", "Keep it as it is, with the reason"), "Return Enter", "ok",
             BATCH, needs="issue_shown batch_open idle", on_page=True),
    _command("reject", _N("Commands", "Put the sheet on the rescan list"), "X", "reject", BATCH,
             needs="side batch_open", on_page=True),
    _command("rescan_batch", _N("Commands", "Scan this sheet again"), "Ctrl+R", "rescan", BATCH,
             needs="side batch_open idle"),
    _command("rescan_list", _N("Commands", "List of sheets to scan again"), "Ctrl+P", "list", BATCH,
             needs="batch"),
    _command("separate", _N("Commands", "A dossier begins here"), "F7", "split", BATCH,
             needs="side batch_open idle"),
    _command("batch_aside", _N("Commands", "Set the page aside"), "Del B", "set_aside", BATCH,
             "page", needs="side side_used batch_open idle", on_page=True),
    _command("batch_restore", _N("Commands", "Use the page again"), "Ins", "restore", BATCH,
             "page", needs="side side_aside batch_open idle", on_page=True),
    _command("batch_undo", _N("Commands", "Undo"), "Ctrl+Z", "undo", BATCH, "page", needs="undo"),
    _command("batch_redo", _N("Commands", "Redo"), "Ctrl+Y Ctrl+Shift+Z", "redo", BATCH, "page",
             needs="redo"),
    _command("sort_sheets", _N("Commands", "Order of the pile, or worst first"), "O", "sort", BATCH,
             "view", needs="sides", on_page=True),
    _command("go_sheet", _N("Commands", "Go to a sheet"), "Ctrl+G", "find", BATCH, "view",
             needs="sides"),
    _command("heat_map", _N("Commands", "Quality map"), "Q", "heat", BATCH, "view", needs="sides",
             on_page=True),
    _command("run_batch", _N("Commands", "Read and sort the dossiers"), "F9", "reading", BATCH,
             needs="batch idle"),
    _command("suspend", _N("Commands", "Suspend the batch"), "Ctrl+S", "pause", BATCH,
             needs="batch_open idle"),
    _command("close_batch", _N("Commands", "Close the batch"), "Ctrl+Return Ctrl+Enter", "done",
             BATCH, needs="batch_open idle"),
    # --- verification
    _command("next_file", _N("Commands", "Next file"), "J", "next", VERIFY, needs="files",
             on_page=True),
    _command("previous_file", _N("Commands", "Previous file"), "K", "previous", VERIFY,
             needs="files", on_page=True),
    _command("next_problem", _N("Commands", "Next file with a problem"), "F3", "exception", VERIFY,
             needs="problems"),
    _command("approve", _N("Commands", "Approve"), "Return Enter", "ok", VERIFY,
             needs="approvable", on_page=True),
    _command("approve_all", _N("Commands", "Approve all valid files…"), "Ctrl+Shift+A", None,
             VERIFY, needs="any_approvable"),
    _command("send_back", _N("Commands", "Send back with a reason…"), "X", "previous", VERIFY,
             needs="file", on_page=True),
    _command("show_signature", _N("Commands", "Show the signature on the page"), "S",
             "seal", VERIFY, needs="signature", on_page=True),
    _command("verify_again", _N("Commands", "Verify again now"), "V", "retry", VERIFY,
             needs="file idle", on_page=True),
    _command("difference", _N("Commands", "What changed since signing"), "D", "difference", VERIFY,
             needs="signature", on_page=True),
    _command("before_after", _N("Commands", "As signed, or as it is now"), "B", None, VERIFY,
             needs="comparing", on_page=True),
    _command("next_change", _N("Commands", "Next change"), "N", "next", VERIFY,
             needs="comparing", on_page=True),
    _command("leave_difference", _N("Commands", "Back to the signatures"), "Esc", "close", VERIFY,
             needs="comparing", on_page=True),
    _command("certificate", _N("Commands", "Certificate details"), "I", "certificate", VERIFY,
             needs="signature", on_page=True),
    _command("export_report", _N("Commands", "Export the validation report…"), "Ctrl+E", "export",
             VERIFY, needs="file"),
    _command("filter_state", _N("Commands", "Show one state only, then the next"), "F", None,
             VERIFY, needs="files", on_page=True),
    _command("open_verified", _N("Commands", "Open at the counter"), "O", "open", VERIFY,
             needs="file", on_page=True),
    # --- queue
    _command("retry", _N("Commands", "Try this item now"), "R", "retry", QUEUE, needs="retriable",
             on_page=True),
    _command("retry_all", _N("Commands", "Try all items now"), "Shift+R", None, QUEUE,
             needs="any_retriable", on_page=True),
    _command("cancel_upload", _N("Commands", "Do not send…"), "Del", "close", QUEUE,
             needs="cancellable", on_page=True),
    _command("open_queued", _N("Commands", "Open at the counter"), "O", "open", QUEUE, needs="item",
             on_page=True),
    _command("copy_error", _N("Commands", "Copy for support"), "Ctrl+C", "copy", QUEUE,
             needs="item_error", on_page=True),
    # --- search
    _command("open_hit", _N("Commands", "Open it at that page"), "Return Enter", "open", SEARCH,
             needs="sought", on_page=True),
    _command("verify_hit", _N("Commands", "Open it at the verification"), "Ctrl+Return Ctrl+Enter",
             "verify", SEARCH, needs="hit_sealed"),
    _command("persons", _N("Commands", "Only names and numbers of persons"), "F2", None, SEARCH,
             "view"),
    _command("filter_paper", _N("Commands", "Choose the kind of paper"), "F3", None, SEARCH,
             "view"),
    _command("filter_procedure", _N("Commands", "Choose the procedure"), "F4", None, SEARCH,
             "view"),
    _command("filter_days", _N("Commands", "Choose the days of reception"), "F6", None, SEARCH,
             "view"),
    _command("clear_search", _N("Commands", "Clear the search"), "Ctrl+Backspace", "close", SEARCH,
             "view", needs="sought"),
    # --- figures
    _command("period_today", _N("Commands", "Today"), "1", None, FIGURES, "view", on_page=True),
    _command("period_week", _N("Commands", "Week"), "2", None, FIGURES, "view", on_page=True),
    _command("period_month", _N("Commands", "Month"), "3", None, FIGURES, "view", on_page=True),
    _command("period_quarter", _N("Commands", "Quarter"), "4", None, FIGURES, "view",
             on_page=True),
    _command("period_dates", _N("Commands", "From – to"), "5", None, FIGURES, "view",
             on_page=True),
    _command("earlier", _N("Commands", "The period before"), "Alt+Left", "previous", FIGURES,
             "view"),
    _command("later", _N("Commands", "The period after"), "Alt+Right", "next", FIGURES, "view"),
    _command("next_group", _N("Commands", "By procedure, office, clerk or day"), "G", None,
             FIGURES, "view", on_page=True),
    _command("export_figures", _N("Commands", "Export…"), "Ctrl+E", "export", FIGURES,
             needs="counted"),
    _command("print_figures", _N("Commands", "Print"), "Ctrl+P", "print", FIGURES,
             needs="counted"),
    # --- packages, wherever a finished dossier is in front
    _command("package", _N("Commands", "Package for the archive…"), "Ctrl+K", "package",
             needs="packable"),
    # --- page view, wherever one is shown
    _command("zoom_in", _N("Commands", "Zoom in"), "+ =", "zoom_in", menu="view", needs="picture",
             on_page=True),
    _command("zoom_out", _N("Commands", "Zoom out"), "-", "zoom_out", menu="view", needs="picture",
             on_page=True),
    _command("fit_page", _N("Commands", "Whole page"), "0", "fit_page", menu="view",
             needs="picture", on_page=True),
    _command("fit_width", _N("Commands", "Page width"), "W", "fit_width", menu="view",
             needs="picture", on_page=True),
    _command("words", _N("Commands", "How sure the reading is"), "H", "heat", COUNTER, "view",
             needs="picture", on_page=True),
    _command("keys", _N("Commands", "Keys valid here"), "F1", "keys", menu="help"),
    _command("lock", _N("Commands", "Lock the screen, change the person"), "Ctrl+L", "lock",
             menu="help", needs="people"),
    _command("people", _N("Commands", "People of this station…"), "Ctrl+U", "people", menu="help",
             needs="open"),
    _command("forget_pin", _N("Commands", "Forget the PIN now"), "Ctrl+Shift+F", "key",
             menu="help", needs="session"),
    _command("settings", _N("Commands", "Settings…"), "Ctrl+,", "settings", menu="help"),
    _command("quit", _N("Commands", "Quit"), "Ctrl+Q", "close"),
)  # fmt: skip

BY_ID = {command.id: command for command in TABLE}


def text_of(command: Command) -> str:
    """The label in the language of the window."""
    label = QCoreApplication.translate("Commands", command.label)
    return label.replace("{n}", command.id.rpartition("_")[2])


def sequence(key: str) -> QKeySequence:
    """A key of the table; the table is never read in the language of the window."""
    return QKeySequence.fromString(key, QKeySequence.SequenceFormat.PortableText)


def keys_of(command: Command) -> str:
    """The first shortcut as the platform writes it."""
    return sequence(command.keys[0]).toString(QKeySequence.SequenceFormat.NativeText)


def _tip(command: Command) -> str:
    return f"{text_of(command)}  ({keys_of(command)})"


class Actions(QObject):
    """The table as live actions of one window."""

    def __init__(self, window: QWidget, run: Callable[[str], None]) -> None:
        super().__init__(window)
        self._actions = {c.id: self._build(c, run) for c in TABLE}
        self._refused: dict[str, str] = {}
        window.addActions([self._actions[c.id] for c in TABLE if not c.on_page])

    def _build(self, command: Command, run: Callable[[str], None]) -> QAction:
        action = QAction(text_of(command), self)
        action.setObjectName(command.id)
        action.setShortcuts([sequence(key) for key in command.keys])
        action.setToolTip(_tip(command))
        if command.on_page:
            action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        if command.icon:
            action.setIcon(icons.icon(command.icon))
        action.triggered.connect(lambda _checked=False: run(command.id))
        return action

    def __getitem__(self, id: str) -> QAction:
        return self._actions[id]

    def attach(self, widget: QWidget, screen: str) -> None:
        """Let the single-key commands of a screen work while `widget` has the focus."""
        widget.addActions(
            [self[c.id] for c in TABLE if c.on_page and c.screen in (screen, ANYWHERE)]
        )

    def permit(self, refused: Mapping[str, str]) -> None:
        """Who sits here may not do these, for these reasons; a tooltip says so."""
        self._refused = dict(refused)
        for command in TABLE:
            why = self._refused.get(command.id, "")
            self._actions[command.id].setToolTip(
                f"{_tip(command)}\n{why}" if why else _tip(command)
            )

    def refusal(self, id: str) -> str:
        """Why a command is not allowed to whoever sits here; empty where it is."""
        return self._refused.get(id, "")

    def update(self, screen: str, facts: Iterable[str]) -> None:
        """Enable what is valid now."""
        held = set(facts)
        for command in TABLE:
            valid = command.screen in (screen, ANYWHERE) and command.needs <= held
            valid = valid and command.id not in self._refused
            action = self._actions[command.id]
            if action.isEnabled() != valid:
                action.setEnabled(valid)

    def of_menu(self, menu: str, screen: str) -> list[QAction]:
        """What a menu shows on a screen."""
        return [self[c.id] for c in TABLE if c.menu == menu and c.screen in (screen, ANYWHERE)]

    def valid(self, screen: str) -> list[Command]:
        """Commands that would act now, in the order of the table."""
        return [
            c for c in TABLE if c.screen in (screen, ANYWHERE) and self._actions[c.id].isEnabled()
        ]
