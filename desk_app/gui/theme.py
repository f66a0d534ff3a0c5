"""Colours, palette and style sheet of the desk, light and dark, from one set of tokens.

Every text token reaches 4.5:1 on every background it is drawn on, every symbol 3:1
(WCAG 2.2, 1.4.3 and 1.4.11); tests/gui/test_theme.py computes it again from these values.
"""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFont, QFontDatabase, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication

from desk_app.paths import RESOURCES

FAMILIES = ("Segoe UI", "Noto Sans", "Arimo", "Liberation Sans", "DejaVu Sans")
"""Families with the whole Vietnamese alphabet, best looking first."""
POINT_SIZE = 10.5


@dataclass(frozen=True, slots=True)
class Tokens:
    """Named colours; what they are for, not what they look like."""

    name: str
    window: str
    surface: str
    """Lists, forms and cards."""
    sunken: str
    """Behind the page view."""
    rail: str
    text: str
    muted: str
    border: str
    control: str
    """Outline of what can be typed in or pressed: 3:1 against its surroundings."""
    accent: str
    accent_soft: str
    """Selection and hover behind `text`."""
    on_accent: str
    ok: str
    ok_soft: str
    warn: str
    warn_soft: str
    bad: str
    bad_soft: str
    unknown: str
    """What is not known, and never green."""
    unknown_soft: str


LIGHT = Tokens(
    "light", window="#f4f6f8", surface="#ffffff", sunken="#dfe4ea", rail="#eaeef3",
    text="#1a2027", muted="#52606d", border="#d8dee5", control="#84909c",
    accent="#1565c0", accent_soft="#e3eefb", on_accent="#ffffff",
    ok="#2a7230", ok_soft="#e6f4e7", warn="#8a5100", warn_soft="#fdf1dc",
    bad="#b3261e", bad_soft="#fce8e6", unknown="#5b5f97", unknown_soft="#ecedf8",
)  # fmt: skip
DARK = Tokens(
    "dark", window="#1b1f24", surface="#23282e", sunken="#14171b", rail="#181c20",
    text="#e8ebee", muted="#a9b4bf", border="#363e47", control="#74808c",
    accent="#90caf9", accent_soft="#25394d", on_accent="#0d2338",
    ok="#81c784", ok_soft="#1f3524", warn="#ffb74d", warn_soft="#3a2e18",
    bad="#ff8a80", bad_soft="#402423", unknown="#b3b7f0", unknown_soft="#2b2d45",
)  # fmt: skip

TONES = ("ok", "warn", "bad", "unknown", "accent", "muted")


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours, 1 to 21 (WCAG 2.2, relative luminance)."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def tokens_for(theme: str) -> Tokens:
    """The tokens of a theme setting; "system" asks the platform, which may not know."""
    if theme == "system":
        dark = QGuiApplication.styleHints().colorScheme() == Qt.ColorScheme.Dark
        return DARK if dark else LIGHT
    return DARK if theme == "dark" else LIGHT


_current = LIGHT


def current() -> Tokens:
    """The tokens now in use; delegates and page items paint with them."""
    return _current


def colour(tone: str) -> QColor:
    """A token of the theme in use, by name."""
    return QColor(getattr(_current, tone))


def apply(app: QApplication, theme: str) -> Tokens:
    """Dress the whole program."""
    global _current
    _current = tokens_for(theme)
    app.setStyle("Fusion")
    app.setFont(base_font())
    app.setPalette(palette(_current))
    app.setStyleSheet(style_sheet(_current))
    return _current


def base_font() -> QFont:
    """The system's best family for Vietnamese."""
    present = set(QFontDatabase.families())
    font = QFont([name for name in FAMILIES if name in present] or [QFont().family()])
    font.setPointSizeF(POINT_SIZE)
    return font


def palette(t: Tokens) -> QPalette:
    """Explicit colours for every role, because platforms differ and tests have no platform."""
    roles = {
        "Window": t.window, "WindowText": t.text, "Base": t.surface, "AlternateBase": t.window,
        "Text": t.text, "PlaceholderText": t.muted, "Button": t.surface, "ButtonText": t.text,
        "BrightText": t.bad, "Highlight": t.accent, "HighlightedText": t.on_accent,
        "ToolTipBase": t.text, "ToolTipText": t.window, "Link": t.accent, "LinkVisited": t.accent,
        "Light": t.surface, "Midlight": t.window, "Mid": t.border, "Dark": t.control,
        "Shadow": t.sunken, "Accent": t.accent,
    }  # fmt: skip
    result = QPalette()
    for role, value in roles.items():
        result.setColor(getattr(QPalette.ColorRole, role), QColor(value))
    for role in ("WindowText", "Text", "ButtonText"):
        result.setColor(
            QPalette.ColorGroup.Disabled, getattr(QPalette.ColorRole, role), QColor(t.muted)
        )
    return result


def style_sheet(t: Tokens) -> str:
    """What the palette cannot say: spacing, rules and the tones of notices."""
    icons = (RESOURCES / "icons").as_posix()
    return _BASE % {**_values(t), "icons": icons} + "".join(_tone(t, tone) for tone in TONES)


def _values(t: Tokens) -> dict[str, str]:
    return {name: getattr(t, name) for name in Tokens.__slots__}


def _tone(t: Tokens, tone: str) -> str:
    soft = getattr(t, f"{tone}_soft", t.window)
    ink = getattr(t, tone)
    return (
        f'QLabel[tone="{tone}"] {{ color: {ink}; }}\n'
        f'QLabel[chip="{tone}"] {{ color: {ink}; background: {soft}; border-radius: 9px;'
        f" padding: 1px 9px; font-weight: 600; }}\n"
        f'QFrame[notice="{tone}"] {{ background: {soft}; border: 0;'
        f" border-left: 4px solid {ink}; }}\n"
        f'QFrame[notice="{tone}"] QLabel {{ color: {t.text}; background: transparent; }}\n'
    )


_BASE = """
QToolTip { color: %(window)s; background: %(text)s; border: 0; padding: 5px 8px; }
QMenuBar { background: %(rail)s; border: 0; padding: 1px 4px; }
QMenuBar::item { padding: 4px 10px; border-radius: 4px; background: transparent; }
QMenuBar::item:selected { background: %(accent_soft)s; color: %(text)s; }
QMenu { background: %(surface)s; border: 1px solid %(border)s; padding: 5px; }
QMenu::item { padding: 6px 28px 6px 12px; border-radius: 4px; }
QMenu::item:selected { background: %(accent_soft)s; color: %(text)s; }
QMenu::item:disabled { color: %(muted)s; }
QMenu::icon { padding-left: 8px; }
QMenu::separator { height: 1px; background: %(border)s; margin: 5px 8px; }
QSplitter::handle { background: %(border)s; }
QSplitter::handle:horizontal { width: 1px; }
QSplitter::handle:vertical { height: 1px; }

#Rail { background: %(rail)s; border: 0; border-right: 1px solid %(border)s; }
#Rail QToolButton { border: 0; border-left: 3px solid transparent; border-radius: 0;
  padding: 11px 4px 9px 1px; color: %(muted)s; font-size: 9.5pt; }
#Rail QToolButton:hover { background: %(accent_soft)s; color: %(text)s; }
#Rail QToolButton:checked { color: %(accent)s; background: %(surface)s;
  border-left: 3px solid %(accent)s; font-weight: 600; }
#Rail QToolButton:disabled { color: %(control)s; }
#Rail QToolButton:focus { background: %(accent_soft)s; }
#StatusStrip { background: %(rail)s; border-top: 1px solid %(border)s; }
#StatusStrip QLabel { font-size: 9.5pt; }
#Header { background: %(surface)s; border-bottom: 1px solid %(border)s; }
#PageBar { background: %(surface)s; border-bottom: 1px solid %(border)s; }
#Panel, #Panel QScrollArea, #PanelBody { background: %(surface)s; border: 0; }
#PanelFoot { background: %(surface)s; border-top: 1px solid %(border)s; }
QTableView, QListView, QTreeView { border: 0; background: %(surface)s; outline: 0;
  selection-background-color: %(accent_soft)s; selection-color: %(text)s; }
QGraphicsView { border: 0; background: %(sunken)s; }
QTableView::item { padding: 0 8px; }
QHeaderView { background: %(surface)s; }
QHeaderView::section { background: %(surface)s; color: %(muted)s; border: 0; padding: 7px 10px;
  border-bottom: 1px solid %(border)s; font-weight: 600; }
QFrame[card="true"] { background: %(surface)s; border: 1px solid %(border)s; border-radius: 10px; }

QFrame[card="true"][current="true"] { border: 2px solid %(accent)s; }

QLabel[role="hero"] { font-size: 19pt; font-weight: 600; }
QLabel[role="title"] { font-size: 13pt; font-weight: 600; }
QLabel[role="strong"] { font-weight: 600; }
QLabel[role="muted"] { color: %(muted)s; }
QLabel[role="caption"] { color: %(muted)s; font-size: 9.5pt; }

QLineEdit, QComboBox, QSpinBox { background: %(surface)s; color: %(text)s;
  border: 1px solid %(control)s;
  border-radius: 5px; padding: 4px 8px; min-height: 22px;
  placeholder-text-color: %(muted)s; }
QLineEdit:focus, QComboBox:focus, QSpinBox:focus { border: 2px solid %(accent)s; padding: 3px 7px; }
QLineEdit:disabled, QComboBox:disabled { color: %(muted)s; border-color: %(border)s; }
QLineEdit:read-only { background: %(window)s; border-color: %(border)s; }
QLineEdit[big="true"], QComboBox[big="true"] { font-size: 12.5pt; padding: 8px 12px; }
QLineEdit[big="true"]:focus, QComboBox[big="true"]:focus { padding: 7px 11px; }
QLineEdit[doubt="true"] { border-color: %(warn)s; background: %(warn_soft)s; }
QPlainTextEdit { background: %(surface)s; color: %(text)s; border: 1px solid %(control)s;
  border-radius: 5px; padding: 4px 6px; placeholder-text-color: %(muted)s; }
QPlainTextEdit:focus { border: 2px solid %(accent)s; padding: 3px 5px; }
QPlainTextEdit:read-only { background: %(window)s; border-color: %(border)s; }
QPlainTextEdit[doubt="true"] { border-color: %(warn)s; background: %(warn_soft)s; }
QComboBox::drop-down { border: 0; width: 26px; }
QComboBox::down-arrow { image: url(%(icons)s/chevron_%(name)s.svg); width: 14px; height: 14px; }
QComboBox QAbstractItemView { background: %(surface)s; border: 1px solid %(border)s; padding: 4px;
  selection-background-color: %(accent_soft)s; selection-color: %(text)s; }
QComboBox QAbstractItemView::item { min-height: 28px; padding: 2px 6px; }

QCheckBox { spacing: 8px; }
QCheckBox::indicator { width: 15px; height: 15px; border: 1px solid %(control)s;
  border-radius: 3px; background: %(surface)s; }
QCheckBox::indicator:focus { border: 2px solid %(accent)s; width: 13px; height: 13px; }
QCheckBox::indicator:checked { background: %(accent)s; border-color: %(accent)s;
  image: url(%(icons)s/check_%(name)s.svg); }
QCheckBox::indicator:disabled { border-color: %(border)s; }

QPushButton { background: %(surface)s; color: %(text)s; border: 1px solid %(control)s;
  border-radius: 5px; padding: 5px 14px; min-height: 20px; }
QPushButton:hover { background: %(accent_soft)s; }
QPushButton:focus { border: 2px solid %(accent)s; padding: 4px 13px; }
QPushButton:disabled { color: %(muted)s; border-color: %(border)s; background: %(window)s; }
QPushButton[role="primary"] { background: %(accent)s; color: %(on_accent)s; font-weight: 600;
  border: 1px solid %(accent)s; padding: 8px 18px; }
QPushButton[role="primary"]:focus { border: 2px solid %(text)s; padding: 7px 17px; }
QPushButton[role="primary"]:disabled { background: %(window)s; color: %(muted)s;
  border-color: %(border)s; }
QPushButton[role="side"]:checked { background: %(accent_soft)s; border: 2px solid %(accent)s;
  font-weight: 600; padding: 4px 13px; }
QPushButton[role="side"]:checked:focus { border: 2px solid %(text)s; }
QPushButton[role="flat"] { border: 1px solid transparent; background: transparent;
  color: %(accent)s; font-weight: 600; padding: 4px 10px; }
QPushButton[role="flat"]:hover { background: %(surface)s; }
QPushButton[role="flat"]:focus { border: 2px solid %(accent)s; padding: 3px 9px; }
QPushButton[role="offer"] { text-align: left; border: 1px dashed %(accent)s; color: %(accent)s;
  background: transparent; padding: 2px 8px; }
QPushButton[role="offer"]:hover { background: %(accent_soft)s; }
#PageBar QToolButton, #Header QToolButton { border: 1px solid transparent; border-radius: 5px;
  padding: 4px; min-width: 24px; min-height: 24px; }
#PageBar QToolButton:hover, #Header QToolButton:hover { background: %(accent_soft)s; }
#PageBar QToolButton:focus, #Header QToolButton:focus { border: 2px solid %(accent)s; }
QProgressBar { background: %(border)s; border: 0; border-radius: 3px; max-height: 6px; }
QProgressBar::chunk { background: %(accent)s; border-radius: 3px; }
QScrollBar:vertical { background: transparent; width: 11px; margin: 0; }
QScrollBar:horizontal { background: transparent; height: 11px; margin: 0; }
QScrollBar::handle { background: %(control)s; border-radius: 4px; margin: 2px; }
QScrollBar::handle:vertical { min-height: 32px; }
QScrollBar::handle:horizontal { min-width: 32px; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }
"""
