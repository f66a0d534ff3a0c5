"""Collect the window's strings into the .ts files and compile them; run after changing a text.

    .venv/bin/python resources/i18n/build.py          update desk_*.ts, compile all
    .venv/bin/python resources/i18n/build.py --check  nothing is written; 1 where something is due

English stands in the source; desk_en.ts holds only its plurals. qtbase_vi.ts is kept by hand: Qt
ships no Vietnamese texts for its standard buttons and menus.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
TOOLS = Path(sys.executable).parent
TIMEOUT_S = 120


def update(folder: Path) -> None:
    """Bring desk_vi.ts and desk_en.ts in a folder up to the source."""
    sources = sorted(str(path) for path in (ROOT / "desk_app" / "gui").rglob("*.py"))
    shared = ["-tr-function-alias", "QT_TRANSLATE_NOOP+=_N", "-locations", "none", "-silent"]
    run("lupdate", *shared, *sources, "-ts", str(folder / "desk_vi.ts"))
    run("lupdate", *shared, "-pluralonly", *sources, "-ts", str(folder / "desk_en.ts"))


def release(folder: Path) -> None:
    """Compile every .ts of a folder."""
    for source in sorted(folder.glob("*.ts")):
        run("lrelease", "-silent", str(source), "-qm", str(source.with_suffix(".qm")))


def run(tool: str, *arguments: str) -> None:
    """Run one of Qt's translation tools."""
    command = [str(TOOLS / f"pyside6-{tool}"), *arguments]
    subprocess.run(command, check=True, timeout=TIMEOUT_S, cwd=ROOT)


def check() -> int:
    """Whether the committed files are what this script would make."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for file in HERE.glob("*.ts"):
            shutil.copy(file, folder)
        update(folder)
        release(folder)
        made = [file for file in folder.iterdir() if file.suffix in (".ts", ".qm")]
        old = [f.name for f in made if f.read_bytes() != (HERE / f.name).read_bytes()]
    for file in old:
        sys.stderr.write(f"{file} is out of date: run resources/i18n/build.py\n")
    return 1 if old else 0


def main() -> int:
    """Update and compile, or only check."""
    if "--check" in sys.argv[1:]:
        return check()
    update(HERE)
    release(HERE)
    return 0


if __name__ == "__main__":
    sys.exit(main())
