"""How Telegram reads text: HTML and MarkdownV2 (https://core.telegram.org/bots/api#formatting-options), entities."""

import html
import re
from html.parser import HTMLParser
from typing import Any

TAGS = {"b", "strong", "i", "em", "u", "ins", "s", "strike", "del", "span", "tg-spoiler", "a", "code", "pre",
        "tg-emoji", "blockquote"}  # fmt: skip
RESERVED = re.escape("_*[]()~`>#+-=|{}.!")


def markup_fault(text: str, mode: str) -> str:
    """Why the text cannot be read in this parse mode; "" if it can."""
    if mode.lower() == "html":
        return _html_fault(text)
    if mode.lower() == "markdownv2":
        return _markdown_fault(text)
    if mode.lower() == "markdown":
        odd = [sign for sign in "_*`" if text.count(sign) % 2]
        return f"can't parse entities: Can't find end of the entity starting at byte offset 0 ({odd[0]})" if odd else ""
    return "unsupported parse_mode"


def plain(text: str, mode: str) -> str:
    """What people see of it."""
    if mode.lower() == "html":
        return html.unescape(re.sub(r"<[^>]*>", "", text))
    return re.sub(rf"\\([{RESERVED}])", r"\1", text) if mode else text


def entities_fault(entities: list[dict[str, Any]], text: str) -> str:
    """Offsets and lengths count UTF-16 code units; what lies outside the text is refused here, to be strict."""
    length = len(text.encode("utf-16-le")) // 2
    for entity in entities:
        if not (entity["offset"] >= 0 and entity["length"] > 0 and entity["offset"] + entity["length"] <= length):
            return "entity beyond the text"
    return ""


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.open: list[str] = []
        self.fault = ""

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        if tag not in TAGS:
            self.fault = self.fault or f'can\'t parse entities: Unsupported start tag "{tag}" at byte offset 0'
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.fault = self.fault or "can't parse entities: Unmatched end tag at byte offset 0"


def _html_fault(text: str) -> str:
    reader = _Reader()
    reader.feed(text)
    reader.close()
    if re.search(r"<(?![a-zA-Z/])", text):
        return 'can\'t parse entities: Unsupported start tag "" at byte offset 0'
    if reader.open and not reader.fault:
        return f"can't parse entities: Can't find end tag corresponding to start tag {reader.open[-1]}"
    return reader.fault


def _markdown_fault(text: str) -> str:
    bare = re.sub(rf"\\[{RESERVED}]", "", text)
    for sign in "#+-=|{}.!>":
        if sign in bare:
            return f"can't parse entities: Character '{sign}' is reserved and must be escaped with the preceding '\\'"
    odd = [sign for sign in "_*~`" if bare.count(sign) % 2]
    return "can't parse entities: Can't find end of the entity" if odd else ""
