"""What must not be found in a data folder: names and numbers of the sample dossier, pages, PDFs."""

from __future__ import annotations

import json
import re
import subprocess
import unicodedata
from collections.abc import Iterator
from pathlib import Path

TRUTH = json.loads(
    (Path(__file__).parents[1] / "resources/samples/birth_registration/truth.json").read_text(
        encoding="utf-8"
    )
)
MARKERS = (b"%PDF", b"\xff\xd8\xff", b"\x89PNG", b"II*\0", b"MM\0*", b"SQLite format 3")


def secrets() -> set[str]:
    """Names, citizen numbers, document numbers, lines of the card and the code, as people write
    them."""
    found = {TRUTH["dossier"]["code"], TRUTH["card"]["qr"], *TRUTH["card"]["mrz"]}
    for person in TRUTH["people"]:
        found |= {person["full_name"], person.get("citizen_number", person["full_name"])}
    for paper in TRUTH["documents"]:
        for value in paper["fields"].values():
            if len(value) >= 6 and re.search(r"\d{4}|\s", value):
                found.add(value)
    return found


def _spellings(text: str) -> Iterator[bytes]:
    bare = "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))
    bare = bare.replace("Đ", "D").replace("đ", "d")
    for shown in {text, text.upper(), text.lower(), text.title(), bare, bare.lower(), bare.upper()}:
        for form in ("NFC", "NFD"):
            for encoding in ("utf-8", "utf-16-le", "utf-16-be"):
                yield unicodedata.normalize(form, shown).encode(encoding)
        yield json.dumps(shown).strip('"').encode()


def leaks(folder: Path, also: set[str] = frozenset()) -> list[str]:  # type: ignore[assignment]
    """Files of a folder that tell something, and what; empty where none does."""
    wanted = {raw for text in secrets() | set(also) for raw in _spellings(text)}
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    found = []
    for path in files:
        data = path.read_bytes()
        if data.startswith(MARKERS):
            found.append(f"{path.name}: begins {data[:8]!r}")
        found += [f"{path.relative_to(folder)}: {raw!r}" for raw in wanted if raw in data]
    said = subprocess.run(["strings", "-a", *map(str, files)], capture_output=True, timeout=120)
    assert said.returncode == 0
    return [*found, *(str(raw) for raw in wanted if raw in said.stdout)]
