"""The chat providers as fixtures, with settings that use them."""

import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.fakes.graph import APP_SECRET, PAGE, PAGE_TOKEN, VERIFY_TOKEN, GraphApi
from tests.fakes.telegram import TOKEN, BotApi
from virtadmin.notifications.messenger.api import page
from virtadmin.notifications.telegram.api import bot

CHATS = {"telegram": "5550001", "messenger": "7001002003004005"}
"""The conversation in which somebody already wrote to the hub, on each platform."""


@pytest.fixture
def telegram(settings: Any) -> Iterator[BotApi]:
    """A Telegram in which somebody opened the hub's bot."""
    with BotApi() as api:
        settings.TELEGRAM_TOKEN, settings.TELEGRAM_API_URL = TOKEN, api.url
        api.person(int(CHATS["telegram"]))
        asking = bot()
        yield api
        asking.close()


@pytest.fixture
def messenger(settings: Any) -> Iterator[GraphApi]:
    """A Messenger in which somebody wrote to the hub's page just now."""
    with GraphApi() as api:
        messenger_settings(settings, api.url)
        api.person(CHATS["messenger"]).wrote = time.time()
        asking = page()
        yield api
        asking.close()


def messenger_settings(settings: Any, url: str) -> None:
    """All that Messenger needs."""
    settings.MESSENGER_PAGE, settings.MESSENGER_PAGE_TOKEN = PAGE, PAGE_TOKEN
    settings.MESSENGER_APP_SECRET, settings.MESSENGER_VERIFY_TOKEN = APP_SECRET, VERIFY_TOKEN
    settings.GRAPH_API_URL = url
