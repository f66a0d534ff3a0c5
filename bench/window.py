"""How soon the window is there, and how late its timer gets while a dossier goes through.

    .venv/bin/python bench/window.py

Prints start-up (main.py to the first painted window, warm, median of several) and the lateness of
a 10 ms GUI timer: first on an idle window, then, in the same run, while the sample dossier is
scanned, read, signed and sent from that window; then a frame while 5,000 pages of a batch are
scrolled. Offscreen, on the machine that runs it.
"""

from __future__ import annotations

import os
import platform
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
STARTS = 9
IDLE_S = 10.0
TICK_MS = 10
PILE, FRAMES, WHEEL_PX = 5000, 200, 120

FIRST_WINDOW = """
import sys, time
born, data = float(sys.argv[2]), sys.argv[1]
from desk_app.gui import app
shown = app.Desk.show
def show(desk):
    shown(desk)
    def painted():
        print(time.time() - born, flush=True)
        app.QTimer.singleShot(0, app.QApplication.instance().quit)
    desk.window.painted.connect(painted)
app.Desk.show = show
sys.argv = ["main.py", "window", "--data", data]
import main
sys.exit(main.main())
"""


def start_up(data: Path) -> list[float]:
    """Seconds from starting the interpreter to the first paint."""
    taken = []
    for _ in range(STARTS + 1):
        done = subprocess.run(
            [sys.executable, "-c", FIRST_WINDOW, str(data), str(time.time())],
            capture_output=True, text=True, cwd=ROOT, timeout=60, check=True,
        )  # fmt: skip
        taken.append(float(done.stdout.split()[0]))
    return taken[1:]  # the first one warms the page cache


def lateness(data: Path) -> dict[str, list[float]]:
    """Milliseconds by which each tick came late, idle and busy."""
    from PySide6.QtCore import QEventLoop, Qt, QTimer
    from PySide6.QtWidgets import QApplication

    from desk_app.gui.app import Desk
    from desk_app.settings import Settings

    app = QApplication([])
    desk = Desk(data, Settings(device="simulated:?ppm=120"), resume=False)
    desk.show()
    ticks: list[float] = []
    last = time.perf_counter()

    def tick() -> None:
        nonlocal last
        now = time.perf_counter()
        ticks.append(max(0.0, (now - last) * 1000 - TICK_MS))
        last = now

    timer = QTimer()
    timer.setTimerType(Qt.TimerType.PreciseTimer)
    timer.timeout.connect(tick)
    timer.start(TICK_MS)

    def spin(until) -> list[float]:
        nonlocal last
        ticks.clear()
        last = time.perf_counter()
        while not until():
            app.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents, 50)
        return list(ticks)

    opened = time.monotonic() + 60
    spin(lambda: desk.station.desk is not None or time.monotonic() > opened)
    settle = time.monotonic() + 2
    spin(lambda: time.monotonic() > settle)
    end = time.monotonic() + IDLE_S
    idle = spin(lambda: time.monotonic() > end)
    work = Work(desk)
    busy = spin(work.is_over)
    seconds = work.seconds
    desk.close()
    if work.fault is not None:
        raise work.fault
    return {"idle": idle, "busy": busy, "seconds": [seconds]}


class Work:
    """The sample dossier from feed to receipts on the window's own desk, shown at the counter."""

    def __init__(self, desk) -> None:
        self._desk = desk
        self.fault = None
        self._thread = threading.Thread(target=self._run)
        self._started = time.monotonic()
        self._thread.start()
        self.seconds = 0.0

    def is_over(self) -> bool:
        self.seconds = time.monotonic() - self._started
        return not self._thread.is_alive()

    def _run(self) -> None:
        from PySide6.QtCore import QTimer

        from desk_app import pipeline

        try:
            opened = self._desk.station.desk
            code = "H49.64-261122-0001"
            dossier = pipeline.open_dossier(opened, code, "birth_registration")
            QTimer.singleShot(0, self._desk.window, lambda: self._desk.window.open_code(code))
            notify = self._desk.station.tasks.notify
            pipeline.feed(opened, dossier.id, notify=notify)
            pipeline.finish(opened, dossier.id, notify=notify)
            pipeline.upload(opened, notify=notify)
        except Exception as fault:
            self.fault = fault


def scrolling() -> list[float]:
    """CPU milliseconds of each frame while 5,000 pages of a batch are scrolled through."""
    from PySide6.QtWidgets import QApplication

    from desk_app.gui.models.batch import Tile
    from desk_app.gui.models.contact import ContactModel
    from desk_app.gui.models.pictures import Thumbnails
    from desk_app.gui.widgets.contact_sheet import ContactSheet
    from desk_app.paths import SAMPLES

    app = QApplication.instance() or QApplication([])
    pictures = sorted((SAMPLES / "birth_registration").glob("*.jpg"))
    tiles = [
        Tile(f"p{n}", pictures[n % len(pictures)], n // 2 + 1, "front" if n % 2 == 0 else "back",
             2480, 3508, 0, None, False, "", f"H-{n // 20}", n // 20, n % 20 == 0,
             ("skewed",) if n % 37 == 0 else (), checked=True)
        for n in range(PILE)
    ]  # fmt: skip
    thumbnails = Thumbnails()
    model = ContactModel(thumbnails)
    model.show(tiles)
    sheet = ContactSheet(model)
    sheet.resize(900, 800)
    sheet.show()
    settle = time.monotonic() + 3
    while time.monotonic() < settle:
        app.processEvents()
    bar, taken = sheet.verticalScrollBar(), []
    bar.setValue(bar.maximum() // 2)
    for _ in range(FRAMES):
        begin = time.thread_time()
        bar.setValue(bar.value() + WHEEL_PX)
        sheet.viewport().repaint()
        taken.append((time.thread_time() - begin) * 1000)
        app.processEvents()
    sheet.close()
    thumbnails.close()
    return taken


def quantile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        starts = start_up(Path(folder) / "start")
        late = lateness(Path(folder) / "late")
    frames = scrolling()
    print(f"machine: {platform.platform()}, {os.cpu_count()} cores, Python "
          f"{platform.python_version()}")  # fmt: skip
    print(f"main.py to first window (warm): median {statistics.median(starts):.2f} s, worst "
          f"{max(starts):.2f} s of {len(starts)}")  # fmt: skip
    for phase in ("idle", "busy"):
        values = late[phase]
        middle, late_end = quantile(values, 0.5), quantile(values, 0.99)
        print(f"10 ms timer, {phase}: late by median {middle:.1f} ms, p99 {late_end:.1f} ms, "
              f"worst {max(values):.1f} ms ({len(values)} ticks)")  # fmt: skip
    print(f"{PILE} thumbnails, a scroll frame: median {quantile(frames, 0.5):.1f} ms CPU, p99 "
          f"{quantile(frames, 0.99):.1f} ms ({FRAMES} frames)")  # fmt: skip
    ratio = quantile(late["busy"], 0.99) / max(0.1, quantile(late["idle"], 0.99))
    print(f"p99 busy against idle: {ratio:.1f} ×; the dossier took {late['seconds'][0]:.1f} s")


if __name__ == "__main__":
    main()
