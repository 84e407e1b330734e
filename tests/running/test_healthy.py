"""`virtadmin healthy`: what containers' health checks ask."""

import http.server
import socket
import threading
import time
from collections.abc import Iterator

import pytest
import redis

from virtadmin.chatbots.health import health_say
from virtadmin.cli import main
from virtadmin.collector.memory import LAST_TICK
from virtadmin.collector.workers import Announcer


class Answering(http.server.BaseHTTPRequestHandler):
    status = 200

    def do_GET(self) -> None:
        assert self.path == "/healthz"
        self.send_response(self.status)
        self.end_headers()

    def log_message(self, *words: object) -> None:
        """Says nothing."""


@pytest.fixture
def web(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Answering]]:
    """A web process at VIRTADMIN_LISTEN, on every address as in a container."""
    handler = type("Handler", (Answering,), {})
    server = http.server.HTTPServer(("127.0.0.1", 0), handler)
    monkeypatch.setenv("VIRTADMIN_LISTEN", f"0.0.0.0:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield handler
    server.shutdown()
    thread.join()
    server.server_close()


def said(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
    code = main(["healthy", *words])
    return code, capsys.readouterr().out.strip()


def test_the_web_process_lives_while_it_answers(web: type[Answering], capsys: pytest.CaptureFixture[str]) -> None:
    assert said(capsys, "web") == (0, "web: well")
    web.status = 500
    assert said(capsys, "web") == (1, "web: answers with status 500")


def test_it_does_not_while_nobody_listens(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        monkeypatch.setenv("VIRTADMIN_LISTEN", f"127.0.0.1:{unused.getsockname()[1]}")
        code, line = said(capsys, "web")
    assert code == 1
    assert "ConnectionRefusedError" in line


def test_a_worker_lives_while_it_says_so(valkey: redis.Redis, capsys: pytest.CaptureFixture[str]) -> None:
    assert said(capsys, "worker") == (1, "worker: has not said that it lives")
    Announcer(f"two@{socket.gethostname()}").announce({}, now=time.time())
    assert said(capsys, "worker")[0] == 1
    assert said(capsys, "worker", "--name", "two") == (0, "worker: well")


def test_beat_lives_while_rounds_begin_or_nobody_could_do_them(
    valkey: redis.Redis, capsys: pytest.CaptureFixture[str]
) -> None:
    assert said(capsys, "beat") == (0, "beat: well")
    Announcer("one@a").announce({}, now=time.time())
    assert said(capsys, "beat") == (1, "beat: no round has begun")
    valkey.set(LAST_TICK, time.time() - 100)
    code, line = said(capsys, "beat")
    assert (code, line[:27]) == (1, "beat: the last round began ")
    valkey.set(LAST_TICK, time.time() + 100)  # and none since the clock was put back
    code, line = said(capsys, "beat")
    assert (code, line[:31]) == (1, "beat: the last round is dated 1")
    valkey.set(LAST_TICK, time.time())
    assert said(capsys, "beat") == (0, "beat: well")


def test_the_chatbot_lives_while_it_says_so(valkey: redis.Redis, capsys: pytest.CaptureFixture[str]) -> None:
    assert said(capsys, "chatbot")[0] == 1
    health_say("")
    assert said(capsys, "chatbot") == (0, "chatbot: well")
