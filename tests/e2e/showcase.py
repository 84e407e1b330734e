"""A hub's pages with servers as the collector would have left them, and no collector that changes them: for looking."""

import os
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Self

from tests.running.hub import free_port, until
from virtadmin.config.files import socket_path
from virtadmin.running.processes import accepts

ROOT = Path(__file__).resolve().parents[2]
PASSWORD = "admin-password"
VALKEY = "from pathlib import Path; from virtadmin.running import processes; processes.run_valkey(Path({!r}))"


class Showcase:
    """Web and Valkey on a free port, with a data folder of its own and the fleet of `tests.e2e.demo`."""

    def __init__(self, home: Path, servers: int = 0) -> None:
        self.home, self.servers = home, servers
        self.url = f"http://127.0.0.1:{free_port()}"
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("VIRTADMIN_", "DJANGO_"))}
        self.environment = {**kept, "VIRTADMIN_HOME": str(home), "DJANGO_SETTINGS_MODULE": "virtadmin.config.settings"}
        self.web: subprocess.Popen[bytes] | None = None
        self._valkey: subprocess.Popen[bytes] | None = None

    def start(self) -> Self:
        """Valkey first, as adding a server sends a task."""
        path = socket_path(self.home)
        self._valkey = self._python("-c", VALKEY.format(str(path)))
        until(lambda: accepts(path), 20, "Valkey")
        self.python("tests.e2e.demo", str(self.servers))
        self.web_start()
        return self

    def web_start(self) -> None:
        """The pages, at the same address every time."""
        self.web = self._python(
            "-m", "uvicorn", "virtadmin.config.asgi:application", "--port", self.url.rpartition(":")[2],
            "--lifespan", "off", "--log-level", "warning",
        )  # fmt: skip
        until(lambda: accepts_http(self.url), 30, "the page")

    def web_stop(self) -> None:
        self._end(self.web)

    def python(self, module: str, *words: str) -> None:
        """Run a module beside it."""
        subprocess.run([sys.executable, "-m", module, *words], env=self.environment, cwd=ROOT, check=True, timeout=120)

    def run(self, code: str) -> int:
        """Run some lines beside it; their exit status."""
        return self._python("-c", code).wait(120)

    def _python(self, *words: str) -> "subprocess.Popen[bytes]":
        with (self.home / "showcase.log").open("ab") as log:
            return subprocess.Popen([sys.executable, *words], env=self.environment, cwd=ROOT, stdout=log, stderr=log)

    @property
    def log(self) -> str:
        return (self.home / "showcase.log").read_text()

    def stop(self) -> None:
        self._end(self.web)
        self._end(self._valkey)

    @staticmethod
    def _end(process: "subprocess.Popen[bytes] | None") -> None:
        if process and process.poll() is None:
            process.send_signal(signal.SIGTERM)
            process.wait(10)


def accepts_http(url: str) -> bool:
    """Whether the sign-in page is served."""
    with urllib.request.urlopen(f"{url}/login/", timeout=5) as answer:
        return bool(answer.status == 200)
