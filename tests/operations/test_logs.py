"""A hub's log of a full run, at its most talkative: every line is one object, and no secret is in any."""

import json
import re
from pathlib import Path

import pytest

from tests.fakes.telegram import BotApi
from tests.hosts.fixtures import MakeHost
from tests.running.hub import Hub, until

pytestmark = [pytest.mark.timeout(900), pytest.mark.xdist_group("up")]
FOR_PEOPLE = ("Virtadmin ", "worker: Warm shutdown")
TOKEN = "987654321:telegram-token-0123456789abcdefghijk"
SECRETS = {
    "mail": "mail-secret-1", "site": "site-secret-2", "header": "header-secret-3", "hook": "HookSecret4x",
    "heartbeat": "heartbeat-secret-5", "wrong": "wrong-secret-6", "host": "root-secret", "telegram": TOKEN,
    "hub": "hub-password-7", "query": "query-secret-8",
}  # fmt: skip


def lines(hub: Hub) -> list[dict[str, str]]:
    """What was logged; what `up` and Celery say to the person who starts and ends them is for people."""
    said = [line for line in hub.log.splitlines() if line and not line.startswith(FOR_PEOPLE)]
    assert [line for line in said if not line.startswith("{")] == []
    return [json.loads(line) for line in said]


def test_no_secret_of_a_full_run_is_in_any_line(tmp_path: Path, make_host: MakeHost) -> None:
    host = make_host("logged", "127.0.1.216")
    with BotApi() as api:
        hub = Hub(
            tmp_path, SECRETS["hub"], LOG_FORMAT="json", LOG_LEVEL="debug", ACCESS_LOG="true",
            EMAIL_URL=f"smtp://hub:{SECRETS['mail']}@127.0.0.1:1", TELEGRAM_TOKEN=TOKEN, TELEGRAM_API_URL=api.url,
            HEARTBEAT_URL=f"http://127.0.0.1:1/{SECRETS['heartbeat']}", WATCH_THIS_MACHINE="false",
        )  # fmt: skip
        try:
            hub.start()
            _everything(hub, host.address)
        finally:
            hub.stop()
    said = lines(hub)
    assert {"time", "level", "logger", "message"} <= set.intersection(*(set(line) for line in said))
    assert any(line.get("task_name") == "operations.heartbeat" and line["task_id"] for line in said)
    [denied] = [line for line in said if line.get("path") == "/api/auth/token/" and line.get("status") == 401]
    assert re.fullmatch("[0-9a-f]{32}", denied["request_id"])
    [entered] = [line for line in said if line.get("path") == "/api/initial-server-profile/"]
    enrolling = {line.get("request_id") for line in said if line.get("task_name") == "servers.enrol"}
    assert enrolling == {entered["request_id"]}, "a task has the id of the request that started it"
    first = {line.get("request_id") for line in said if line.get("task_name") == "collector.poll_now"}
    assert entered["request_id"] in first, "and so has the task that it started"
    assert not [line for line in said if line.get("task_name") == "collector.tick" and "request_id" in line]
    private = _private_keys(tmp_path)
    for name, secret in {**SECRETS, "token": hub.token, **private}.items():
        assert secret
        assert secret not in hub.log, name


def _everything(hub: Hub, address: str) -> None:
    """All that takes a secret."""
    hub.call("POST", "/api/auth/token/", {"username": "admin", "password": SECRETS["wrong"]})
    hub.call("GET", f"/api/server/?search={SECRETS['query']}")
    hub.call("GET", f"/api/nowhere/?search={SECRETS['query']}")
    profile = hub.call(
        "POST", "/api/initial-server-profile/", {"ip_address": address, "username": "root", "password": SECRETS["host"]}
    )
    hub.call(
        "POST", "/api/urls/",
        {"uri": "http://127.0.0.1:1/", "password": SECRETS["site"], "secret_headers": {"X-Key": SECRETS["header"]}},
    )  # fmt: skip
    url = f"slack://T1JJ3T3L2/A1BRTD4JD/{SECRETS['hook']}TIiajkdnlazkcOXrIdevi7F"
    hub.call("POST", "/api/channels/", {"kind": "apprise", "config": {"url": url}})
    until(
        lambda: hub.call("GET", f"/api/initial-server-profile/{profile['id']}/")["status"] == "succeeded",
        60, "the enrolment",
    )  # fmt: skip
    until(lambda: [s for s in hub.call("GET", "/api/server/")["results"] if s["status"] == "up"], 60, "a poll")
    until(lambda: "heartbeat" in hub.log, 90, "a heartbeat")


def _private_keys(home: Path) -> dict[str, str]:
    """What is in the data folder, as it would be in a log."""
    return {name: (home / name).read_text() for name in ("secret_key", "secrets.key")}
