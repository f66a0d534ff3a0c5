"""The desk's symbols, drawn while pages are decoded beside them."""

import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtGui import QImage

from desk_app.gui import icons, theme
from tests.gui import builder

ROOT = Path(__file__).parents[2]
BESIDE_DECODING = """
import sys, threading
from PySide6.QtGui import QImageReader
from PySide6.QtWidgets import QApplication
from desk_app.gui import icons

app = QApplication([])
over = threading.Event()

def decode():
    while not over.is_set():
        reader = QImageReader(sys.argv[1])
        reader.setDecideFormatFromContent(True)
        reader.size()

threads = [threading.Thread(target=decode) for _ in range(3)]
for thread in threads:
    thread.start()
try:
    for _ in range(1000):
        icons._rendered.cache_clear()
        assert not icons.pixmap("warn").isNull()
finally:
    over.set()
for thread in threads:  # one that is inside Qt while the interpreter ends would abort it
    thread.join()
"""


def test_a_symbol_and_a_page_at_the_same_time():
    """Drawn through a device of Python's, the two once waited for each other for ever."""
    page = builder.FOLDER / "s06a.jpg"
    subprocess.run([sys.executable, "-c", BESIDE_DECODING, str(page)], cwd=ROOT, timeout=120,
                   check=True)  # fmt: skip


@pytest.mark.parametrize("name", sorted(path.stem for path in icons.FOLDER.glob("*.svg")))
def test_every_symbol_is_drawn_in_its_size(qapp, name):
    picture = icons.pixmap(name, "text", 20, 2.0)
    assert (picture.width(), picture.height()) == (40, 40)
    assert picture.hasAlphaChannel()


def test_a_symbol_takes_the_theme_s_colour(qapp):
    theme.apply(qapp, "dark")
    drawn = icons.pixmap("warn", "warn", 20).toImage()
    colours = {drawn.pixelColor(x, y).name() for x in range(20) for y in range(20)
               if drawn.pixelColor(x, y).alpha() > 250}  # fmt: skip
    assert theme.current().warn in colours


BESIDE_SEALED_PAGES = """
import sys, threading, time
from pathlib import Path
from PySide6.QtWidgets import QApplication
from desk_app.gui import icons
from desk_app.gui.models import pictures
from desk_app.store.database import Store

app = QApplication([])
store = Store(Path(sys.argv[1]))
page = store.blobs.path(sys.argv[2])
assert not pictures.read_picture(page).is_null
over = threading.Event()

def decode():
    while not over.is_set():
        assert not pictures.read_picture(page).is_null

threads = [threading.Thread(target=decode, daemon=True) for _ in range(3)]
for thread in threads:
    thread.start()
end = time.monotonic() + 4
while time.monotonic() < end:
    icons._rendered.cache_clear()
    assert not icons.pixmap("warn").isNull()
over.set()
for thread in threads:
    thread.join()
store.close()
"""


def test_a_symbol_and_a_page_of_the_sealed_store_at_the_same_time(store, data):
    """A page out of the sealed store must not go through a device of Python's either."""
    small = QImage(120, 160, QImage.Format.Format_RGB32)
    small.fill(0xFFFFFF)
    assert small.save(str(data / "small.jpg"))
    sha256 = store.blobs.adopt(data / "small.jpg")
    subprocess.run([sys.executable, "-c", BESIDE_SEALED_PAGES, str(data), sha256], cwd=ROOT,
                   timeout=40, check=True)  # fmt: skip
