"""Draw the sample dossier and scan it: ``python resources/samples/draw.py [--out DIR] [--seed N]``.

A birth registration: five papers on nine sheets, scanned on both sides, and the slip that the desk
hands out. ``truth.json`` beside the pictures says what is on every side.

The same seed, fonts and Pillow give the same bytes. Needs the package segno and the fonts of
Debian's fonts-croscore; with fonts-ocr-b the machine-readable zone has its real letters.
"""

from __future__ import annotations

import argparse
import json
import sys
import zlib
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from sample_drawing import people
from sample_drawing.authorisation import authorisation
from sample_drawing.card import citizen_card
from sample_drawing.civil import birth_form, marriage_certificate
from sample_drawing.fonts import NoFontError
from sample_drawing.hospital import birth_notification
from sample_drawing.paper import Paper
from sample_drawing.receipt import receipt_slip
from sample_drawing.scan import Feed, save, scan
from sample_drawing.sheet import A4_PX, Sheet

DEFAULT_SEED = 49
FOLDER = "birth_registration"
SLIP = "receipt_slip.jpg"
UPSIDE_DOWN_SHEET = 3
SKEWED_SHEET, SKEW_DEG = 4, 2.3


@dataclass(frozen=True, slots=True)
class Side:
    """One side of one sheet of the dossier, ready to be scanned."""

    file: str
    sheet: int
    side: str
    paper: Paper
    first: bool
    drawn: Sheet | None
    other: Sheet | None
    feed: Feed


def dossier_papers() -> tuple[Paper, ...]:
    """The five papers in the order in which they lie in the feeder."""
    return (
        birth_form(),
        birth_notification(),
        marriage_certificate(),
        citizen_card(),
        authorisation(),
    )


def feeds(sheet: int, seed: int) -> tuple[Feed, Feed]:
    """How front and back of a sheet went through: a sheet that leans, leans on both sides."""
    rng = np.random.default_rng([seed, sheet])
    lean = SKEW_DEG if sheet == SKEWED_SHEET else round(float(rng.uniform(-0.3, 0.3)), 2)
    turn = 180 if sheet == UPSIDE_DOWN_SHEET else 0
    return Feed(turn, lean), Feed(turn, -lean)


def sides(papers: tuple[Paper, ...], seed: int) -> list[Side]:
    """Every side in the order in which a duplex feeder delivers it."""
    found: list[Side] = []
    number = 0
    for paper in papers:
        for index, (front, back) in enumerate(paper.sheets):
            number += 1
            feed = feeds(number, seed)
            found.append(Side(f"s{number:02d}a.jpg", number, "front", paper, index == 0,
                              front, back, feed[0]))  # fmt: skip
            found.append(Side(f"s{number:02d}b.jpg", number, "back", paper, False,
                              back, front, feed[1]))  # fmt: skip
    return found


def render(side: Side, seed: int) -> Image.Image:
    """Scan one side; its noise depends on the seed and its name alone."""
    rng = np.random.default_rng([seed, zlib.crc32(side.file.encode())])
    clean = side.drawn.image if side.drawn else Image.new("RGB", A4_PX, (255, 255, 255))
    return scan(clean, side.other.image if side.other else None, side.feed, rng)


def _side_truth(side: Side) -> dict[str, Any]:
    blank = side.drawn is None
    return {
        "file": side.file,
        "sheet": side.sheet,
        "side": side.side,
        "blank": blank,
        "type": None if blank else side.paper.type,
        "first": side.first,
        "rotation": 0 if blank else side.feed.rotation,
        "skew_deg": 0.0 if blank else side.feed.skew_deg,
        "text": [] if side.drawn is None else side.drawn.texts,
    }


def _paper_truth(paper: Paper, every_side: list[Side]) -> dict[str, Any]:
    files = [side.file for side in every_side if side.paper is paper and side.drawn is not None]
    return {
        "type": paper.type,
        "title": paper.title,
        "pages": paper.pages,
        "files": files,
        "fields": paper.fields,
        **paper.codes,
    }


def _person_truth(role: str, person: people.Person) -> dict[str, Any]:
    values = asdict(person).items()
    plain = {key: value.isoformat() if isinstance(value, date) else value for key, value in values}
    return {"role": role, "sex": person.sex, **plain}


def truth(every_side: list[Side], slip: Side) -> dict[str, Any]:
    """What is on the pictures, as data.

    Args:
        every_side: The dossier's sides in feeding order.
        slip: The receipt slip.

    Returns:
        A JSON document. A blank side states neither type nor rotation nor skew; ``text`` holds
        paragraphs, so it does not depend on where lines broke. Names on the papers stand in
        capitals, those from the card's QR do not: compare them without regard to case.
    """
    papers = list(dict.fromkeys(side.paper.type for side in every_side))
    by_type = {side.paper.type: side.paper for side in every_side}
    persons = (("mother", people.MOTHER), ("father", people.FATHER), ("agent", people.AGENT))
    return {
        "notice": people.NOTICE,
        "dossier": {
            "code": people.DOSSIER_CODE,
            "procedure": people.PROCEDURE,
            "procedure_title": people.PROCEDURE_TITLE,
        },
        "people": [_person_truth(role, person) for role, person in persons]
        + [{"role": "child", "full_name": people.CHILD_NAME, "sex": people.CHILD_SEX,
            "born": people.CHILD_BORN.isoformat()}],
        "card": by_type["citizen_card"].codes,
        "documents": [_paper_truth(by_type[name], every_side) for name in papers],
        "sides": [_side_truth(side) for side in every_side],
        "receipt_slip": {
            **_paper_truth(slip.paper, [slip]),
            "file": slip.file,
            "skew_deg": slip.feed.skew_deg,
            "rotation": slip.feed.rotation,
            "text": slip.drawn.texts if slip.drawn else [],
        },
    }  # fmt: skip


def slip_side(seed: int) -> Side:
    """The receipt slip as one side without a back."""
    paper = receipt_slip()
    return Side(SLIP, 0, "front", paper, True, paper.sheets[0][0], None, feeds(0, seed)[0])


def draw_all(out: Path, seed: int) -> None:
    """Draw, scan and write everything.

    Args:
        out: Folder of the samples; the dossier goes into its own folder below.
        seed: Decides noise, light, dust and small leans.
    """
    folder = out / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    every_side, slip = sides(dossier_papers(), seed), slip_side(seed)
    for side in every_side:
        save(render(side, seed), folder / side.file)
        sys.stderr.write(f"{side.file} {(folder / side.file).stat().st_size // 1024} KB\n")
    save(render(slip, seed), out / SLIP)
    text = json.dumps(truth(every_side, slip), ensure_ascii=False, indent=1)
    (folder / "truth.json").write_text(text + "\n", encoding="utf-8")


def main() -> int:
    """Read the arguments and draw."""
    parser = argparse.ArgumentParser(description="Draw the sample dossier and scan it.")
    parser.add_argument("--out", type=Path, default=Path(__file__).resolve().parent)
    parser.add_argument("--seed", type=int, default=DEFAULT_SEED)
    arguments = parser.parse_args()
    try:
        draw_all(arguments.out, arguments.seed)
    except NoFontError as error:
        sys.stderr.write(f"{error}\n")
        return 3
    return 0


if __name__ == "__main__":
    sys.exit(main())
