"""Takes in an update and answers it. The same for updates that were asked for and for those of the webhook."""

import logging
from datetime import datetime
from typing import Any

import redis
from django.core.cache import cache
from django.db import InterfaceError, OperationalError

from virtadmin.chatbots.contract import Reply
from virtadmin.chatbots.conversation import hear
from virtadmin.chatbots.selectors import link_of
from virtadmin.chatbots.services import chat_heard, chat_move, chat_over
from virtadmin.chatbots.telegram.updates import PLATFORM, Membership, Moved, Pressed, read
from virtadmin.core.errors import VirtadminError
from virtadmin.notifications.telegram.api import Bot
from virtadmin.notifications.telegram.text import cut, keyboard

logger = logging.getLogger(__name__)
TOAST_LENGTH = 200
"""Characters of the answer to a pressed button: https://core.telegram.org/bots/api#answercallbackquery."""
SEEN = "virtadmin:chat:update:%s"
SEEN_SECONDS = 24 * 3600
"""As long as Telegram keeps an update that was not taken."""


def take(update: dict[str, Any], bot: Bot, name: str, now: datetime) -> None:
    """Do what the update asks for. One that was taken before is left: Telegram sends what it is in doubt of again.

    Raises where the database or Valkey is away, so that it comes again; any other surprise is logged, and over.
    """
    key = SEEN % update.get("update_id")
    if cache.get(key):
        return
    try:
        _take(update, bot, name, now)
    except (OperationalError, InterfaceError, redis.RedisError):
        raise
    except Exception:
        logger.exception("an update of Telegram could not be answered")
    cache.set(key, 1, SEEN_SECONDS)


def _take(update: dict[str, Any], bot: Bot, name: str, now: datetime) -> None:
    match happening := read(update, name):
        case Moved():
            chat_move(platform=PLATFORM, conversation=happening.conversation, to=happening.to)
        case Membership():
            _membership(happening, now)
        case Pressed():
            _pressed(happening, bot, now)
        case None:
            pass
        case _:
            if reply := hear(happening, now):
                _say(bot, happening.conversation, reply)


def _membership(change: Membership, now: datetime) -> None:
    if not change.inside:
        chat_over(platform=PLATFORM, conversation=change.conversation, reason=change.reason, now=now)
    elif link := link_of(PLATFORM, change.conversation):
        chat_heard(link=link, now=now)


def _pressed(pressed: Pressed, bot: Bot, now: datetime) -> None:
    """Answer the button where it is, and take it away when it has done what it promised."""
    reply = hear(pressed.incoming, now)
    text = cut(reply.text, TOAST_LENGTH) if reply else ""
    insist = reply is not None and not reply.done
    _try(bot, "answerCallbackQuery", callback_query_id=pressed.query, text=text, show_alert=insist)
    if reply and reply.done:
        data = pressed.incoming.data
        left = [[button for button in row if button.get("callback_data") != data] for row in pressed.rows]
        where = {"chat_id": pressed.incoming.conversation, "message_id": pressed.message}
        _try(bot, "editMessageReplyMarkup", **where, reply_markup={"inline_keyboard": [row for row in left if row]})


def _say(bot: Bot, conversation: str, reply: Reply) -> None:
    content: dict[str, Any] = {"text": cut(reply.text), "link_preview_options": {"is_disabled": True}}
    if reply.buttons:
        content["reply_markup"] = keyboard(reply.buttons)
    _try(bot, "sendMessage", chat_id=conversation, **content)


def _try(bot: Bot, method: str, **parameters: Any) -> None:
    """An answer that does not arrive is asked for again by the person: there is nothing to keep."""
    try:
        bot.call(method, **parameters)
    except VirtadminError as error:
        logger.warning("a Telegram chat could not be answered: %s", error.message)
