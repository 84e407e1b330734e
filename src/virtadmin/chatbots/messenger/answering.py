"""Takes in the events of a webhook request and answers them."""

import logging
from datetime import datetime
from typing import Any

import redis
from django.core.cache import cache
from django.db import InterfaceError, OperationalError

from virtadmin.chatbots.contract import Reply
from virtadmin.chatbots.conversation import hear
from virtadmin.chatbots.messenger.events import Event, read
from virtadmin.core.errors import VirtadminError
from virtadmin.notifications.channels.messenger import with_buttons
from virtadmin.notifications.messenger.api import TEXT_MAX, page

logger = logging.getLogger(__name__)
SEEN = "virtadmin:chat:event:%s"
SEEN_SECONDS = 36 * 3600
"""As long as Messenger tries to bring an event."""
MOST_BUTTONS = 3


def take(body: dict[str, Any], now: datetime) -> None:
    """Do what the events ask for. One that was taken before is left.

    Raises where the database or Valkey is away, so that they come again; any other surprise is logged, and over.
    """
    try:
        for event in read(body):
            _take(event, now)
    except (OperationalError, InterfaceError, redis.RedisError):
        raise
    except Exception:
        logger.exception("an event of Messenger could not be answered")


def _take(event: Event, now: datetime) -> None:
    key = SEEN % event.id
    if event.id and cache.get(key):
        return
    if reply := hear(event.incoming, now):
        _say(event.incoming.conversation, reply)
    if event.id:
        cache.set(key, 1, SEEN_SECONDS)


def parts(text: str) -> list[str]:
    """The text in as few messages as hold it, between lines. Pure."""
    found = [""]
    for line in text.split("\n"):
        if len(found[-1]) + len(line) + 1 > TEXT_MAX and found[-1]:
            found.append("")
        found[-1] += f"\n{line}" if found[-1] else line
    return found


def _say(psid: str, reply: Reply) -> None:
    """An answer that does not arrive is asked for again by the person: there is nothing to keep."""
    row = [button for row in reply.buttons for button in row]
    *first, last = parts(reply.text)
    try:
        for text in first:
            page().send(psid, with_buttons(text, []), kind="RESPONSE")
        page().send(psid, with_buttons(last, row if len(row) <= MOST_BUTTONS else []), kind="RESPONSE")
    except VirtadminError as error:
        logger.warning("a Messenger conversation could not be answered: %s", error.message)
