"""An alert on a real host, told in Telegram, acknowledged there, and over: a whole hub and a Bot API beside it."""

import re
import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.e2e.load import burn, own_processor, stop_burning
from tests.fakes.telegram import TOKEN, BotApi, Chat
from tests.hosts.fixtures import MakeHost
from tests.hosts.maker import Host
from tests.running.hub import Hub, until

pytestmark = [pytest.mark.xdist_group("telegram"), pytest.mark.timeout(240)]
SLOW = 60.0
"""Seconds a busy machine may need for what takes a few."""
NAME = "chat-web"
LIMIT = 2
"""Percent; a busy loop uses more, however busy this machine is otherwise."""


@pytest.fixture(scope="module")
def telegram() -> Iterator[BotApi]:
    with BotApi() as api:
        yield api


@pytest.fixture(scope="module")
def ann(telegram: BotApi) -> Chat:
    return telegram.person(5550001, "Ann")


@pytest.fixture(scope="module")
def host(make_module_host: MakeHost) -> Host:
    return make_module_host(NAME, "127.0.1.190", "bookworm", "full")


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory, telegram: BotApi) -> Iterator[Hub]:
    home = tmp_path_factory.mktemp("hub")
    (home / "token").write_text(f"{TOKEN}\n")
    started = Hub(
        home, TELEGRAM_TOKEN_FILE=str(home / "token"), TELEGRAM_API_URL=telegram.url, WATCH_THIS_MACHINE="false"
    )
    try:
        yield started.start()
    finally:
        started.stop()


@pytest.fixture(scope="module")
def server(hub: Hub, host: Host) -> dict[str, Any]:
    """The host, which sees its own load alone, asked every 5 s; each sample is judged by itself."""
    own_processor(host)
    done = hub.run("enrol", host.address, "--name", NAME, said="root-secret\n")
    assert done.returncode == 0, done.stdout + done.stderr
    [found] = hub.call("GET", "/api/server/")["results"]
    [limits] = hub.call("GET", f"/api/thresholds/by_server/{found['id']}/")["results"]
    quiet = dict.fromkeys(("ram_usage", "hdd_usage"), 100)
    hub.call("PATCH", f"/api/thresholds/{limits['id']}/", {"cpu_usage": LIMIT, "window": 0, **quiet})
    return dict(hub.call("PATCH", f"/api/server/{found['id']}/", {"interval": 5}))


def last_update(hub: Hub, server: dict[str, Any]) -> Any:
    return hub.call("GET", f"/api/server/{server['id']}/")["last_update"]


def test_a_chat_is_linked_by_a_deep_link(hub: Hub, telegram: BotApi, ann: Chat) -> None:
    me = hub.call("GET", "/api/me/")
    link = hub.call("POST", "/api/chatbot/", {"user": me["uuid"], "platform": "telegram"})["link"]
    assert re.fullmatch(rf"https://t\.me/{telegram.username}\?start=[\w-]{{43}}", link)
    telegram.says(ann, f"/start {link.partition('start=')[2]}")
    [welcome] = telegram.waits_for(1, SLOW)
    assert welcome["text"].startswith("This chat is linked to admin now")
    telegram.says(telegram.person(666, "Mallory"), f"/start {link.partition('start=')[2]}")
    assert telegram.waits_for(2, SLOW)[1]["text"].startswith("This link was used already")


def test_an_incident_is_one_message_acknowledged_there_then_silence_then_one_recovery(
    hub: Hub, host: Host, server: dict[str, Any], telegram: BotApi, ann: Chat
) -> None:
    until(lambda: hub.call("GET", f"/api/server/{server['id']}/")["cpu_usage"] == 0, SLOW, "an idle host")
    before = len(telegram.messages)
    burn(host)
    alert = telegram.waits_for(before + 1, SLOW)[before]
    title, _, text = alert["text"].partition("\n\n")
    assert re.fullmatch(rf"{NAME}: CPU at [\d.]+ %, limit {LIMIT} %", title)
    assert re.match(rf"CPU of {NAME} \({re.escape(host.address)}\) is at [\d.]+ %\. The limit is {LIMIT} %\.\n", text)
    assert re.search(r"\nHeaviest now: burner [\d.]+ %", text), text
    assert f"Server: http://{hub.listen}/servers/{server['id']}/" in alert["text"]
    query = telegram.presses(alert, "Acknowledge")
    assert telegram.waits_for_answer(query, SLOW).startswith("Acknowledged: nobody is reminded of this any more.")
    [incident] = hub.call("GET", "/api/incidents/?open=true")["results"]
    assert incident["acknowledged_by"]
    for _ in range(3):  # three more answers over the limit
        seen = last_update(hub, server)
        until(lambda seen=seen: last_update(hub, server) != seen, SLOW, "another answer")  # type: ignore[misc]
    assert len(telegram.messages) == before + 1
    stop_burning(host)
    over = telegram.waits_for(before + 2, SLOW)[before + 1]
    assert re.match(rf"Recovered: {NAME}: CPU at [\d.]+ %\n\n", over["text"])
    assert "reply_markup" not in over
    seen = last_update(hub, server)
    until(lambda: last_update(hub, server) != seen, SLOW, "another answer")
    assert len(telegram.messages) == before + 2
    told = [row["title"] for row in hub.call("GET", "/api/notifications/")["results"]]
    assert told == [over["text"].partition("\n")[0], title]


def test_the_bot_answers_with_newest_numbers_and_processes(
    hub: Hub, server: dict[str, Any], telegram: BotApi, ann: Chat
) -> None:
    for text, expected in (
        ("/status", r"^Your server is up\. Nothing is open\.$"),
        ("/servers", rf"^• {NAME}: up, CPU [\d.]+ %, memory [\d.]+ %, disk [\d.]+ %$"),
        (
            f"/server {NAME}",
            rf"^{NAME} \(127\.[\d.]+\) is up\.\nMeasured \d+ s ago:\n• CPU .*Heaviest processes: \S",
        ),
    ):
        before = len(telegram.messages)
        telegram.says(ann, text)
        answer = telegram.waits_for(before + 1, SLOW)[before]["text"]
        assert re.search(expected, answer, re.DOTALL), answer


def test_status_asks_after_it(hub: Hub) -> None:
    assert re.search(r"^chatbot +well$", hub.run("status").stdout, re.MULTILINE)


def test_it_ends_at_once_though_it_waits_for_telegram_and_the_token_is_nowhere(hub: Hub, telegram: BotApi) -> None:
    with telegram.lock:
        assert telegram.lock.wait_for(lambda: telegram.polling == 1, SLOW)
    begun = time.monotonic()
    hub.stop()
    assert time.monotonic() - begun < 5
    assert TOKEN not in hub.log
    assert "Traceback" not in hub.log
