"""How long a newcomer waits, and what the hub weighs: first start, later start, one enrolment, memory.

The first start is `make run` in a fresh copy of the repository with an empty data folder: it installs everything.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench.hosts import enrolled, real_hosts
from bench.processes import pss_mb, tree
from bench.report import Report, options
from tests.hosts.maker import Host

LISTEN = "127.0.0.1:8799"
PASSWORD = "bench-" + os.urandom(6).hex()
ROOT = Path(__file__).resolve().parents[1]


class Hub:
    """A running hub and a token to ask it with."""

    def __init__(self, folder: Path, command: list[str], home: str) -> None:
        environment = {
            **os.environ, "VIRTADMIN_HOME": home, "VIRTADMIN_LISTEN": LISTEN, "VIRTADMIN_ADMIN_PASSWORD": PASSWORD,
        }  # fmt: skip
        environment.pop("DJANGO_SETTINGS_MODULE", None)
        with Path(home, "run.log").open("ab") as log:
            self.process = subprocess.Popen(
                command, cwd=folder, env=environment, stdout=log, stderr=log, start_new_session=True
            )
        self.token = ""

    def call(self, method: str, path: str, body: object = None) -> Any:
        """The JSON answer. Raises OSError, also for an error status."""
        request = urllib.request.Request(f"http://{LISTEN}{path}", method=method)
        request.add_header("Content-Type", "application/json")
        if self.token:
            request.add_header("Authorization", f"Token {self.token}")
        with urllib.request.urlopen(request, None if body is None else json.dumps(body).encode(), timeout=20) as answer:
            return json.loads(answer.read())

    def sign_in(self) -> bool:
        self.token = self.call("POST", "/api/auth/token/", {"username": "admin", "password": PASSWORD})["token"]
        return True

    def live(self) -> bool:
        """Whether a server shows numbers."""
        return any(server["cpu_usage"] is not None for server in self.call("GET", "/api/server/")["results"])

    def stop(self) -> None:
        os.killpg(self.process.pid, signal.SIGINT)
        self.process.wait(20)


@contextmanager
def hub(folder: Path, command: list[str], home: str) -> Iterator[Hub]:
    """The hub, started and stopped."""
    started = Hub(folder, command, home)
    try:
        yield started
    finally:
        started.stop()


def waited(condition: Callable[[], object], seconds: float = 300) -> float:
    """Seconds until the condition holds; an OSError counts as not yet."""
    start = time.monotonic()
    while time.monotonic() - start < seconds:
        try:
            if condition():
                return time.monotonic() - start
        except OSError:
            pass
        time.sleep(0.05)
    raise SystemExit("it did not come about in time")


def main() -> None:
    """Measure and report."""
    parser = options(__doc__)
    parser.add_argument("--servers", type=int, default=100, help="real hosts to watch while memory is measured")
    chosen = parser.parse_args()
    report = Report("start")
    home = tempfile.mkdtemp(prefix="virtadmin-bench-")
    copy = Path(tempfile.mkdtemp(prefix="virtadmin-clone-"))
    try:
        subprocess.run(["git", "clone", "--quiet", str(ROOT), str(copy)], check=True)
        with hub(copy, ["make", "run"], home) as first:
            first_page = waited(lambda: _page() and first.sign_in())
            report.add("first_run_s", first_page + waited(first.live), "≤ 90")
        command = [sys.executable, "-m", "virtadmin", "up"]
        with hub(ROOT, command, home) as later:
            report.add("start_s", waited(_page), "≤ 5")
            later.sign_in()
            with real_hosts(chosen.servers + 1, variant="full", net=3) as hosts:
                report.add("enrol_s", _enrol(later, hosts[0]), "≤ 8")
                _watch(home, hosts[1:])
                waited(lambda: later.call("GET", "/api/server/?status=up&page_size=1")["count"] >= chosen.servers + 2)
                time.sleep(30)
                report.add("hub_mb", pss_mb(tree(later.process.pid)), f"≤ 300 with {chosen.servers} servers")
    finally:
        shutil.rmtree(copy, ignore_errors=True)
        shutil.rmtree(home, ignore_errors=True)
    report.show(as_json=chosen.json)


def _page() -> bool:
    with urllib.request.urlopen(f"http://{LISTEN}/login/", timeout=5) as answer:
        return bool(answer.status == 200)


def _enrol(running: Hub, host: Host) -> float:
    login = {"ip_address": host.address, "username": "root", "password": "root-secret"}
    start = time.monotonic()
    path = f"/api/initial-server-profile/{running.call('POST', '/api/initial-server-profile/', login)['id']}/"
    waited(lambda: running.call("GET", path)["status"] in ("succeeded", "failed"))
    took = time.monotonic() - start
    if running.call("GET", path)["status"] != "succeeded":
        raise SystemExit(running.call("GET", path)["log"])
    return took


def _watch(home: str, hosts: list[Host]) -> None:
    """Put the hosts into the running hub's database, enrolled by their own script."""
    os.environ.update({"VIRTADMIN_HOME": home, "DJANGO_SETTINGS_MODULE": "virtadmin.config.settings"})
    import django

    django.setup()
    from virtadmin.accounts.models import User
    from virtadmin.servers.events import server_enrolled
    from virtadmin.servers.models import Server, ServerState

    owner = User.objects.get()
    for host in hosts:
        server = Server.objects.create(name=host.name, ip_address=host.address, owner=owner)
        target = enrolled(host, server.pk)
        server.private_key, server.host_keys, server.enrolled = target.private_key, target.host_keys, True
        ServerState.objects.create(server=server)
        server.save()
        server_enrolled.send(Server, server=server, created=True)


if __name__ == "__main__":
    main()
