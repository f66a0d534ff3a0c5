"""The window without a screen; every test leaves no window and no thread behind."""

import os

os.environ["QT_QPA_PLATFORM"] = "offscreen"

import threading

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication

from desk_app.gui import app as gui_app
from desk_app.gui import i18n, theme
from desk_app.settings import Settings
from desk_app.store.database import Store
from tests.gui import builder

WAIT_MS = 20_000


@pytest.fixture(autouse=True)
def nothing_left_over(qapp):
    i18n.install(qapp, "en")
    theme.apply(qapp, "light")
    yield
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    shown = [w for w in QApplication.topLevelWidgets() if w.isVisible()]
    lanes = [t.name for t in threading.enumerate() if t.name.startswith(("lane-", "worker-"))]
    assert (shown, lanes) == ([], [])


@pytest.fixture
def data(tmp_path):
    return tmp_path / "data"


@pytest.fixture
def store(data):
    store = Store(data)
    yield store
    store.close()


@pytest.fixture
def dossier(store):
    return builder.birth_registration(store)


@pytest.fixture
def launch(qtbot, data):
    """Open the window on the data folder and wait until its desk is open."""
    desks = []

    def launch(**chosen):
        settings = Settings(**{"theme": "light", "workers": 1, **chosen})
        desk = gui_app.Desk(data, settings, resume=False)
        desks.append(desk)
        desk.show()
        qtbot.waitUntil(lambda: desk.station.desk is not None, timeout=WAIT_MS)
        return desk

    yield launch
    for desk in desks:
        desk.close()


@pytest.fixture
def window(launch):
    return launch().window


@pytest.fixture
def counter(qtbot, dossier, window):
    """The counter with the birth registration open and its first page shown."""
    window.counter.open_dossier(dossier.id)
    qtbot.waitUntil(lambda: window.counter.view is not None, timeout=WAIT_MS)
    qtbot.waitUntil(lambda: window.counter.work.view.has_picture, timeout=WAIT_MS)
    window.activateWindow()
    return window.counter
