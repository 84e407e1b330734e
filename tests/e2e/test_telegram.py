"""An alert on a real host, told in Telegram, acknowledged there, and over: a whole hub and a Bot API beside it."""

import re
import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.fakes.telegram import TOKEN, BotApi, Chat
from tests.hosts.fixtures import MakeHost
from tests.hosts.maker import Host
from tests.running.hub import Hub, until

pytestmark = [pytest.mark.xdist_group("telegram"), pytest.mark.timeout(240)]
SLOW = 60.0
"""Seconds a busy machine may need for what takes a few."""
NAME = "chat-web"
HOARD = "import time; kept = bytearray(90 << 20); time.sleep(600)"
"""Memory, for this machine's CPU is busy with other tests: it is not measured here."""


@pytest.fixture(scope="module")
def telegram() -> Iterator[BotApi]:
    with BotApi() as api:
        yield api


@pytest.fixture(scope="module")
def ann(telegram: BotApi) -> Chat:
    return telegram.person(5550001, "Ann")


@pytest.fixture(scope="module")
def host(make_module_host: MakeHost) -> Host:
    return make_module_host(NAME, "127.0.1.190", "bookworm", "py")


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
    """The host, enrolled and asked every 5 s for all but its CPU."""
    about = {"ip_address": host.address, "username": "root", "password": "root-secret", "name": NAME}
    profile = hub.call("POST", "/api/initial-server-profile/", about)

    def finished() -> Any:
        run = hub.call("GET", f"/api/initial-server-profile/{profile['id']}/")
        return run if run["status"] in ("succeeded", "failed") else None

    run = until(finished, SLOW, "enrolment")
    assert run["status"] == "succeeded", run["log"]
    path = f"/api/server/{run['server']}/"
    metrics = [name for name in hub.call("GET", path)["metrics_enabled"] if name != "cpu_usage"]
    return dict(hub.call("PATCH", path, {"interval": 5, "metrics_enabled": metrics}))


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
    host.sh(f"cp /usr/bin/python3 /tmp/hoarder; setsid /tmp/hoarder -c '{HOARD}' >/dev/null 2>&1 & echo begun")
    [limits] = hub.call("GET", f"/api/thresholds/by_server/{server['id']}/")["results"]
    before = len(telegram.messages)
    hub.call("PATCH", f"/api/thresholds/{limits['id']}/", {"ram_usage": 1, "window": 0})
    alert = telegram.waits_for(before + 1, SLOW)[before]
    head = rf"^{NAME}: memory at [\d.]+ %, limit 1 %\n\nMemory of {NAME} \({re.escape(host.address)}\) is at [\d.]+ %\."
    assert re.search(head, alert["text"], re.IGNORECASE), alert["text"]
    assert re.search(r"\nHeaviest now: hoarder \d+ MiB", alert["text"]), alert["text"]
    assert f"Server: http://{hub.listen}/servers/{server['id']}/" in alert["text"]
    query = telegram.presses(alert, "Acknowledge")
    assert telegram.waits_for_answer(query, SLOW).startswith("Acknowledged: nobody is reminded of this any more.")
    [incident] = hub.call("GET", "/api/incidents/?open=true")["results"]
    assert incident["acknowledged_by"]
    for _ in range(3):  # three more answers over the limit
        seen = last_update(hub, server)
        until(lambda seen=seen: last_update(hub, server) != seen, SLOW, "another answer")  # type: ignore[misc]
    assert len(telegram.messages) == before + 1
    host.sh("pkill hoarder")
    hub.call("PATCH", f"/api/thresholds/{limits['id']}/", {"ram_usage": 100})
    over = telegram.waits_for(before + 2, SLOW)[before + 1]
    assert over["text"].startswith(f"Recovered: {NAME}: ")
    assert "reply_markup" not in over
    seen = last_update(hub, server)
    until(lambda: last_update(hub, server) != seen, SLOW, "another answer")
    assert len(telegram.messages) == before + 2


def test_the_bot_answers_with_newest_numbers_and_processes(
    hub: Hub, server: dict[str, Any], telegram: BotApi, ann: Chat
) -> None:
    for text, expected in (
        ("/status", r"^Your server is up\. Nothing is open\.$"),
        ("/servers", rf"^• {NAME}: up, memory [\d.]+ %, disk [\d.]+ %$"),
        (
            f"/server {NAME}",
            rf"^{NAME} \(127\.[\d.]+\) is up\.\nMeasured \d+ s ago:\n• Memory .*Heaviest processes: \S",
        ),
    ):
        before = len(telegram.messages)
        telegram.says(ann, text)
        answer = telegram.waits_for(before + 1, SLOW)[before]["text"]
        assert re.search(expected, answer, re.DOTALL), answer


def test_it_ends_at_once_though_it_waits_for_telegram_and_the_token_is_nowhere(hub: Hub, telegram: BotApi) -> None:
    with telegram.lock:
        assert telegram.lock.wait_for(lambda: telegram.polling == 1, SLOW)
    begun = time.monotonic()
    hub.stop()
    assert time.monotonic() - begun < 5
    assert TOKEN not in hub.log
    assert "Traceback" not in hub.log
