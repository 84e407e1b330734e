"""Whether one process of the hub is alive, for the health checks of containers: cheap, and without Django's set-up."""

import http.client
import os
import socket
import time
from collections.abc import Callable

from virtadmin.chatbots.health import chatbot_trouble
from virtadmin.collector.health import tick_judge
from virtadmin.collector.memory import LAST_TICK
from virtadmin.collector.workers import worker_lives, workers_live
from virtadmin.core import bus

WEB_SECONDS = 5.0
"""How long the web process may take to answer."""


def trouble_of(part: str, name: str) -> str:
    """What is wrong with this machine's web, worker, beat or chatbot in one sentence; "" when it is alive.

    `name` is the worker's `--name`. Raises OSError or redis.RedisError where it cannot be found out.
    """
    return PARTS[part](name)


def _web() -> str:
    host, _, port = os.environ.get("VIRTADMIN_LISTEN", "127.0.0.1:8000").rpartition(":")
    host = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "[::]": "::1"}.get(host, host.strip("[]"))  # nosec B104 # noqa: S104 - no binding
    line = http.client.HTTPConnection(host, int(port), timeout=WEB_SECONDS)
    try:
        line.request("GET", "/healthz", headers={"Host": "localhost", "X-Forwarded-Proto": "https"})
        status = line.getresponse().status
    finally:
        line.close()
    return f"answers with status {status}" if status >= http.HTTPStatus.INTERNAL_SERVER_ERROR else ""


def _worker(name: str) -> str:
    return "" if worker_lives(f"{name}@{socket.gethostname()}") else "has not said that it lives"


def _beat() -> str:
    """No timetable of beat's can be seen but by what workers did: while there are none, it has to be believed."""
    if not workers_live():
        return ""
    last = bus.connection().get(LAST_TICK)
    if not isinstance(last, bytes):
        return "no round has begun"
    return tick_judge(time.time() - float(last))


PARTS: dict[str, Callable[[str], str]] = {
    "web": lambda name: _web(),
    "worker": _worker,
    "beat": lambda name: _beat(),
    "chatbot": lambda name: chatbot_trouble(),
}
