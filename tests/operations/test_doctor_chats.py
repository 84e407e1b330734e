"""`virtadmin doctor` about bots: asked of Telegram's and Meta's APIs, with all that goes wrong there."""

import json
import time
from typing import Any

import pytest
import redis
from pytest_django import Settings

from tests.fakes.graph import BAD_TOKEN, PAGE_ID, RATE, TEMPORARY, GraphApi, Refused
from tests.fakes.telegram import BotApi
from virtadmin.chatbots.health import health_say
from virtadmin.operations.doctor.check import Asked, Check, Finding, State, examined
from virtadmin.operations.doctor.checks import chats

EXPIRED = Refused(401, "Error validating access token: Session has expired on Friday.", 190, 463)
UNKNOWN_VERSION = Refused(400, "Unknown version", 2635)


def found(name: str) -> Finding:
    """What it says in the whole of a run."""
    [(_, finding)] = examined((check for check in chats.CHECKS if check.name == name), Asked())
    return finding


def is_fail(finding: Finding, said: str, advice: str) -> bool:
    return (finding.state, said in finding.said, advice in finding.advice) == (State.FAIL, True, True)


def test_a_bot_that_asks_itself(telegram: BotApi, settings: Settings, valkey: redis.Redis) -> None:
    asleep = found("telegram")
    assert (asleep.state, "is not running" in asleep.said) == (State.WARN, True)
    health_say("")
    assert found("telegram").state is State.OK
    telegram.webhook = {"url": "https://another.example/hook/secret-path"}
    taken = found("telegram")
    assert is_fail(taken, "Telegram calls another.example", "a bot of its own")
    assert "secret-path" not in str(taken)


@pytest.mark.usefixtures("valkey")
def test_a_bot_that_is_called(telegram: BotApi, settings: Settings) -> None:
    settings.TELEGRAM_WEBHOOK, settings.PUBLIC_URL = True, "https://hub.example"
    assert is_fail(found("telegram"), "Telegram calls nobody, not hub.example", "virtadmin chatbot")
    telegram.webhook = {"url": "https://hub.example/webhooks/telegram/"}
    assert found("telegram").state is State.OK
    telegram.webhook_failed = {
        "last_error_date": int(time.time()) - 30,
        "last_error_message": "SSL error {certificate}",
    }
    assert is_fail(found("telegram"), "cannot call hub.example: SSL error", "valid certificate")
    telegram.webhook_failed["last_error_date"] -= 3600
    assert found("telegram").state is State.OK, "that was long ago"


@pytest.mark.usefixtures("telegram", "valkey")
def test_a_bots_token(settings: Settings) -> None:
    settings.TELEGRAM_TOKEN = "123:no-such-token"
    assert is_fail(found("telegram"), "does not know this TELEGRAM_TOKEN", "BotFather")
    settings.TELEGRAM_API_URL = "http://127.0.0.1:1"
    away = found("telegram")
    assert is_fail(away, "127.0.0.1 cannot be reached", "TELEGRAM_API_URL")
    assert "no-such-token" not in str(away)


def test_what_messenger_needs(settings: Settings) -> None:
    assert found("messenger").state is State.SKIP
    settings.MESSENGER_PAGE = "a-page"
    missing = "MESSENGER_PAGE_TOKEN, MESSENGER_APP_SECRET, MESSENGER_VERIFY_TOKEN missing"
    assert is_fail(found("messenger"), missing, "docs/messenger.md")


def test_a_page_that_is_ours(messenger: GraphApi, settings: Settings) -> None:
    settings.HTTPS = False
    assert is_fail(found("messenger"), "no https address", "PUBLIC_URL")
    settings.HTTPS = True
    ours = found("messenger")
    assert (ours.state, "Virtadmin's page" in ours.said) == (State.OK, True)
    settings.MESSENGER_PAGE = PAGE_ID
    assert found("messenger").state is State.OK
    settings.MESSENGER_PAGE = "another.page"
    assert is_fail(found("messenger"), "links lead to another.page", "set MESSENGER_PAGE")
    assert messenger.messages == [], "nobody was written to"


@pytest.mark.parametrize(
    ("refusal", "state", "advice"),
    [
        (BAD_TOKEN, State.FAIL, "set it as MESSENGER_PAGE_TOKEN"),
        (EXPIRED, State.FAIL, "set it as MESSENGER_PAGE_TOKEN"),
        (UNKNOWN_VERSION, State.FAIL, "GRAPH_API_URL may name a version"),
        (TEMPORARY, State.WARN, "wait"),
    ],
)
def test_what_meta_refuses(refusal: Refused, state: State, advice: str, messenger: GraphApi) -> None:
    messenger.fails_next = [refusal]
    said = found("messenger")
    assert (said.state, advice in said.advice) == (state, True), said
    assert str(refusal)[:40] in said.said


def test_a_limit_of_metas_passes(messenger: GraphApi) -> None:
    messenger.fails_next = [RATE]
    usage = {PAGE_ID: [{"type": "messenger", "estimated_time_to_regain_access": 5}]}
    messenger.headers = {"x-business-use-case-usage": json.dumps(usage)}
    assert found("messenger").state is State.WARN


@pytest.mark.usefixtures("messenger")
def test_a_secret_of_another_app_and_a_token_of_none(settings: Any) -> None:
    settings.MESSENGER_APP_SECRET = "of-another-app"
    assert is_fail(
        found("messenger"), "MESSENGER_APP_SECRET is of another app", "that MESSENGER_PAGE_TOKEN was made by"
    )
    settings.MESSENGER_PAGE_TOKEN = "revoked-page-token"
    refused = found("messenger")
    assert is_fail(refused, "does not take MESSENGER_PAGE_TOKEN", "step 2")
    assert "revoked-page-token" not in str(refused)
    settings.GRAPH_API_URL = "http://127.0.0.1:1"
    assert is_fail(found("messenger"), "cannot be reached", "GRAPH_API_URL")


def test_every_check_of_them_has_an_advice() -> None:
    assert all(isinstance(check, Check) and check.advice for check in chats.CHECKS)
