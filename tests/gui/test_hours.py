"""Bars of the day: counted from the outbox, read aloud, right at the edges of an hour."""

from datetime import datetime, timedelta, timezone

import pytest

from desk_app.gui.models import hours
from desk_app.gui.models.hours import Bar
from desk_app.gui.widgets.bars import Bars
from desk_app.store import dossiers
from desk_app.store.database import Store

NOW = datetime(2026, 3, 2, 10, 30, tzinfo=timezone(timedelta(hours=7)))


@pytest.fixture
def store(tmp_path):
    store = Store(tmp_path / "data", clock=lambda: NOW)
    yield store
    store.close()


def put(store, dossier, key, created, done=None):
    with store.transaction() as change:
        change.conn.execute(
            "INSERT INTO upload(key, target, dossier_id, bytes, state, created_at, done_at) "
            "VALUES(?, 'local', ?, 1, ?, ?, ?)",
            (key, dossier.id, "done" if done else "queued", at(created), done and at(done)),
        )
        change.audit("upload.queue", key)


def at(clock):
    hour, minute = (int(part) for part in clock.split(":"))
    return NOW.replace(hour=hour, minute=minute).isoformat(timespec="milliseconds")


def test_waiting_is_counted_back_from_now(store, qapp):
    dossier = dossiers.create(store, "H49.64-260302-0001", "birth_registration")
    put(store, dossier, "a", "7:10", "7:50")  # came and went within an hour
    put(store, dossier, "b", "7:20", "9:05")
    put(store, dossier, "c", "8:00")
    put(store, dossier, "d", "10:01")
    by_hour = {bar.label: bar.value for bar in hours.waiting(store)}
    assert by_hour == {"3": 0, "4": 0, "5": 0, "6": 0, "7": 1, "8": 2, "9": 1, "10": 2}


def test_a_dossier_counts_once_in_the_hour_of_its_first_file(store, qapp):
    first = dossiers.create(store, "H49.64-260302-0001", "birth_registration")
    second = dossiers.create(store, "H49.64-260302-0002", "birth_registration")
    put(store, first, "a", "8:59")
    put(store, first, "b", "9:01")
    put(store, second, "c", "9:00")
    found = {bar.label: bar.value for bar in hours.finished(store) if bar.value}
    assert found == {"8": 1, "9": 1}
    assert len(hours.finished(store)) == 12


def test_bars_are_drawn_and_read(qtbot):
    bars = Bars("name")
    qtbot.addWidget(bars)
    bars.show_bars([Bar(0, "8", "none"), Bar(3, "9", "nine: three"), Bar(6, "10", "ten: six")])
    bars.resize(120, 76)
    assert bars.accessibleDescription() == "nine: three; ten: six"
    image = bars.grab().toImage()
    ratio = image.devicePixelRatio()
    heights = [
        sum(image.pixelColor(round(x * ratio), y) != image.pixelColor(round(38 * ratio), 30)
            for y in range(20, image.height() - 20))
        for x in (100, 60)
    ]  # fmt: skip
    assert heights[0] > heights[1] > 0
