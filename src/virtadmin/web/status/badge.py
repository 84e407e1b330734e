"""The badge of a status page: one word and a figure, as SVG that needs no font, style or script of ours. Pure."""

from html import escape

from virtadmin.statuspages.condition import State
from virtadmin.statuspages.snapshot import Snapshot
from virtadmin.web.websites.strip import percent

LABEL = "status"
WORDS = {
    State.UP: "up",
    State.MAINTENANCE: "maintenance",
    State.UNKNOWN: "no news",
    State.PARTLY: "degraded",
    State.DOWN: "down",
}
COLOURS = {
    State.UP: "#0a6b5c",
    State.MAINTENANCE: "#0d5c63",
    State.UNKNOWN: "#58605a",
    State.PARTLY: "#8a4b00",
    State.DOWN: "#b3240f",
}
"""White is readable on each of them: 4.5:1 at least."""
PIXELS = {"filj.,' :|!": 3.6, "rts": 4.8, "mw%": 11.0, "0123456789": 7.0}
"""How wide letters are at 11 px; all others are `USUAL`."""
USUAL = 6.7
PAD = 7
FONT = "Verdana,DejaVu Sans,Geneva,sans-serif"


def badge(shown: Snapshot) -> str:
    """The badge of a page."""
    word = WORDS[shown.state]
    text = word if shown.uptime is None else f"{word} {percent(shown.uptime)}"
    left, right = _width(LABEL), _width(text)
    whole = left + right
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{whole}" height="20" role="img" '
        f'aria-label="{LABEL}: {escape(text)}"><title>{LABEL}: {escape(text)}</title>'
        f'<clipPath id="r"><rect width="{whole}" height="20" rx="3"/></clipPath><g clip-path="url(#r)">'
        f'<rect width="{left}" height="20" fill="#3b4341"/>'
        f'<rect x="{left}" width="{right}" height="20" fill="{COLOURS[shown.state]}"/></g>'
        f'<g fill="#fff" font-family="{FONT}" font-size="11" text-anchor="middle">'
        f"{_text(LABEL, left / 2, left)}{_text(text, left + right / 2, right)}</g></svg>"
    )


def _text(text: str, middle: float, width: int) -> str:
    return f'<text x="{middle:g}" y="14" textLength="{width - 2 * PAD}">{escape(text)}</text>'


def _width(text: str) -> int:
    return round(sum(_pixels(letter) for letter in text)) + 2 * PAD


def _pixels(letter: str) -> float:
    return next((width for letters, width in PIXELS.items() if letter in letters), USUAL)
