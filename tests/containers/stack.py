"""deploy/compose.yaml as a person runs it: a folder, `./prepare`, and compose; here that is podman-compose."""

import http.client
import json
import os
import re
import shutil
import ssl
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.running.hub import until

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
SHIM = Path(__file__).with_name("bin")
IMAGE = "localhost/virtadmin-test"
PROJECT = "virtadmin-test"
SERVICES = ("db", "redis", "core", "celery", "celery-beat", "caddy")
ROOT_CERTIFICATE = "/var/lib/caddy/caddy/pki/authorities/local/root.crt"


def podman(*words: str, check: bool = True, timeout: float = 120) -> str:
    """What podman prints, errors too."""
    done = subprocess.run(["podman", *words], capture_output=True, text=True, timeout=timeout, check=False)
    assert not (check and done.returncode), f"podman {' '.join(words)}: {done.stderr}"
    return done.stdout + done.stderr


def documented(document: str, beginning: str) -> str:
    """The block of code in a page of docs/ that begins so."""
    text = (DEPLOY.parent / "docs" / document).read_text()
    blocks = re.findall(r"^```[a-z]*\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    [found] = [block for block in blocks if block.startswith(beginning)]
    return str(found)


class Stack:
    """The services in a folder of their own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "deploy"
        shutil.copytree(DEPLOY, self.folder, ignore=shutil.ignore_patterns(".env", "secrets"))
        subprocess.run([self.folder / "prepare"], check=True, capture_output=True)
        with (self.folder / ".env").open("a") as settings:
            settings.write(f"VIRTADMIN_IMAGE={IMAGE}\nHUB_NAME=the-hub\n")
        self.token = ""

    def compose(self, *words: str, check: bool = True) -> str:
        """What compose prints, errors too."""
        return self.type("docker compose " + " ".join(words), check=check)

    def type(self, commands: str, *, check: bool = True) -> str:
        """Run what a person types in the folder, as the documents show it; what it prints, errors too."""
        environment = {
            **os.environ, "PATH": f"{SHIM}:{os.environ['PATH']}",
            "COMPOSE_PYTHON": sys.executable, "COMPOSE_PROJECT": PROJECT,
        }  # fmt: skip
        done = subprocess.run(
            ["sh", "-ec", commands], cwd=self.folder, env=environment, stdin=subprocess.DEVNULL, capture_output=True,
            text=True, timeout=400, check=False,
        )  # fmt: skip
        assert not (check and done.returncode), done.stdout + done.stderr
        return done.stdout + done.stderr

    def up(self, *words: str) -> None:
        """Start, and wait until every service is healthy."""
        self.compose("up", "--detach", *words)
        self.settle()

    def settle(self) -> None:
        """Wait until every service is healthy."""
        for service in SERVICES:
            for name in self.containers(service):
                until(lambda name=name: self.healthy(name), 180, f"health of {name}")

    def containers(self, service: str = "") -> list[str]:
        """The names of a service's running containers, or of all."""
        found = json.loads(podman("ps", "--format", "json", "--filter", f"label=io.podman.compose.project={PROJECT}"))
        wanted = [each for each in found if service in ("", each["Labels"]["com.docker.compose.service"])]
        return sorted(each["Names"][0] for each in wanted)

    def healthy(self, name: str) -> bool:
        """Whether its health check passes now: podman's timer for it needs systemd, which is not everywhere."""
        done = subprocess.run(["podman", "healthcheck", "run", name], capture_output=True, timeout=30, check=False)
        return done.returncode == 0

    def in_core(self, *words: str, check: bool = True) -> str:
        """Run a command in the web container, as `docker compose exec core …` does."""
        return podman("exec", self.containers("core")[0], *words, check=check)

    def certificates(self) -> ssl.SSLContext:
        """Trusts the front's own authority and nobody else."""
        root = podman("exec", self.containers("caddy")[0], "cat", ROOT_CERTIFICATE)
        return ssl.create_default_context(cadata=root)

    def ask(
        self, method: str, path: str, body: object = None, **headers: str
    ) -> tuple[int, Any, http.client.HTTPMessage]:
        """Status, answer (JSON where it is) and headers, through the front and over verified TLS."""
        line = http.client.HTTPSConnection("localhost", 443, timeout=30, context=self.certificates())
        if self.token:
            headers["Authorization"] = f"Token {self.token}"
        line.request(
            method, path, None if body is None else json.dumps(body), {"Content-Type": "application/json", **headers}
        )
        answer = line.getresponse()
        text = answer.read().decode()
        line.close()
        return (
            answer.status,
            json.loads(text) if "json" in (answer.headers["Content-Type"] or "") else text,
            answer.headers,
        )

    def end(self, *words: str) -> None:
        """`compose down`; podman-compose forgets what `--scale` added."""
        for extra in self.containers("celery")[1:]:
            podman("rm", "--force", extra)
        self.compose("down", *words)
