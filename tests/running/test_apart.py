"""Web, worker and beat started one by one, as containers and systemd units do."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import redis

from tests.running.hub import STATIC, Hub, until
from virtadmin.collector.memory import LAST_TICK

pytestmark = pytest.mark.xdist_group("up")
DONE = r"celery.app.trace: Task collector.check_url_now.* \[request=(\w+) task=collector.check_url_now task_id=[\w-]+\]"


@pytest.fixture
def hub(tmp_path: Path, valkey_server: str) -> Hub:
    made = Hub(tmp_path, REDIS_URL=valkey_server + "?db=7", STATIC_ROOT=str(STATIC))
    assert made.run("setup").stdout == "Made the user admin with the password given\n"
    return made


def start(hub: Hub, *words: str) -> "subprocess.Popen[bytes]":
    return subprocess.Popen([sys.executable, "-m", "virtadmin", *words], env=hub.environment, start_new_session=True)


def test_each_part_runs_by_itself_and_ends_when_told(hub: Hub, valkey_server: str) -> None:
    hub.process = start(hub, "web")
    others = [start(hub, "worker", "--queues", "collect"), start(hub, "beat")]
    try:
        until(hub.answers, 60, "the page")
        client = redis.Redis.from_url(valkey_server + "?db=7")
        until(lambda: client.get(LAST_TICK), 60, "a tick")
        client.close()
    finally:
        for process in [hub.process, *others]:
            os.killpg(process.pid, signal.SIGTERM)
    assert [process.wait(20) for process in [hub.process, *others]] == [0, 0, 0]


def test_a_task_is_logged_with_the_request_that_started_it(hub: Hub) -> None:
    hub.environment |= {"LOG_LEVEL": "debug", "LOG_FORMAT": "text", "ACCESS_LOG": "true"}
    with (hub.home / "run.log").open("wb") as log:
        options = {"env": hub.environment, "stderr": log, "start_new_session": True}
        parts = [subprocess.Popen([sys.executable, "-m", "virtadmin", part], **options) for part in ("web", "worker")]  # type: ignore[call-overload]
    hub.process = parts[0]
    try:
        until(hub.answers, 60, "the page")
        made = hub.call("POST", "/api/urls/", {"uri": "http://127.0.0.1:1/"})
        assert made["id"]
        found = until(lambda: re.findall(DONE, hub.log), 60, "the check")
        [asked] = re.findall(r"POST /api/urls/ 201 .*\[request=(\w+)\]", hub.log)
        assert set(found) == {asked}
    finally:
        for process in parts:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(20)


def test_a_listening_address_that_is_none_is_said(hub: Hub) -> None:
    done = hub.run("up", "--listen", "no-port")
    assert done.returncode == 1
    assert "'no-port' is not host:port" in done.stderr
