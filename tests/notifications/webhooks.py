"""A web server that answers what a test tells it, and keeps what it was sent."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Hook:
    """What it answers: (status, headers, body), one after the other; then 200 "ok"."""

    port: int = 0
    answers: list[tuple[int, dict[str, str], str]] = field(default_factory=list)
    seconds: float = 0.0
    bodies: list[Any] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    said: list[int] = field(default_factory=list)

    def answer(self, status: int, body: str = "", **headers: str) -> None:
        self.answers.append((status, {name.replace("_", "-"): value for name, value in headers.items()}, body))


@contextmanager
def webhook() -> Iterator[Hook]:
    """The server, on a free port of 127.0.0.1."""
    hook = Hook()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            hook.paths.append(self.path)
            try:
                hook.bodies.append(json.loads(raw))
            except ValueError:
                hook.bodies.append(raw.decode())
            time.sleep(hook.seconds)
            status, headers, body = hook.answers.pop(0) if hook.answers else (200, {}, "ok")
            hook.said.append(status)
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body.encode())))
            self.end_headers()
            self.wfile.write(body.encode())

        do_PUT = do_GET = do_POST  # noqa: N815

        def log_message(self, *args: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    hook.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield hook
    server.shutdown()
    thread.join()
    server.server_close()
