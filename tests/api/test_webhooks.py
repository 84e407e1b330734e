"""What the platforms tell by themselves: only they may, and each is answered as it wants it."""

import json
import logging
from typing import Any

import pytest
from django.test import Client

from tests.fakes.fixtures import CHATS
from tests.fakes.graph import VERIFY_TOKEN, GraphApi, signature
from tests.fakes.service import Said
from tests.fakes.telegram import BotApi
from virtadmin.chatbots.telegram.webhook import HEADER, webhook_secret

TELEGRAM, MESSENGER = "/webhooks/telegram/", "/webhooks/messenger/"
VERIFY = {"hub.mode": "subscribe", "hub.verify_token": VERIFY_TOKEN, "hub.challenge": "1158201444"}


@pytest.fixture
def client() -> Client:
    return Client(enforce_csrf_checks=True)


@pytest.fixture
def by_webhook(telegram: BotApi, settings: Any) -> BotApi:
    settings.TELEGRAM_WEBHOOK, settings.PUBLIC_URL = True, "https://hub.example.org"
    return telegram


def update(telegram: BotApi, client: Client, secret: str | None, number: int = 1) -> int:
    written = {"message_id": 1, "date": 1, "chat": telegram.chats[int(CHATS["telegram"])].shown(), "text": "hello"}
    body = {"update_id": number, "message": {**written, "from": {"id": 5550001, "is_bot": False}}}
    headers = {HEADER: secret} if secret is not None else {}
    return client.post(TELEGRAM, body, content_type="application/json", headers=headers).status_code


def event(messenger: GraphApi, client: Client, signed: str | None = None) -> Any:
    body = json.dumps(messenger.writes(messenger.people[CHATS["messenger"]], "hello"))
    headers = {"X-Hub-Signature-256": signature(body.encode()) if signed is None else signed}
    return client.post(MESSENGER, body, content_type="application/json", headers=headers)


def test_an_update_of_telegram_is_answered(by_webhook: BotApi, client: Client, db: None) -> None:
    assert update(by_webhook, client, webhook_secret()) == 200
    assert len(by_webhook.messages) == 1


@pytest.mark.parametrize("secret", [None, "", "guess", "ümlaut"])
def test_a_forged_update_is_refused_and_logged_once(
    by_webhook: BotApi, client: Client, db: None, secret: str | None, caplog: pytest.LogCaptureFixture
) -> None:
    assert [update(by_webhook, client, secret, number) for number in range(3)] == [403] * 3
    assert by_webhook.messages == []
    assert caplog.text.count("that Telegram did not send") == 1
    assert webhook_secret() not in caplog.text


def test_telegram_is_heard_by_webhook_only_where_it_was_asked_to(
    telegram: BotApi, client: Client, settings: Any, db: None
) -> None:
    assert update(telegram, client, webhook_secret()) == 404
    settings.TELEGRAM_TOKEN, settings.TELEGRAM_WEBHOOK = "", True
    assert update(telegram, client, webhook_secret()) == 404
    assert client.get(TELEGRAM).status_code == 405


def test_what_is_no_update_is_refused(by_webhook: BotApi, client: Client) -> None:
    for body in ("[]", "{", ""):
        answer = client.post(TELEGRAM, body, content_type="application/json", headers={HEADER: webhook_secret()})
        assert answer.status_code == 400


def test_telegram_brings_an_update_again_when_the_hub_cannot_take_it(
    by_webhook: BotApi, client: Client, db: None
) -> None:
    by_webhook.fails_next = [Said(502, raw=b"")]
    assert update(by_webhook, client, webhook_secret()) == 503
    assert update(by_webhook, client, webhook_secret()) == 200
    assert len(by_webhook.messages) == 1


def test_meta_makes_sure_of_the_address(messenger: GraphApi, client: Client) -> None:
    answer = client.get(MESSENGER, VERIFY)
    assert (answer.status_code, answer.content, answer["Content-Type"]) == (200, b"1158201444", "text/plain")


@pytest.mark.parametrize("wrong", [{"hub.verify_token": "guess"}, {"hub.mode": "x"}, {"hub.verify_token": ""}])
def test_whoever_does_not_know_the_word_is_refused(messenger: GraphApi, client: Client, wrong: dict[str, str]) -> None:
    answer = client.get(MESSENGER, {**VERIFY, **wrong})
    assert (answer.status_code, b"1158201444" in answer.content) == (403, False)


def test_events_of_messenger_are_answered(messenger: GraphApi, client: Client, db: None) -> None:
    answer = event(messenger, client)
    assert (answer.status_code, answer.content) == (200, b"EVENT_RECEIVED")
    assert len(messenger.messages) == 1


@pytest.mark.parametrize("signed", ["", "sha256=", "sha256=" + "0" * 64, "sha1=x", signature(b"{}")])
def test_forged_events_are_refused_and_logged_once(
    messenger: GraphApi, client: Client, db: None, signed: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    assert [event(messenger, client, signed).status_code for _ in range(3)] == [403] * 3
    assert messenger.messages == []
    assert caplog.text.count("that Messenger did not send") == 1


def test_without_its_settings_messenger_has_no_address(client: Client, settings: Any) -> None:
    assert client.get(MESSENGER, VERIFY).status_code == 404


def test_signed_nonsense_is_refused(messenger: GraphApi, client: Client) -> None:
    headers = {"X-Hub-Signature-256": signature(b"[1]")}
    assert client.post(MESSENGER, "[1]", content_type="application/json", headers=headers).status_code == 400
