"""The words of a message, from the templates `notifications/<kind>.{title.txt,text.txt,html}`.

Names come from people and from servers, so they are made harmless here once: control characters (which could forge a
mail header or a line of text) become spaces, HTML is escaped by the template engine, plain text is not.
"""

import socket
import unicodedata
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import timezone

TITLE_LENGTH = 200
EVERYWHERE = frozenset({"", "0.0.0.0", "::", "[::]"})  # nosec B104 # noqa: S104 - compared with, not bound to


def cleaned(facts: dict[str, Any]) -> dict[str, Any]:
    """The facts with every text on one line."""
    return {name: one_line(value) if isinstance(value, str) else value for name, value in facts.items()}


def one_line(text: str) -> str:
    """The text without control, formatting and line characters, runs of white space as one space."""
    return " ".join("".join(" " if unicodedata.category(sign)[0] in "CZ" else sign for sign in text).split())


def title(kind: str, facts: dict[str, Any], zone: ZoneInfo | None = None) -> str:
    """One line of at most 200 characters. Times are told in `zone`, the reader's; None: the hub's."""
    return one_line(_render(f"{kind}.title.txt", facts, zone))[:TITLE_LENGTH]


def text(kind: str, facts: dict[str, Any], zone: ZoneInfo | None = None) -> str:
    """Plain text, for people who read it without HTML and for every channel that knows none."""
    return _render(f"{kind}.text.txt", facts, zone).strip() + "\n"


def html(kind: str, title: str, facts: dict[str, Any], zone: ZoneInfo | None = None) -> str:
    """A whole HTML page, for email."""
    return _render(f"{kind}.html", {**facts, "title": title}, zone)


def link(facts: dict[str, Any]) -> str:
    """The absolute address of the page the facts are about: the one they name (`page`, a path of this hub), the
    server's, the person's channels, else the inbox."""
    server = facts.get("server")
    if "page" in facts:
        return f"{base_url()}{facts['page']}"
    if "channel" in facts:
        return f"{base_url()}/channels/"
    return f"{base_url()}/servers/{server}/" if server else f"{base_url()}/notifications/"


def base_url() -> str:
    """How people reach the hub: `PUBLIC_URL`, else where it listens."""
    if settings.PUBLIC_URL:
        return str(settings.PUBLIC_URL)
    host, _, port = settings.VIRTADMIN_LISTEN.rpartition(":")
    return f"http://{socket.gethostname() if host in EVERYWHERE else host}:{port}"


def _render(name: str, facts: dict[str, Any], zone: ZoneInfo | None) -> str:
    """`value` is the figure of the metric the message is about."""
    value = facts.get(facts.get("metric", ""))
    context = {**facts, "value": value, "link": link(facts), "hub": one_line(settings.HUB_NAME)}
    with timezone.override(zone or ZoneInfo(settings.TIME_ZONE)):
        return render_to_string(f"notifications/{name}", context)
