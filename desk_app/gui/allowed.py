"""Which right each command of the window needs; resources/rights.toml says who has it.

A command that is not named needs none: it moves the eye, not the dossier.
"""

from __future__ import annotations

from desk_app.gui.commands import BATCH, COUNTER, FIGURES, QUEUE, SEARCH, TABLE, VERIFY

SCREENS = {
    COUNTER: "view", VERIFY: "view", BATCH: "view", QUEUE: "queue", SEARCH: "search",
    FIGURES: "figures",
}  # fmt: skip
"""What bringing a screen to the front needs."""

_BY_RIGHT = {
    "view": "find open_verified open_queued open_hit verify_hit",
    "scan": "scan insert_here rescan rescan_sheet flatbed new_batch feed_batch second_pass "
            "rescan_batch separate suspend",
    "edit": "accept rotate rotate_back split merge set_aside restore move_up move_down edit_field "
            "take_suggestion undo redo settle reject batch_aside batch_restore batch_undo "
            "batch_redo run_batch close_batch reuse reuse_national result",
    "sign": "finish",
    "approve": "approve approve_all send_back",
    "secret": "secret",
    "export": "export_report rescan_list",
    "package": "package",
    "figures": "export_figures print_figures",
    "queue": "retry retry_all cancel_upload",
    "settings": "settings",
    "people": "people",
}  # fmt: skip

NEEDED: dict[str, str] = {
    **{f"go_{screen}": right for screen, right in SCREENS.items()},
    **{f"assign_{n}": "edit" for n in range(1, 10)},
    **{command: right for right, names in _BY_RIGHT.items() for command in names.split()},
}
"""The right by the id of the command."""


FREE = frozenset(command.id for command in TABLE) - frozenset(NEEDED)
"""Commands that need no right."""
