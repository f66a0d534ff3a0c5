"""The office's figures as one HTML file: plots as SVG, both languages, nothing from elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from html import escape

from desk_app.dossiers.figures_tables import COUNTS, NOT_A_NUMBER, WORDS, Titles
from desk_app.records import Text
from desk_app.store.figures import FULL_MARKS, GROUPS, INDICATORS, Figures, Tally

_STYLE = """
body{font:15px/1.5 system-ui,"Noto Sans",sans-serif;margin:0 auto;max-width:1080px;padding:24px;
color:#1d2733;background:#fff}h1{font-size:24px;margin:0}h2{font-size:18px;margin:32px 0 8px}
.en{display:none}#en:checked~main .en{display:inline}#en:checked~main .vi{display:none}
input[name=l]{position:absolute;opacity:0}.pick label{border:1px solid #8894a3;padding:2px 12px;
cursor:pointer;border-radius:4px;margin-right:4px}input:focus-visible~main .pick{outline:2px solid
#0b5cad}.cards{display:flex;flex-wrap:wrap;gap:12px;margin:16px 0}.card{border:1px solid #d5dbe3;
border-radius:8px;padding:12px 16px;min-width:180px;flex:1}.card b{display:block;font-size:26px}
table{border-collapse:collapse;width:100%;font-size:13px}th,td{border-bottom:1px solid #e3e7ec;
padding:5px 8px;text-align:right;vertical-align:top}th:first-child,td:first-child{text-align:left}
.scroll{overflow-x:auto}svg{width:100%;height:auto}svg text{font-size:12px;fill:#44505e}
@media(prefers-color-scheme:dark){body{background:#14191f;color:#e4e9ef}svg text{fill:#b9c3cf}
.card{border-color:#38424e}th,td{border-color:#2b333d}}
@media print{.pick{display:none}body{max-width:none}}
"""
_BLUE, _GREEN, _AMBER, _GREY = "#0b5cad", "#1f7a4d", "#a15c00", "#8894a3"
_COLOURS = dict(zip(INDICATORS, (_AMBER, _BLUE, _GREEN, _GREY), strict=True))
_MOST_BARS = 15
_MOST_DAYS = 62


def both(vi: str, en: str) -> str:
    """A text in both languages, of which one is shown."""
    return f'<span class="vi">{escape(vi)}</span><span class="en" lang="en">{escape(en)}</span>'


def word(name: str) -> str:
    """A heading in both languages."""
    return both(*WORDS[name])


def page(found: Figures, titles: Titles, language: str) -> str:
    """The whole page; it opens in the language given and can be switched without a script."""
    vi, en = ("", " checked") if language == "en" else (" checked", "")
    period = f"{_day(found.first)} – {_day(found.last)}"
    parts = [
        f"<h1>{both('Số liệu của cơ quan', 'Figures of the office')}</h1><p>{period}</p>",
        _cards(found.total),
        _section("day", _days(found)),
        _section("procedure", _bars(found.groups["procedure"], titles, "procedure")),
        _section("office", _bars(found.groups["office"], titles, "office")),
        _section("clerk", _bars(found.groups["clerk"], titles, "clerk")),
        _uploads(found),
        *(_table(found, titles, name) for name in GROUPS),
        _notes(),
    ]
    return (
        f'<!DOCTYPE html><html lang="{language}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>{escape(period)}</title><style>{_STYLE}</style></head><body>"
        f'<input type="radio" name="l" id="vi"{vi}><input type="radio" name="l" id="en"{en}>'
        '<main><p class="pick"><label for="vi">Tiếng Việt</label>'
        f'<label for="en">English</label></p>{"".join(parts)}</main></body></html>'
    )


def _day(day: date) -> str:
    return f"{day:%d/%m/%Y}"


def _share(tally: Tally, name: str) -> str:
    share = tally.percent(name)
    return NOT_A_NUMBER if share is None else f"{share:.2f} %"


def _cards(total: Tally) -> str:
    cards = [f'<div class="card">{word("received")}<b>{total.received}</b></div>']
    for name in INDICATORS:
        count = f"{getattr(total, name)} / {total.received}"
        cards.append(f'<div class="card">{word(name)}<b>{_share(total, name)}</b>{count}</div>')
    return f'<div class="cards">{"".join(cards)}</div>'


def _section(name: str, plot: str) -> str:
    return f"<h2>{word(name)}</h2>{plot}"


# --- plots ------------------------------------------------------------------------------------


def _days(found: Figures) -> str:
    """A column a day: received, with the digitized part filled; days without any are shown."""
    known = {tally.key: tally for tally in found.groups["day"]}
    days = [found.first + timedelta(n) for n in range((found.last - found.first).days + 1)]
    shown = days[-_MOST_DAYS:]
    tallies = [known.get(day.isoformat(), Tally(day.isoformat())) for day in shown]
    top = max((tally.received for tally in tallies), default=0) or 1
    step, height = 960 / len(shown), 180
    marks = [_column(tally, number, step, height, top) for number, tally in enumerate(tallies)]
    every = max(1, len(shown) // 8)
    labels = "".join(
        f'<text x="{40 + (n + 0.5) * step:.1f}" y="{height + 34}" text-anchor="middle">'
        f"{day:%d/%m}</text>"
        for n, day in enumerate(shown)
        if n % every == 0
    )
    axis = (
        f'<text x="34" y="24" text-anchor="end">{top}</text>'
        f'<text x="34" y="{height + 20}" text-anchor="end">0</text>'
        f'<path d="M40 {height + 16}H1000" stroke="{_GREY}"/>'
    )
    svg = _svg("day", height + 44, axis + "".join(marks) + labels)
    return svg + _legend((("received", _GREY), ("digitized", _BLUE)))


def _svg(group: str, height: int, inside: str) -> str:
    """A plot under the name of its group; its numbers stand in the table below."""
    label = escape(" / ".join(WORDS[group]))
    return f'<svg viewBox="0 0 1010 {height}" role="img" aria-label="{label}">{inside}</svg>'


def _column(tally: Tally, number: int, step: float, height: int, top: int) -> str:
    x, width = 40 + number * step + step * 0.15, step * 0.7
    return "".join(
        f'<rect x="{x:.1f}" y="{16 + height * (1 - count / top):.1f}" width="{width:.1f}" '
        f'height="{height * count / top:.1f}" fill="{colour}"{opacity}>'
        f"<title>{escape(tally.key)}: {count}</title></rect>"
        for count, colour, opacity in (
            (tally.received, _GREY, ' fill-opacity="0.45"'),
            (tally.digitized, _BLUE, ""),
        )
        if count
    )


def _bars(tallies: Sequence[Tally], titles: Titles, group: str) -> str:
    """Two bars an entry: digitized and reused, in percent, with the mark of the full score."""
    shown = tallies[:_MOST_BARS]
    if not shown:
        return f"<p>{both('Không có hồ sơ.', 'No dossiers.')}</p>"
    lines = [
        _pair(tally, titles(group, tally.key), 14 + 44 * number)
        for number, tally in enumerate(shown)
    ]
    bottom = 14 + 44 * len(shown)
    x = 340 + 5.6 * FULL_MARKS
    full = f'<path d="M{x} 8V{bottom}" stroke="{_AMBER}" stroke-dasharray="4 4"/>' + (
        f'<text x="{x}" y="{bottom + 14}" text-anchor="middle">{FULL_MARKS:.0f} %</text>'
    )
    svg = _svg(group, bottom + 20, "".join(lines) + full)
    return svg + _legend((("digitized", _BLUE), ("reused", _GREEN)))


def _pair(tally: Tally, title: Text, y: int) -> str:
    place = f'x="330" y="{y + 20}" text-anchor="end"'
    out = [
        f'<text {place} class="vi">{_short(title.vi, tally)}</text>',
        f'<text {place} class="en">{_short(title.en, tally)}</text>',
    ]
    for indicator, dy in (("digitized", 4), ("reused", 20)):
        share = tally.percent(indicator) or 0.0
        out.append(
            f'<rect x="340" y="{y + dy}" width="{5.6 * share:.1f}" height="12" '
            f'fill="{_COLOURS[indicator]}"/><text x="{346 + 5.6 * share:.1f}" y="{y + dy + 11}">'
            f"{_share(tally, indicator)}</text>"
        )
    return "".join(out)


def _short(title: str, tally: Tally) -> str:
    name = title or tally.key or "–"
    return escape(name if len(name) <= 46 else name[:45] + "…")


def _legend(entries: Sequence[tuple[str, str]]) -> str:
    marks = (
        f'<span style="color:{colour}" aria-hidden="true">■</span> {word(name)}'
        for name, colour in entries
    )
    return f"<p>{' &nbsp; '.join(marks)}</p>"


# --- tables -----------------------------------------------------------------------------------


def _table(found: Figures, titles: Titles, group: str) -> str:
    heads = "".join(f"<th>{word(name)}</th>" for name in (group, *COUNTS))
    shares = "".join(f"<th>{word(name)} %</th>" for name in INDICATORS)
    lines = "".join(_line(tally, titles(group, tally.key)) for tally in found.groups[group])
    return (
        f"<h2>{word(group)}</h2><div class='scroll'><table><thead><tr>{heads}{shares}</tr></thead>"
        f"<tbody>{lines}</tbody></table></div>"
    )


def _line(tally: Tally, title: Text) -> str:
    key = tally.key or "–"
    name = both(title.vi, title.en) if title.vi else escape(key)
    counts = "".join(f"<td>{getattr(tally, each)}</td>" for each in COUNTS)
    shares = "".join(f"<td>{_share(tally, each)}</td>" for each in INDICATORS)
    return f"<tr><td>{name}</td>{counts}{shares}</tr>"


_STATES = {
    "queued": ("Chờ gửi", "Ready to send"),
    "waiting": ("Chờ thử lại", "Waiting to be tried again"),
    "leased": ("Đang gửi", "Being sent"),
    "held": ("Chờ duyệt", "Waiting for approval"),
    "dead": ("Không gửi được", "Given up"),
    "done": ("Đã lưu kho", "Stored"),
    "cancelled": ("Đã hủy", "Cancelled"),
}


def _uploads(found: Figures) -> str:
    cards = "".join(
        f'<div class="card">{both(*_STATES.get(state, (state, state)))}<b>{count}</b></div>'
        for state, count in sorted(found.uploads.counts.items(), key=_rank)
        if count
    )
    failed = "".join(
        f"<li>{escape(code or '–')}: {count}</li>" for code, count in found.uploads.failed
    )
    heading = both("Hàng đợi nộp, lúc này", "The upload queue, now")
    return f'<h2>{heading}</h2><div class="cards">{cards}</div><ul>{failed}</ul>'


def _rank(item: tuple[str, int]) -> int:
    return list(_STATES).index(item[0]) if item[0] in _STATES else len(_STATES)


def _notes() -> str:
    lines = (
        ("4.1: kết quả giải quyết có tệp đã ký.", "4.1: the result paper is there as signed file."),
        ("4.2: thành phần hồ sơ có tệp đã ký, và cả kết quả nếu thủ tục trả giấy tờ.",
         "4.2: a component has a signed file, and so has the result where one is handed out."),
        ("4.3: ít nhất một thành phần dùng lại giấy tờ đã số hóa.",
         "4.3: at least one component is satisfied by a paper digitized before."),
        ("4.4: ít nhất một thành phần lấy từ kho của công dân trên Cổng quốc gia.",
         "4.4: at least one component came from the citizen's list on the national portal."),
        ("Mẫu số: hồ sơ tiếp nhận trong kỳ. 4.2 và 4.3 đạt điểm tối đa từ 80 %.",
         "Shares are of the dossiers received in the period; 4.2 and 4.3 score fully from 80 %."),
    )  # fmt: skip
    return "<ul>" + "".join(f"<li>{both(*line)}</li>" for line in lines) + "</ul>"
