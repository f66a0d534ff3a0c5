"""The reference store: the npm tus server with its hooks, started as a child process.

For demonstrations, tests and the acceptance of a province's own store. Its packages are installed
once from resources/reference_store/package-lock.json into the user's cache, where node and npm are.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import threading
from pathlib import Path
from types import TracebackType

from desk_app.errors import EngineError
from desk_app.paths import RESOURCES, locked

SOURCES = RESOURCES / "reference_store"
INSTALL_S = 300.0
START_S = 30.0
MIN_NODE = (20, 19)
_FILES = ("package.json", "package-lock.json", "store.mjs")


class ReferenceStore:
    """A running reference store on loopback; ends with the `with` block.

    Args:
        folder: where it keeps the files.
        port: 0 takes any that is free.
    """

    def __init__(self, folder: Path, port: int = 0) -> None:
        self.folder = folder
        self._port = port
        self._process: subprocess.Popen[str] | None = None
        self.url = ""

    def __enter__(self) -> ReferenceStore:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:  # fmt: skip
        self.end()

    def start(self) -> str:
        """Start it and wait until it listens; returns its address.

        Raises:
            EngineError: node or npm is missing, or it does not come up.
        """
        program = install() / "store.mjs"
        self._process = subprocess.Popen(
            ["node", str(program), str(self.folder), str(self._port), "--with-parent"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        watch = threading.Timer(START_S, self._process.kill)
        watch.start()
        try:
            assert self._process.stdout is not None
            line = self._process.stdout.readline()
        finally:
            watch.cancel()
        if not line:
            self.end()
            raise EngineError("it did not start", engine="node", detail_vi="không khởi động được")
        self.url = str(json.loads(line)["url"])
        return self.url

    def end(self) -> None:
        """End it at once, as a power cut would; what it received stays."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None

    def is_alive(self) -> bool:
        """Whether it still runs."""
        return self._process is not None and self._process.poll() is None


def missing() -> str | None:
    """What the reference store lacks on this computer, as apt calls it; None where all is there."""
    lacking = [name for name, program in (("nodejs", "node"), ("npm", "npm"))
               if shutil.which(program) is None]  # fmt: skip
    if not lacking and _node_version() < MIN_NODE:
        lacking = [f"nodejs (>= {MIN_NODE[0]}.{MIN_NODE[1]})"]
    return " ".join(lacking) or None


def _node_version() -> tuple[int, ...]:
    said = subprocess.run(
        ["node", "--version"], capture_output=True, text=True, timeout=START_S, check=False
    )
    return tuple(int(part) for part in re.findall(r"\d+", said.stdout)[:2])


def install() -> Path:
    """Bring the packages of the lock file into the user's cache, once for each lock file.

    Raises:
        EngineError: node or npm is missing, or npm cannot fetch the packages.
    """
    if (lacking := missing()) is not None:
        raise EngineError(
            f"install it: apt-get install {lacking}", engine="node",
            detail_vi=f"cần cài: apt-get install {lacking}",
        )  # fmt: skip
    digest = hashlib.sha256(b"".join((SOURCES / name).read_bytes() for name in _FILES))
    folder = _cache() / digest.hexdigest()[:16]
    with locked(folder.with_suffix(".lock"), wait=True):
        if not (folder / "complete").is_file():
            _npm_ci(folder)
    return folder


def _cache() -> Path:
    if base := os.environ.get("XDG_CACHE_HOME"):
        return Path(base) / "desk" / "reference_store"
    from platformdirs import user_cache_path

    return user_cache_path("desk", appauthor=False) / "reference_store"


def _npm_ci(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name in _FILES:
        shutil.copyfile(SOURCES / name, folder / name)
    options = ("--omit=optional", "--ignore-scripts", "--no-audit", "--no-fund", "--silent")
    try:
        done = subprocess.run(
            ["npm", "ci", *options], cwd=folder, capture_output=True, text=True,
            timeout=INSTALL_S, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired as fault:
        raise EngineError("it does not answer", engine="npm", detail_vi="không trả lời") from fault
    if done.returncode != 0:
        words = (done.stderr.strip().splitlines() or ["?"])[0]
        raise EngineError(
            f"npm ci: {words[:200]}", engine="npm", detail_vi="npm ci không tải được các gói"
        )
    (folder / "complete").touch()
