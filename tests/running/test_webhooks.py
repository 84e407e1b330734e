"""A whole hub that Telegram and Messenger call by themselves."""

import urllib.error
import urllib.request
from collections.abc import Iterator

import pytest

from tests.fakes.graph import APP_SECRET, PAGE_TOKEN, VERIFY_TOKEN, GraphApi
from tests.fakes.telegram import TOKEN, BotApi
from tests.running.hub import Hub, until

PUBLIC = "https://hub.example.org"
SLOW = 60.0


@pytest.fixture(scope="module")
def telegram() -> Iterator[BotApi]:
    with BotApi() as api:
        yield api


@pytest.fixture(scope="module")
def messenger() -> Iterator[GraphApi]:
    with GraphApi() as api:
        yield api


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory, telegram: BotApi, messenger: GraphApi) -> Iterator[Hub]:
    settings = {
        "PUBLIC_URL": PUBLIC, "WATCH_THIS_MACHINE": "false", "TELEGRAM_TOKEN": TOKEN, "TELEGRAM_API_URL": telegram.url,
        "TELEGRAM_WEBHOOK": "true", "GRAPH_API_URL": messenger.url, "MESSENGER_PAGE": "virtadmin.page",
        "MESSENGER_PAGE_TOKEN": PAGE_TOKEN, "MESSENGER_APP_SECRET": APP_SECRET, "MESSENGER_VERIFY_TOKEN": VERIFY_TOKEN,
    }  # fmt: skip
    started = Hub(tmp_path_factory.mktemp("hub"), **settings)
    try:
        yield started.start()
    finally:
        started.stop()


def link(hub: Hub, platform: str) -> str:
    """The token of a new deep link."""
    me = hub.call("GET", "/api/me/")
    address = hub.call("POST", "/api/chatbot/", {"user": me["uuid"], "platform": platform})["link"]
    return str(address.partition("=")[2])


def test_telegram_is_told_where_to_call_and_links_and_answers(hub: Hub, telegram: BotApi) -> None:
    until(lambda: telegram.webhook, SLOW, "the webhook")
    assert telegram.webhook["url"] == f"{PUBLIC}/webhooks/telegram/"
    ann, here = telegram.person(5550001), f"http://{hub.listen}/webhooks/telegram/"
    telegram.says(ann, f"/start {link(hub, 'telegram')}")
    assert telegram.push(here) == [200]
    assert telegram.waits_for(1)[0]["text"].startswith("This chat is linked to admin now")
    telegram.says(ann, "/status")
    assert telegram.push(here, secret="guess") == [403]
    assert "getUpdates" not in [method for method, _ in telegram.calls]


def test_messenger_makes_sure_of_the_hub_links_and_is_answered(hub: Hub, messenger: GraphApi) -> None:
    here = f"http://{hub.listen}/webhooks/messenger/"
    asked = f"{here}?hub.mode=subscribe&hub.verify_token={VERIFY_TOKEN}&hub.challenge=42"
    with urllib.request.urlopen(asked, timeout=20) as answer:
        assert answer.read() == b"42"
    with pytest.raises(urllib.error.HTTPError, match="403"):
        urllib.request.urlopen(asked.replace(VERIFY_TOKEN, "guess"), timeout=20)
    ann = messenger.person("7001")
    assert messenger.push(here, messenger.follows(ann, link(hub, "messenger"), new=True)) == 200
    assert messenger.push(here, messenger.writes(ann, "status")) == 200
    first, second = (sent["message"]["text"] for sent in messenger.waits_for(2))
    assert first.startswith("This chat is linked to admin now")
    assert second == "No server is watched yet for you. Add one on your hub's page."
    [channel] = [row for row in hub.call("GET", "/api/channels/")["results"] if row["kind"] == "messenger"]
    told = hub.call("POST", f"/api/channels/{channel['id']}/test/")
    assert "Messenger took it as message m_" in str(told)
    for secret in (TOKEN, PAGE_TOKEN, APP_SECRET, VERIFY_TOKEN):
        assert secret not in hub.log
