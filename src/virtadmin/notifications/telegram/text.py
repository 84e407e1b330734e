"""Text for Telegram. It is sent plain, with entities for what stands out: so names hold whatever they like. Pure."""

from typing import Any

TEXT_MAX = 4096
CUT = "…"


def units(text: str) -> int:
    """The length of the text as Telegram counts it: UTF-16 code units."""
    return len(text.encode("utf-16-le")) // 2


def cut(text: str, most: int = TEXT_MAX) -> str:
    """The text, of at most so many units; where something was left out it ends with "…"."""
    if units(text) <= most:
        return text
    kept = text.encode("utf-16-le")[: 2 * (most - 1)].decode("utf-16-le", "ignore")
    return kept.rstrip() + CUT


def entity(kind: str, text: str, offset: int = 0) -> dict[str, Any]:
    """A MessageEntity over the text, which begins `offset` units into the message."""
    return {"type": kind, "offset": offset, "length": units(text)}


def keyboard(buttons: list[list[tuple[str, str]]]) -> dict[str, Any]:
    """An InlineKeyboardMarkup of rows of (label, callback data)."""
    return {"inline_keyboard": [[{"text": label, "callback_data": data} for label, data in row] for row in buttons]}
