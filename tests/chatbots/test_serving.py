"""The chatbot process: it asks, outlives every trouble, says each once, and is one of one."""

import logging
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import redis
from django.db import OperationalError

from tests.fakes.service import Said
from tests.fakes.telegram import BotApi, Chat, flood
from virtadmin.chatbots.conversation import COMMANDS
from virtadmin.chatbots.health import chatbot_trouble
from virtadmin.chatbots.telegram import serving
from virtadmin.chatbots.telegram.lease import KEY, Lease
from virtadmin.chatbots.telegram.serving import IDLE_WAIT, TOKEN_WAIT, WAITS, Chatbot
from virtadmin.chatbots.telegram.webhook import webhook_secret
from virtadmin.core.errors import VirtadminError
from virtadmin.notifications.models import BotUserLink
from virtadmin.notifications.telegram.api import BotError, bot

Started = Callable[[], Chatbot]


@pytest.fixture
def chatbot(telegram: BotApi, db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Chatbot]:
    """One that does not wait for Telegram when nothing happens, and keeps the test's connection."""
    monkeypatch.setattr(serving, "POLL_SECONDS", 0)
    monkeypatch.setattr(serving, "close_old_connections", lambda: None)
    made = Chatbot()
    yield made
    made._lease.give_back()


def errors(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR]


def test_it_deletes_a_webhook_offers_its_commands_and_answers(
    telegram: BotApi, chat: Chat, link: BotUserLink, chatbot: Chatbot
) -> None:
    telegram.webhook = {"url": "https://elsewhere.example/"}
    telegram.says(chat, "/help")
    assert chatbot.turn() == 0
    assert telegram.webhook == {}
    assert [command["command"] for command in telegram.commands] == [name for name, _ in COMMANDS]
    assert len(telegram.messages) == 1
    chatbot.turn()
    assert len(telegram.messages) == 1
    assert [method for method, _ in telegram.calls].count("getMe") == 1
    assert telegram.calls[-1][1]["allowed_updates"] == ["message", "callback_query", "my_chat_member"]


def test_a_refused_token_is_said_once_and_asked_about_seldom(
    telegram: BotApi, chatbot: Chatbot, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    telegram.fails_next = [Said(401, {"ok": False, "error_code": 401, "description": "Unauthorized"})] * 3
    assert chatbot_trouble() == "is not running: start `virtadmin chatbot`"
    assert [chatbot.turn() for _ in range(3)] == [TOKEN_WAIT] * 3
    assert chatbot_trouble().startswith("Telegram refuses TELEGRAM_TOKEN")
    assert errors(caplog) == [
        "Telegram refuses TELEGRAM_TOKEN: it is wrong or was revoked. Get the bot's from @BotFather."
    ]
    assert chatbot.turn() == 0
    assert "the chatbot works again" in caplog.text
    assert chatbot_trouble() == ""
    assert telegram.token not in caplog.text


def test_network_trouble_passes(
    telegram: BotApi, chat: Chat, link: BotUserLink, chatbot: Chatbot, caplog: pytest.LogCaptureFixture
) -> None:
    chatbot.turn()
    telegram.fails_next = [Said(cut=True)] * 4 + [Said(502, raw=b"<html>")] * 3
    assert [chatbot.turn() for _ in range(7)] == [*WAITS, WAITS[-1], WAITS[-1]]
    assert len(errors(caplog)) == 2
    telegram.says(chat, "/help")
    assert chatbot.turn() == 0
    assert len(telegram.messages) == 1


def test_what_nobody_expects_is_survived(telegram: BotApi, chatbot: Chatbot, caplog: pytest.LogCaptureFixture) -> None:
    telegram.fails_next = [Said(200, {"ok": True, "result": "nonsense"}), Said(200, {"ok": False, "error_code": "x"})]
    assert [chatbot.turn() for _ in range(2)] == list(WAITS[:2])
    assert "the chatbot was surprised, and goes on" in caplog.text
    assert chatbot.turn() == 0


def test_a_flood_is_waited_for(telegram: BotApi, chatbot: Chatbot) -> None:
    refused = flood(77)
    body = {"ok": False, "error_code": 429, "description": refused.description, "parameters": refused.parameters}
    telegram.fails_next = [Said(429, body)]
    assert chatbot.turn() == 77


def test_another_poller_is_named_and_a_webhook_set_meanwhile_is_deleted(
    telegram: BotApi, chatbot: Chatbot, caplog: pytest.LogCaptureFixture
) -> None:
    chatbot.turn()
    telegram.webhook = {"url": "https://elsewhere.example/"}
    assert chatbot.turn() == WAITS[0]
    assert errors(caplog) == ["Another program asks Telegram for this bot's messages. A hub needs a bot of its own."]
    assert chatbot.turn() == 0


def test_the_database_or_valkey_away_is_said_and_survived(
    telegram: BotApi, chat: Chat, link: BotUserLink, chatbot: Chatbot, caplog: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    telegram.says(chat, "/help")
    for error in (OperationalError("gone"), redis.ConnectionError("refused")):
        with monkeypatch.context() as patched:
            patched.setattr(serving, "take", _raising(error))
            assert chatbot.turn() > 0
    assert errors(caplog) == ["The database is away: gone", "Valkey is away: refused"]
    assert chatbot.turn() == 0
    assert len(telegram.messages) == 1


def _raising(error: Exception) -> Callable[..., None]:
    def raises(*_: object) -> None:
        raise error

    return raises


def test_one_of_two_holds_the_lease_and_the_other_follows(
    telegram: BotApi, chatbot: Chatbot, valkey: redis.Redis
) -> None:
    other = Chatbot()
    assert chatbot.turn() == 0
    assert other.turn() == IDLE_WAIT
    chatbot._lease.give_back()
    assert other.turn() == 0
    assert chatbot.turn() == IDLE_WAIT
    valkey.delete(KEY)  # it ended: the holder was stopped for half a minute
    assert chatbot.turn() == 0
    assert other.turn() == IDLE_WAIT
    other._lease.give_back()  # is not its to give
    assert valkey.exists(KEY)


def test_who_loses_the_lease_in_the_midst_leaves_the_rest_to_the_next(
    telegram: BotApi, chat: Chat, link: BotUserLink, chatbot: Chatbot, valkey: redis.Redis, monkeypatch: Any
) -> None:
    chatbot.turn()
    for _ in range(3):
        telegram.says(chat, "/help")
    real = serving.take

    def slow(*given: Any) -> None:
        real(*given)
        valkey.set(KEY, "another's")

    monkeypatch.setattr(serving, "take", slow)
    chatbot.turn()
    assert len(telegram.messages) == 1
    monkeypatch.setattr(serving, "take", real)
    valkey.delete(KEY)
    Chatbot().turn()
    assert len(telegram.messages) == 3


def test_by_webhook_it_registers_the_address_and_asks_for_nothing(
    telegram: BotApi, chatbot: Chatbot, settings: Any
) -> None:
    settings.TELEGRAM_WEBHOOK, settings.PUBLIC_URL = True, "https://hub.example.org"
    assert [chatbot.turn() for _ in range(3)] == [IDLE_WAIT] * 3
    assert telegram.webhook == {
        "url": "https://hub.example.org/webhooks/telegram/",
        "secret_token": webhook_secret(),
    }
    assert [method for method, _ in telegram.calls] == ["getMe", "setMyCommands", "setWebhook"]
    settings.TELEGRAM_WEBHOOK_SECRET = "chosen"
    assert webhook_secret() == "chosen"


def test_without_a_token_there_is_no_bot_to_be(settings: Any) -> None:
    settings.TELEGRAM_TOKEN = ""
    with pytest.raises(VirtadminError, match="TELEGRAM_TOKEN is not set"):
        serving.chatbot()


def test_it_runs_until_it_is_ended_and_gives_the_lease_back(
    telegram: BotApi, valkey: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    turns: list[float] = []

    def sleep(self: Any) -> None:
        turns.append(self)
        if len(turns) == 3:
            raise SystemExit(0)

    monkeypatch.setattr(serving, "Chatbot", lambda: Chatbot(sleep=sleep))
    monkeypatch.setattr(serving, "POLL_SECONDS", 0)
    monkeypatch.setattr(serving, "close_old_connections", lambda: None)
    with pytest.raises(SystemExit):
        serving.chatbot().run()
    assert turns == [0, 0, 0]
    assert not valkey.exists(KEY)


def test_a_lease_cannot_be_held_without_valkey_and_giving_it_back_does_not_fail(settings: Any) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1"
    lease = Lease()
    with pytest.raises(redis.ConnectionError):
        lease.hold()
    lease.give_back()


def test_a_lease_that_ends_while_it_is_renewed_is_not_held(valkey: redis.Redis, monkeypatch: Any) -> None:
    lease = Lease()
    assert lease.hold()
    valkey.delete(KEY)
    monkeypatch.setattr(lease._lock, "owned", lambda: True)  # it was, a moment ago
    assert not lease.hold()


def test_two_pollers_of_one_token_hear_of_each_other(telegram: BotApi) -> None:
    """The fake's own promise, which the process relies on."""
    told: list[BotError] = []

    def first() -> None:
        try:
            bot().call("getUpdates", timeout=10)
        except BotError as error:
            told.append(error)

    thread = threading.Thread(target=first)
    thread.start()
    with telegram.lock:
        telegram.lock.wait_for(lambda: telegram.polling == 1, 5)
    bot().call("getUpdates")
    thread.join(10)
    assert told[0].code == 409
