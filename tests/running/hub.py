"""A whole hub of its own for a test: `virtadmin up` in a fresh data folder, on a free port."""

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

Result = Any
STATIC = Path(tempfile.gettempdir(), f"virtadmin-tests-static-{os.environ.get('PYTEST_XDIST_WORKER', 'alone')}")
"""Collected once a test process: it takes longer than all else a hub does at its first start."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def until(condition: Callable[[], Result], seconds: float = 30.0, what: str = "it") -> Result:
    """The first true answer; an OSError counts as not yet."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            if answer := condition():
                return answer
        except OSError:
            pass
        assert time.monotonic() < deadline, f"{what} did not come about within {seconds} s"
        time.sleep(0.1)


class Hub:
    """Start it, ask its API, stop it."""

    def __init__(self, home: Path, password: str = "hub-password", **environment: str) -> None:
        self.home, self.password, self.token = home, password, ""
        self.listen = f"127.0.0.1:{free_port()}"
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("VIRTADMIN_", "DJANGO_"))}
        self.environment = {
            **kept,
            "VIRTADMIN_HOME": str(home),
            "VIRTADMIN_LISTEN": self.listen,
            "VIRTADMIN_ADMIN_PASSWORD": password,
            "STATIC_ROOT": str(STATIC),
            **environment,
        }
        self.process: subprocess.Popen[bytes] | None = None
        self.patience = 20.0
        """Seconds that an answer of the API may take."""

    def start(self) -> "Hub":
        with (self.home / "run.log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "virtadmin", "up"],
                env=self.environment, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        until(self.answers, 90, "the page")
        return self

    def run(self, *words: str, said: str = "", seconds: float = 60) -> "subprocess.CompletedProcess[str]":
        """Run `virtadmin WORDS` beside it."""
        command = [sys.executable, "-m", "virtadmin", *words]
        return subprocess.run(
            command, env=self.environment, input=said, capture_output=True, text=True, timeout=seconds, check=False
        )

    @property
    def log(self) -> str:
        return (self.home / "run.log").read_text()

    def answers(self) -> bool:
        assert self.process
        assert self.process.poll() is None, self.log
        with urllib.request.urlopen(f"http://{self.listen}/login/", timeout=5) as answer:
            return bool(answer.status == 200)

    def call(self, method: str, path: str, body: object = None) -> Any:
        """The JSON answer; errors too."""
        if not self.token and path != "/api/auth/token/":
            self.token = self.call("POST", "/api/auth/token/", {"username": "admin", "password": self.password})[
                "token"
            ]
        request = urllib.request.Request(f"http://{self.listen}{path}", method=method)
        request.add_header("Content-Type", "application/json")
        if self.token:
            request.add_header("Authorization", f"Token {self.token}")
        try:
            with urllib.request.urlopen(
                request, None if body is None else json.dumps(body).encode(), timeout=self.patience
            ) as answer:
                return json.loads(answer.read() or b"null")
        except urllib.error.HTTPError as error:
            return json.loads(error.read() or b"null")

    def processes(self) -> list[int]:
        """Every process with this hub's data folder in its environment, wherever it is in the tree."""
        mark = f"VIRTADMIN_HOME={self.home}".encode()
        found = []
        for entry in Path("/proc").glob("[0-9]*"):
            try:
                if mark in (entry / "environ").read_bytes().split(b"\0"):
                    found.append(int(entry.name))
            except OSError:
                continue
        return found

    def stop(self) -> float:
        """Press Ctrl-C; the seconds until every process was gone."""
        assert self.process
        began = time.monotonic()
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGINT)
        self.process.wait(20)
        until(lambda: not self.processes(), 20, "the end of every process")
        return time.monotonic() - began
