"""A whole hub, `virtadmin up`, as a benchmark sees it: what its workers count, what its processes use."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import redis

from bench.hub import free_port
from bench.processes import cpu_ms, tree


class Whole:
    """A running hub."""

    def __init__(self, home: str, pid: int) -> None:
        self.pid = pid
        self._valkey = redis.Redis(unix_socket_path=f"{home}/run/valkey.sock")

    def workers(self) -> list[dict[str, Any]]:
        """What each live worker counts."""
        try:
            values = [self._valkey.get(key) for key in self._valkey.keys("virtadmin:worker:*")]
        except redis.RedisError:
            return []
        return [json.loads(value)["counters"] for value in values if value]

    def counted(self, name: str) -> int:
        """One of these counts, of all workers."""
        return sum(counters[name] for counters in self.workers())

    def worker_pid(self) -> int:
        """The worker: of the hub's own processes the one with the most threads."""
        ours = [pid for pid in tree(self.pid) if "valkey" not in Path(f"/proc/{pid}/comm").read_text()]
        return max(ours, key=lambda pid: len(list(Path(f"/proc/{pid}/task").iterdir())))

    def spent(self, seconds: float) -> tuple[float, float, int]:
        """CPU milliseconds in so many seconds of all its processes and of the worker alone, and the polls it made."""
        pids, worker = tree(self.pid), self.worker_pid()
        before, of_worker, polls = cpu_ms(pids), cpu_ms([worker]), self.counted("polls")
        time.sleep(seconds)
        return cpu_ms(pids) - before, cpu_ms([worker]) - of_worker, self.counted("polls") - polls


@contextmanager
def whole_hub(home: str) -> Iterator[Whole]:
    """Start it on the data folder; it is stopped at the end. `BENCH_LOG=1` prints the end of what it said."""
    environment = {**os.environ, "VIRTADMIN_HOME": home, "VIRTADMIN_LISTEN": f"127.0.0.1:{free_port()}"}
    environment |= {"WATCH_THIS_MACHINE": "false"}
    with Path(home, "run.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "virtadmin", "up"], env=environment, stdout=log, stderr=log, start_new_session=True
        )
    try:
        yield Whole(home, process.pid)
    finally:
        os.killpg(process.pid, signal.SIGINT)
        process.wait(30)
        if os.environ.get("BENCH_LOG"):
            print(Path(home, "run.log").read_text()[-4000:])


def wait(condition: Callable[[], object], seconds: float) -> bool:
    """Wait for the condition; whether it came about in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.2)
    return True
