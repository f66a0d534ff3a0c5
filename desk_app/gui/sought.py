"""What a search led to at the counter: the page that comes first, the words to box on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from desk_app.gui.models import snapshot
from desk_app.gui.widgets.page_view import Frame
from desk_app.store import search

if TYPE_CHECKING:
    from desk_app.gui.models.page_loader import Loaded
    from desk_app.gui.models.search import Place
    from desk_app.gui.models.snapshot import DossierView
    from desk_app.gui.widgets.page_view import PageView


class Sought:
    """The place of one open dossier; without one nothing is boxed."""

    def __init__(self) -> None:
        self.place: Place | None = None
        self._is_revealed = False

    def seek(self, place: Place | None) -> None:
        """Another dossier was opened, by a search or otherwise."""
        self.place, self._is_revealed = place, False

    def page(self, view: DossierView | None) -> str | None:
        """The page to show first."""
        return snapshot.sought_page(view, self.place) if view else None

    def frames(self, loaded: Loaded | None, page_id: str | None) -> list[Frame]:
        """The words that were looked for, where they were read on the page in front."""
        if self.place is None or loaded is None or loaded.page_id != page_id:
            return []
        found = search.boxes(loaded.words, self.place.text)
        return [Frame("", box, "warn", "", strong=True) for box in found]

    def reveal(self, page_view: PageView, view: DossierView | None, loaded: Loaded) -> None:
        """Bring the words into sight, once, on the page that was opened for them."""
        frames = self.frames(loaded, loaded.page_id)
        if frames and not self._is_revealed and loaded.page_id == self.page(view):
            self._is_revealed = True
            page_view.reveal(frames[0].box)
