"""A whole hub, `virtadmin up`, that watches simulated servers at a real pace: what a poll costs all its processes."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import redis

from bench.hub import free_port, prepared_hub, servers_make
from bench.processes import cpu_ms, rss_mb, tree
from bench.report import Report, options
from bench.simulated import simulated

SETTLE_SECONDS = 25
TENTH = 10


def measure(report: Report, *, servers: int, interval: int, seconds: int) -> None:
    """Add to the report what it costs to poll so many servers every `interval` seconds, for so many seconds."""
    first = servers // 10
    with tempfile.TemporaryDirectory() as home, simulated() as there, prepared_hub(home):
        ids = servers_make(servers, lambda number: {**there.fields(number), "interval": interval, "enabled": False})
        with _up(home) as hub:
            few = _grown(hub, ids[:first], first)
            many = _grown(hub, ids, servers)
            per_poll, polls, parts = hub.spent(seconds)
        restarted = time.monotonic()
        with _up(home) as hub:
            _wait(lambda: hub.counted("open") >= servers, 600)
            reconnected = time.monotonic() - restarted
    report.add("hub_cpu_ms_per_poll", per_poll, f"≤ 0.7 ({servers} servers, every {interval} s, {polls} polls)")
    report.add("worker_cpu_ms_per_poll", parts["worker"])
    report.add("core_share_10k", per_poll * 10_000 / TENTH / 1000, "≤ 0.8")
    report.add("kb_per_connection", 1024 * (many - few) / (servers - first), "≤ 60")
    report.add("reconnect_s", reconnected, f"≤ 60 ({servers} servers)")


class _Running:
    """A running hub."""

    def __init__(self, home: str, process: "subprocess.Popen[bytes]") -> None:
        self._process = process
        self._valkey = redis.Redis(unix_socket_path=f"{home}/run/valkey.sock")

    def workers(self) -> list[dict[str, Any]]:
        """What each live worker counts."""
        try:
            values = [self._valkey.get(key) for key in self._valkey.keys("virtadmin:worker:*")]
        except redis.RedisError:
            return []
        return [json.loads(value)["counters"] for value in values if value]

    def counted(self, name: str) -> int:
        return sum(counters[name] for counters in self.workers())

    def worker_pid(self) -> int:
        """The worker: of the hub's own processes the one with the most threads."""
        ours = [pid for pid in tree(self._process.pid) if "valkey" not in Path(f"/proc/{pid}/comm").read_text()]
        return max(ours, key=lambda pid: len(list(Path(f"/proc/{pid}/task").iterdir())))

    def spent(self, seconds: int) -> tuple[float, int, dict[str, float]]:
        """CPU milliseconds per poll, how many polls it was, and each process's part."""
        pids = tree(self._process.pid)
        before, polls = {pid: cpu_ms([pid]) for pid in pids}, self.counted("polls")
        time.sleep(seconds)
        polls = self.counted("polls") - polls
        parts = {self._called(pid): (cpu_ms([pid]) - before[pid]) / polls for pid in pids}
        return sum(parts.values()), polls, parts

    def _called(self, pid: int) -> str:
        if pid == self.worker_pid():
            return "worker"
        return str(pid)


@contextmanager
def _up(home: str) -> Iterator[_Running]:
    environment = {**os.environ, "VIRTADMIN_HOME": home, "VIRTADMIN_LISTEN": f"127.0.0.1:{free_port()}"}
    environment |= {"WATCH_THIS_MACHINE": "false"}
    with Path(home, "run.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "virtadmin", "up"], env=environment, stdout=log, stderr=log, start_new_session=True
        )
    try:
        yield _Running(home, process)
    finally:
        os.killpg(process.pid, signal.SIGINT)
        process.wait(30)
        if os.environ.get("BENCH_LOG"):
            print(Path(home, "run.log").read_text()[-4000:])


def _grown(hub: _Running, ids: list[int], servers: int) -> float:
    """The worker's memory in MB once it holds channels to these servers, and has polled them a few times."""
    from virtadmin.servers.models import Server

    Server.objects.filter(pk__in=ids).update(enabled=True)
    _wait(lambda: hub.counted("open") >= servers, 600)
    time.sleep(SETTLE_SECONDS)
    return rss_mb(hub.worker_pid())


def _wait(condition: Callable[[], object], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise SystemExit("it did not come about in time")
        time.sleep(0.2)


def main() -> None:
    """Measure and report."""
    parser = options(__doc__)
    parser.add_argument("--servers", type=int, default=1000)
    parser.add_argument("--interval", type=int, default=10, help="seconds between two polls of a server")
    parser.add_argument("--seconds", type=int, default=60, help="how long to measure")
    chosen = parser.parse_args()
    report = Report(f"pace: {chosen.servers} simulated servers, every {chosen.interval} s")
    measure(report, servers=chosen.servers, interval=chosen.interval, seconds=chosen.seconds)
    report.show(as_json=chosen.json)


if __name__ == "__main__":
    main()
