"""Stores that lie, stall or contradict; everything else about them is the real local store."""

from __future__ import annotations

from dataclasses import replace

from desk_app.submission.adapters import quiet
from desk_app.submission.adapters.local import LocalStore
from desk_app.submission.errors import OffsetConflict, StoreUnreachable


class WrongDigest(LocalStore):
    def finish(self, session):
        return replace(super().finish(session), sha256="0" * 64)


class WrongSize(LocalStore):
    def finish(self, session):
        return replace(super().finish(session), size=session.size - 1)


class OtherKey(LocalStore):
    def finish(self, session):
        return replace(super().finish(session), key="0" * 64)


class NoReceipt(LocalStore):
    def finish(self, session):
        super().finish(session)


class Flipping(LocalStore):
    """Damages every byte on the way."""

    def send(self, session, offset, chunk, beat=quiet):
        return super().send(session, offset, bytes(byte ^ 1 for byte in chunk))


class StandingStill(LocalStore):
    """Takes bytes and says that it has none."""

    def send(self, session, offset, chunk, beat=quiet):
        super().send(session, offset, chunk)
        return offset


class Contradicting(LocalStore):
    """Never agrees about the offset."""

    def send(self, session, offset, chunk, beat=quiet):
        raise OffsetConflict(store=self.name)


class LosingAnswers(LocalStore):
    """Does the work; the answer to the first `finish` never arrives."""

    lost = 0

    def finish(self, session):
        receipt = super().finish(session)
        self.lost += 1
        if self.lost == 1:
            raise StoreUnreachable(store=self.name, vi_detail="", en_detail="the answer was lost")
        return receipt


class Counting(LocalStore):
    """Notes what was sent, and can do something after each piece."""

    def __init__(self, *args, after=lambda store: None, **options):
        super().__init__(*args, **options)
        self.sent: list[tuple[int, int]] = []
        self.after = after

    def send(self, session, offset, chunk, beat=quiet):
        reached = super().send(session, offset, chunk)
        self.sent.append((offset, reached))
        self.after(self)
        return reached
