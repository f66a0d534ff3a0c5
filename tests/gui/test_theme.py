"""Every text on every ground it stands on, computed again."""

import pytest

from desk_app.gui import theme

GROUNDS = ("window", "surface", "rail", "accent_soft")
TEXTS = ("text", "muted", "accent", "ok", "warn", "bad", "unknown")


@pytest.mark.parametrize("tokens", [theme.LIGHT, theme.DARK], ids=lambda t: t.name)
@pytest.mark.parametrize("ground", GROUNDS)
@pytest.mark.parametrize("ink", TEXTS)
def test_text_can_be_read(tokens, ink, ground):
    assert theme.contrast(getattr(tokens, ink), getattr(tokens, ground)) >= 4.5


@pytest.mark.parametrize("tokens", [theme.LIGHT, theme.DARK], ids=lambda t: t.name)
@pytest.mark.parametrize("tone", ["ok", "warn", "bad", "unknown"])
def test_words_on_their_own_tint(tokens, tone):
    soft = getattr(tokens, f"{tone}_soft")
    assert theme.contrast(getattr(tokens, tone), soft) >= 4.5
    assert theme.contrast(tokens.text, soft) >= 4.5


@pytest.mark.parametrize("tokens", [theme.LIGHT, theme.DARK], ids=lambda t: t.name)
def test_buttons_and_outlines(tokens):
    assert theme.contrast(tokens.on_accent, tokens.accent) >= 4.5
    for ground in ("window", "surface"):
        assert theme.contrast(tokens.control, getattr(tokens, ground)) >= 3
    assert theme.contrast(tokens.muted, tokens.sunken) >= 4.5


def test_boxes_on_paper_use_colours_for_white():
    for tone in ("ok", "warn", "bad", "unknown", "accent"):
        assert theme.contrast(getattr(theme.LIGHT, tone), "#ffffff") >= 4.5


def test_known_values():
    assert theme.contrast("#000000", "#ffffff") == pytest.approx(21)
    assert theme.contrast("#b26a00", "#ffffff") == pytest.approx(4.2, abs=0.1)


def test_unknown_is_never_green():
    assert theme.LIGHT.unknown != theme.LIGHT.ok
    assert theme.DARK.unknown != theme.DARK.ok


def test_the_font_has_every_vietnamese_letter(qapp):
    from PySide6.QtGui import QFontMetrics

    metrics = QFontMetrics(theme.base_font())
    letters = "ĂÂĐÊÔƠƯăâđêôơưẤẦẨẪẬẮẰẲẴẶẾỀỂỄỆỐỒỔỖỘỚỜỞỠỢỨỪỬỮỰỲÝỶỸỴ"
    absent = [c for c in letters + letters.lower() if not metrics.inFontUcs4(ord(c))]
    assert absent == []
