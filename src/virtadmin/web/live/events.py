"""The text of server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html)."""

from typing import Any

import orjson

RETRY = b"retry: 3000\n\n"
"""Tells the browser to come back 3 s after the stream broke."""
HEARTBEAT = b": still here\n\n"
"""A comment: keeps proxies from closing a quiet stream, and finds out whether the client is gone."""
READY = b"event: ready\ndata: {}\n\n"
"""The bus is listened to: from here on nothing is missed."""


def event(topic: str, message: dict[str, Any]) -> bytes:
    """One event of the topic with the message as JSON (which has no line breaks)."""
    return b"event: " + topic.encode() + b"\ndata: " + orjson.dumps(message) + b"\n\n"
