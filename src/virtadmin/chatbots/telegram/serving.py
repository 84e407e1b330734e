"""The `chatbot` process: holds the lease, asks Telegram for updates or registers the webhook, and outlives trouble."""

import logging
import time
from collections.abc import Callable
from datetime import datetime

import redis
from django.conf import settings
from django.db import InterfaceError, OperationalError, close_old_connections
from django.utils import timezone

from virtadmin.chatbots.conversation import COMMANDS
from virtadmin.chatbots.health import health_say
from virtadmin.chatbots.telegram.answering import take
from virtadmin.chatbots.telegram.lease import Lease
from virtadmin.chatbots.telegram.updates import ALLOWED
from virtadmin.chatbots.telegram.webhook import webhook_address, webhook_secret
from virtadmin.core.errors import VirtadminError
from virtadmin.core.http import HttpFailure
from virtadmin.notifications.telegram.api import CONFLICT, Bot, BotError, bot

logger = logging.getLogger(__name__)
POLL_SECONDS = 10
"""How long Telegram holds a question while nothing happens."""
SLACK_SECONDS = 10.0
"""How much later than that the answer may come."""
WAITS = (1.0, 2.0, 5.0, 10.0, 20.0)
"""Seconds before Telegram is asked again after the first, second … failure."""
TOKEN_WAIT = 60.0
"""After a refused token; it does not mend itself, but Telegram may have been wrong."""
IDLE_WAIT = 2.0
"""Between two looks whether the lease is free."""
WEBHOOK_SECONDS = 600.0
"""Between two looks whether the webhook is still ours."""
Sleep = Callable[[float], None]


class Chatbot:
    """Serves the bot until the process is told to end. `sleep` and `clock` are a test's to change."""

    def __init__(self, sleep: Sleep = time.sleep, clock: Callable[[], datetime] = timezone.now) -> None:
        self._sleep, self._clock = sleep, clock
        self._lease = Lease()
        self._offset = 0
        self._name = ""
        self._failures = 0
        self._said = ""
        self._registered = float("-inf")

    def run(self) -> None:
        """Never returns; a signal ends it, and the lease is given back."""
        try:
            while True:
                self._sleep(self.turn())
        finally:
            self._lease.give_back()

    def turn(self) -> float:
        """Ask once and answer what came; the seconds to wait before the next turn."""
        try:
            if not self._lease.hold():
                self._name = ""  # whoever had it may have changed what was set up
                return IDLE_WAIT
            wait = self._work()
        except redis.RedisError as error:
            return self._trouble(f"Valkey is away: {error}")
        except (OperationalError, InterfaceError) as error:
            return self._trouble(f"The database is away: {error}")
        except BotError as error:
            return self._refused(error)
        except HttpFailure as error:
            return self._trouble(error.message)
        except Exception:
            logger.exception("the chatbot was surprised, and goes on")
            return self._trouble("The Bot API answered what it does not say it would.")
        if self._said:
            logger.info("the chatbot works again")
        self._failures, self._said = 0, ""
        health_say("")
        return wait

    def _work(self) -> float:
        close_old_connections()
        if not self._name:
            self._set_up(bot())
        if settings.TELEGRAM_WEBHOOK:
            self._register(bot())
            return IDLE_WAIT
        self._poll(bot())
        return 0.0

    def _set_up(self, bot: Bot) -> None:
        """Learn the bot's name, offer its commands, and see to it that updates come our way."""
        name = str(bot.call("getMe")["username"])
        bot.call("setMyCommands", commands=[{"command": word, "description": what} for word, what in COMMANDS])
        if not settings.TELEGRAM_WEBHOOK:
            bot.call("deleteWebhook")
        self._registered = float("-inf")
        self._name = name
        logger.info("the chatbot is @%s", name)

    def _poll(self, bot: Bot) -> None:
        updates = bot.call(
            "getUpdates",
            seconds=POLL_SECONDS + SLACK_SECONDS,
            offset=self._offset,
            timeout=POLL_SECONDS,
            allowed_updates=ALLOWED,
        )
        for update in updates:
            if not self._lease.hold():
                return  # we were slow, and another answers the rest
            take(update, bot, self._name, self._clock())
            self._offset = int(update["update_id"]) + 1

    def _register(self, bot: Bot) -> None:
        if time.monotonic() - self._registered < WEBHOOK_SECONDS:
            return
        bot.call("setWebhook", url=webhook_address(), secret_token=webhook_secret(), allowed_updates=ALLOWED)
        self._registered = time.monotonic()

    def _refused(self, error: BotError) -> float:
        if error.is_token:
            self._trouble("Telegram refuses TELEGRAM_TOKEN: it is wrong or was revoked. Get the bot's from @BotFather.")
            return TOKEN_WAIT
        if error.code == CONFLICT:
            self._name = ""  # set up anew: a webhook may have been set
            return self._trouble("Another program asks Telegram for this bot's messages. A hub needs a bot of its own.")
        return max(self._trouble(error.message), error.retry_after or 0.0)

    def _trouble(self, text: str) -> float:
        """Say what is wrong, once; how long to wait."""
        if text != self._said:
            logger.error("%s", text)
        self._said = text
        health_say(text)
        wait = WAITS[min(self._failures, len(WAITS) - 1)]
        self._failures += 1
        return wait


def chatbot() -> Chatbot:
    """The bot that is set. Raises VirtadminError where none is."""
    if not settings.TELEGRAM_TOKEN:
        raise VirtadminError("TELEGRAM_TOKEN is not set: there is no bot to be.")
    return Chatbot()
