"""A machine with systemd: a Debian 12 in a container, where docs/install.md is followed word for word."""

import json
import subprocess
import urllib.request
from typing import Any

from tests.containers.stack import documented, podman
from tests.running.hub import until

IMAGE = "localhost/virtadmin-test-systemd"


class Machine:
    """The Debian, who types on it as root, and the API of the hub on it (where it shares this test's network)."""

    def __init__(self, name: str, network: str = "host") -> None:
        self.name, self.token = f"virtadmin-test-{name}", ""
        self.end()
        podman(
            "run", "--detach", "--name", self.name, "--hostname", name, "--privileged", "--systemd=always",
            "--network", network, IMAGE,
        )  # fmt: skip

    def install(self) -> None:
        """Follow docs/install.md until there is something to start."""
        state, up = ("exec", self.name, "systemctl", "is-system-running"), ("running", "degraded")
        until(lambda: podman(*state, check=False).strip() in up, 60, "systemd")
        pip = documented("install.md", "python3 -m venv /opt/virtadmin").replace("/path/to", "/packages")
        self.type(pip.replace("/opt/virtadmin/bin/virtadmin up\n", ""))
        self.type(documented("install.md", "install -D"), folder="/units")

    def end(self) -> None:
        """Throw it away, as a machine whose power fails."""
        podman("rm", "--force", "--time", "0", self.name, check=False)

    def type(self, commands: str, *, folder: str = "/root", said: str = "", fails: bool = False) -> str:
        """What the commands print, errors too."""
        done = subprocess.run(
            ["podman", "exec", "--interactive", "--workdir", folder, self.name, "sh", "-ec", commands],
            input=said, capture_output=True, text=True, timeout=300, check=False,
        )  # fmt: skip
        assert bool(done.returncode) == fails, f"{commands}: {done.stdout}{done.stderr}\n{self.log()}"
        return done.stdout + done.stderr

    def virtadmin(self, words: str, *, said: str = "", fails: bool = False) -> str:
        """Run a command beside the services."""
        return self.type(f"virtadmin --config /etc/virtadmin {words}", said=said, fails=fails)

    def log(self) -> str:
        return podman("exec", self.name, "journalctl", "--no-pager", "--unit", "virtadmin*", "--lines", "300")

    def ask(self, path: str, body: object = None) -> Any:
        """The API's answer; text where it is not JSON."""
        given = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"http://127.0.0.1:8000{path}", given, {"Content-Type": "application/json"})
        if self.token:
            request.add_header("Authorization", f"Token {self.token}")
        with urllib.request.urlopen(request, timeout=10) as answer:
            text = answer.read().decode()
            return json.loads(text) if "json" in answer.headers["Content-Type"] else text

    def sign_in(self, password: str) -> None:
        body = {"username": "admin", "password": password}
        self.token = ""
        self.token = until(lambda: self.ask("/api/auth/token/", body)["token"], 90, "the page")

    def asked_anew(self) -> None:
        """Wait until each server was asked once more."""

        def seen() -> dict[int, object]:
            found = self.ask("/api/server/")["results"]
            return {server["id"]: server["last_update"] for server in found if server["status"] == "up"}

        before = until(seen, 90, "servers")
        until(lambda: (now := seen()) and all(now.get(one) != before[one] for one in before), 120, "fresh numbers")

    def processes(self, unit: str) -> int:
        """The first process of a service; 0 while there is none."""
        return int(self.type(f"systemctl show --property MainPID --value {unit}"))
