"""Where a person goes to link a chat."""

from contextlib import suppress

from django.conf import settings
from django.core.cache import cache
from redis import RedisError

from virtadmin.core.errors import Conflict, VirtadminError
from virtadmin.notifications.models import BotUserLink
from virtadmin.notifications.telegram.api import bot

BOT_NAME = "virtadmin:telegram:bot-name"
REMEMBERED_SECONDS = 600
"""Telegram is asked again after this time: the owner of a bot may rename it."""


def deep_link(platform: str, token: str) -> str:
    """The address that opens the hub's chat and hands the token over there. Raises Conflict when it is not known.

    https://core.telegram.org/bots/features#deep-linking (64 characters, A-Z a-z 0-9 _ -) and
    https://developers.facebook.com/docs/messenger-platform/discovery/m-me-links.
    """
    if platform == BotUserLink.Platform.MESSENGER:
        return f"https://m.me/{settings.MESSENGER_PAGE}?ref={token}"
    return f"https://t.me/{bot_name()}?start={token}"


def bot_name() -> str:
    """The bot's user name, from Telegram. Raises Conflict."""
    key = f"{BOT_NAME}:{settings.TELEGRAM_TOKEN.partition(':')[0]}"
    with suppress(RedisError):
        known = cache.get(key)
        if isinstance(known, str):
            return known
    try:
        name = str(bot().call("getMe")["username"])
    except VirtadminError as error:
        raise Conflict(f"The bot's name cannot be found out now. {error.message}") from None
    with suppress(RedisError):
        cache.set(key, name, REMEMBERED_SECONDS)
    return name
