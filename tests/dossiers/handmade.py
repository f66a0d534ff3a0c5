"""Readings made by hand: lines of text laid out on an A4 page of 200 dpi, no engine involved."""

from desk_app.records import Code, Page, PageCondition, PageReading, PageText, PageType, Word

WIDTH, HEIGHT = 1654, 2339
LINE, TALL, LETTER = 60, 30, 15
"""Distance of lines, height of letters, width of a letter, in pixels."""
LEFT, RIGHT = 200, 1500
NOBODY = PageType(None, 0.3, True)


def typed(*lines, confidence=0.96, rotation=0, top=150):
    """Lay out lines: "^" centres a line, ">" puts it right, "|" parts columns, "" skips a line."""
    words = []
    for number, line in enumerate(lines):
        y = top + number * LINE
        columns = line.lstrip("^>").split("|")
        for place, column in enumerate(columns):
            x = LEFT + place * (RIGHT - LEFT) // len(columns)
            wide = len(column) * LETTER
            if line.startswith("^"):
                x = (LEFT + RIGHT - wide) // 2
            if line.startswith(">"):
                x = RIGHT - wide
            for text in column.split():
                box = (x, y, x + len(text) * LETTER, y + TALL)
                word_line = number * 10 + place
                words.append(Word(text, on_disk(box, rotation), confidence, text, word_line))
                x += (len(text) + 1) * LETTER
    size = (HEIGHT, WIDTH) if rotation % 180 else (WIDTH, HEIGHT)
    return PageText(tuple(words), rotation, *size, "typed")


def on_disk(box, rotation):
    """Where a box of the upright page lies in the file that shows it turned."""
    x0, y0, x1, y1 = box
    return {
        0: box,
        90: (y0, WIDTH - x1, y1, WIDTH - x0),
        180: (WIDTH - x1, HEIGHT - y1, WIDTH - x0, HEIGHT - y0),
        270: (HEIGHT - y1, x0, HEIGHT - y0, x1),
    }[rotation]


def condition(blank="content", rotation=0, red_share=0.0):
    return PageCondition(
        WIDTH, HEIGHT, 200, rotation, 0.9, 0.0, 0.9, blank, 0.02, red_share, 400.0, 150.0
    )


def reading(text=None, codes=(), kind=NOBODY, **facts):
    return PageReading(condition(**facts), text or typed(), tuple(codes), kind)


def page(number, side="front", sheet=None, kind=NOBODY, *, aside=False, **facts):
    """The number-th side of a dossier; facts go to its reading."""
    sheet = number if sheet is None else sheet
    return Page(
        f"P{number}", "D1", float(number), sheet, side, f"{number:064x}", "image/jpeg",
        WIDTH, HEIGHT, 200, set_aside=aside, reading=reading(kind=kind, **facts),
    )  # fmt: skip


CARD_QR = "022196999001|100999001|Nguyễn Thị Hồng Nguyệt|09081996|Nữ|Số 27, Tổ 4, Hạ Long|14052021"
CARD_ZONE = (
    "IDVNM1969990010022196999001<<8\n9608096F3608094VNM<<<<<<<<<<<4\nNGUYEN<<THI<HONG<NGUYET<<<<<<<"
)


def qr(text=CARD_QR):
    return Code("qr", text, (1300, 200, 1400, 300))


def zone(text=CARD_ZONE):
    return Code("mrz", text, (200, 900, 1400, 1100))
