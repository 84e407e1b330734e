"""A hub's outbox under attack: a thousand incidents, workers of its own to kill, a broker and a mail server that go."""

import asyncio
import json
import os
import signal
import sqlite3
import subprocess
import sys
from collections import Counter
from pathlib import Path
from threading import Lock
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import Envelope

from tests.collector.fleet import Fleet
from tests.collector.odd_hosts import OddHosts
from tests.running.hub import free_port

MAKE = """
import json, sys, threading, time, django
django.setup()
from celery import current_app
from django.db import connection
from virtadmin.config.celery import app
from virtadmin.accounts.models import User
from virtadmin.alerting.contracts import Observed
from virtadmin.alerting.models import Incident, Threshold
from virtadmin.alerting.services import round_evaluate
from virtadmin.metrics.observation import Observation
from virtadmin.notifications.models import UserChannel
from virtadmin.servers.models import Server, ServerState

count, batch, pause = json.load(sys.stdin)

def beat():
    while True:
        for name in ("alerting.tell", "notifications.sweep"):
            try:
                app.send_task(name, expires=2)
            except Exception:
                pass  # the broker is away just now
        time.sleep(0.5)

owner = User.objects.get()
User.objects.update(email="admin@example.org")
UserChannel.objects.filter(kind="server_log").update(enabled=False)  # these servers are rows alone
Server.objects.bulk_create([
    Server(name=f"s{n}", ip_address=f"192.0.2.{n}", owner=owner, enrolled=True) for n in range(count)
])
servers = list(Server.objects.order_by("pk"))
ServerState.objects.bulk_create([ServerState(server=server, status="up") for server in servers])
Threshold.objects.bulk_create([Threshold(server=server) for server in servers])
print("made", flush=True)
threading.Thread(target=beat, daemon=True).start()
for start in range(0, count, batch):
    now = time.time()
    seen = [Observed(row.pk, 60, Observation(now, {"hdd_usage": 90.0})) for row in servers[start : start + batch]]
    round_evaluate(observed=seen, reachability=[], now=now)
    time.sleep(pause)
time.sleep(600)
"""


class Postbox:
    """A mail server that can be taken away; how often each email came."""

    def __init__(self, seconds: float) -> None:
        self.port = free_port()
        self.mails: Counter[str] = Counter()
        self._seconds = seconds
        self._lock = Lock()
        self._controller: Controller | None = None

    def open(self) -> None:
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port)
        self._controller.start()

    def close(self) -> None:
        """Break off whatever is on its way."""
        if self._controller:
            self._controller.stop()
            self._controller = None

    async def handle_DATA(self, server: Any, session: Any, envelope: Envelope) -> str:  # noqa: N802
        assert isinstance(envelope.content, bytes)
        [mark] = [line for line in envelope.content.split(b"\n") if line.lower().startswith(b"message-id:")]
        await asyncio.sleep(self._seconds)
        with self._lock:
            self.mails[mark.decode().partition(":")[2].strip()] += 1
        return "250 OK"


class Outbox(Fleet):
    """A hub whose one person has email, and whose workers have little patience."""

    def __init__(self, folder: Path, postbox: Postbox, hosts: OddHosts) -> None:
        super().__init__(folder, hosts)
        self._workers: dict[str, int] = {}
        self.hub.environment["EMAIL_URL"] = f"smtp://127.0.0.1:{postbox.port}"
        self.hub.environment["DJANGO_SETTINGS_MODULE"] = "virtadmin.config.settings"

    def worker(self, name: str, queues: str = "default,deliver") -> None:
        """Start one; the first call also starts the process that they are forked from."""
        parent = self.processes.get("parent") or self._parent()
        assert parent.stdin
        assert parent.stdout
        parent.stdin.write(f"{name} {queues} {self.hub.home / name}.log\n".encode())
        parent.stdin.flush()
        self._workers[name] = int(parent.stdout.readline())

    def kill_worker(self, name: str) -> None:
        os.kill(self._workers.pop(name), signal.SIGKILL)

    def stop(self) -> None:
        for pid in self._workers.values():
            os.kill(pid, signal.SIGKILL)
        parent = self.processes.pop("parent", None)
        if parent:
            parent.communicate(timeout=20)
        super().stop()

    def _parent(self) -> "subprocess.Popen[bytes]":
        with (self.hub.home / "parent.log").open("ab") as log:
            self.processes["parent"] = subprocess.Popen(
                [sys.executable, "-m", "tests.faults.worker"], env=self.hub.environment, stdin=subprocess.PIPE,
                stdout=subprocess.PIPE, stderr=log,
            )  # fmt: skip
        return self.processes["parent"]

    def open_incidents(self, count: int, *, batch: int, pause: float) -> None:
        """Have so many opened, a batch after the other; returns when the first is about to be."""
        with (self.hub.home / "maker.log").open("ab") as log:
            maker = subprocess.Popen(
                [sys.executable, "-c", MAKE], env=self.hub.environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                stderr=log,
            )  # fmt: skip
        self.processes["maker"] = maker
        assert maker.stdin
        assert maker.stdout
        maker.stdin.write(json.dumps([count, batch, pause]).encode())
        maker.stdin.close()
        with maker.stdout:
            assert maker.stdout.readline() == b"made\n", self.log("maker")

    def count(self, question: str) -> int:
        [(found,)] = self.rows(question)
        assert isinstance(found, int)
        return found

    def change(self, statement: str) -> None:
        with sqlite3.connect(self.hub.home / "virtadmin.sqlite3", timeout=20) as database:
            database.execute(statement)
