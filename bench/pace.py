"""A whole hub, `virtadmin up`, that watches simulated servers at a real pace: what a poll costs all its processes.

The simulated servers run in processes of their own, whose CPU is not counted; on a machine of few cores they leave the
hub less time, not less work. All of them tell of this machine, which is busy: their limits are judged but at 100 %, or
thousands of alerts would be raised at once.
"""

import os
import resource
import tempfile
import time
from argparse import Namespace
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from bench.hub import prepared_hub, servers_make
from bench.processes import cpu_ms, rss_mb, tree
from bench.report import Report, options
from bench.simulated import simulated
from bench.whole import Whole, wait, whole_hub

USUAL = 1000
"""Servers that the budgets of a poll and of a restart are for."""
MOST = 10_000
IDLE_SECONDS = 20
OPENED_A_SECOND = 20
"""Connections begun in a second on a machine that has other things to do too."""


def measure(report: Report, *, sizes: list[int], interval: int, seconds: int, database: str = "sqlite") -> None:
    """Add what it costs to poll each number of servers every `interval` seconds, measured for so many seconds."""
    usual, most = USUAL if USUAL in sizes else sizes[-1], sizes[-1]
    _many_files()
    with ExitStack() as running:
        home = running.enter_context(tempfile.TemporaryDirectory())
        database_pid = running.enter_context(_database(database))
        there = running.enter_context(simulated(servers=most))
        running.enter_context(prepared_hub(home))
        ids = servers_make(most, lambda number: {**there.fields(number), "interval": interval, "enabled": False})
        _limits_raise()
        with whole_hub(home) as hub:
            _idle(report, hub)
            memory: dict[int, float] = {}
            for size in [sizes[0] // 10, *sizes] if len(sizes) == 1 else sizes:
                if not _grow(hub, ids[:size]):
                    if not memory:
                        raise SystemExit(f"the hub holds {hub.counted('open')} channels of {size}; see BENCH_LOG=1")
                    report.add(f"open_of_{size}", hub.counted("open"), "no more came about: too much for this machine")
                    break
                time.sleep(2 * interval)
                memory[size] = rss_mb(hub.worker_pid())
                if size in sizes:
                    _cost(report, hub, size, usual, interval, seconds, database_pid)
        _memory(report, memory, usual)
        _reconnect(report, home, ids, min(usual, most))


def _idle(report: Report, hub: Whole) -> None:
    """What it costs to watch nothing."""
    if not wait(hub.workers, 60):
        raise SystemExit("the hub does not start; see BENCH_LOG=1")
    time.sleep(IDLE_SECONDS / 2)  # it is still busy with starting
    spent, _, _ = hub.spent(IDLE_SECONDS)
    report.add("idle_core_share", spent / IDLE_SECONDS / 1000, "≤ 0.01 of one core, without a server")


def _cost(report: Report, hub: Whole, size: int, usual: int, interval: int, seconds: int, database_pid: int) -> None:
    """Measure, and add the figures: those of the usual number under their own names, others with the number."""
    database_before = _database_ms(database_pid)
    spent, worker, polls = hub.spent(seconds)
    mark = "" if size == usual else f"_{size}"
    due = size * seconds // interval
    report.add(f"hub_cpu_ms_per_poll{mark}", spent / polls, f"≤ 0.7 ({size} servers, {polls} polls of {due} due)")
    report.add(f"worker_cpu_ms_per_poll{mark}", worker / polls)
    if database_pid:
        report.add(f"database_cpu_ms_per_poll{mark}", (_database_ms(database_pid) - database_before) / polls)
    share = spent / seconds / 1000
    how = "measured" if size == MOST else f"at the rate of {size} servers"
    report.add("core_share_10k", share if size == MOST else spent / polls * MOST / interval / 1000, f"≤ 0.8, {how}")
    report.add(f"core_share_{size}", share, "of one core, all the hub's processes")


def _database_ms(pid: int) -> float:
    """CPU of the server's processes so far; PostgreSQL has one for each connection, so they are looked for anew."""
    return cpu_ms(tree(pid)) if pid else 0.0


def _limits_raise() -> None:
    from virtadmin.alerting.models import Threshold

    Threshold.objects.update(cpu_usage=100, ram_usage=100, hdd_usage=100)


def _grow(hub: Whole, ids: list[int]) -> bool:
    """Let it watch these servers; whether it got to hold a channel to each."""
    from virtadmin.servers.models import Server

    for start in range(0, len(ids), 500):
        Server.objects.filter(pk__in=ids[start : start + 500]).update(enabled=True)
    return wait(lambda: hub.counted("open") >= len(ids), 60 + len(ids) / OPENED_A_SECOND)


def _memory(report: Report, memory: dict[int, float], usual: int) -> None:
    """What the worker's memory grew by for each channel, from the smallest number of servers on."""
    first, *more = sorted(memory)
    for size in more:
        grown = 1024 * (memory[size] - memory[first]) / (size - first)
        is_usual = size == usual or (usual == first and size == more[0])
        report.add("kb_per_connection" if is_usual else f"kb_per_connection_{size}", grown, "≤ 60")


def _reconnect(report: Report, home: str, ids: list[int], servers: int) -> None:
    """A hub that starts anew: the seconds until it holds a channel to each of so many servers."""
    from virtadmin.servers.models import Server

    Server.objects.filter(pk__gt=ids[servers - 1]).update(enabled=False)
    begun = time.monotonic()
    with whole_hub(home) as hub:
        came = wait(lambda: hub.counted("open") >= servers, 300)
        took = time.monotonic() - begun
    report.add("reconnect_s", took, f"≤ 60 ({servers} servers{'' if came else ', given up'})")


@contextmanager
def _database(system: str) -> Iterator[int]:
    """The process id of a database server of its own, which `DATABASE_URL` then names; 0 for SQLite."""
    if system == "sqlite":
        yield 0
        return
    from tests.databases.maker import DatabaseServer  # needs Django's settings no sooner than now

    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder, "server")
        place.mkdir()
        with DatabaseServer(system, place) as server:
            os.environ["DATABASE_URL"] = server.create("hub")
            yield server.process.pid if server.process else 0


def _many_files() -> None:
    """A connection takes a file here and one in the hub, which inherits what is allowed."""
    _, allowed = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, allowed))


def sizes_of(text: str) -> list[int]:
    """`100,1000` as numbers, the smallest first."""
    return sorted(int(number) for number in text.split(","))


def arguments() -> Namespace:
    """What is asked on the command line."""
    parser = options(__doc__)
    parser.add_argument("--servers", type=sizes_of, default=[USUAL], help="how many, or several with commas between")
    parser.add_argument("--interval", type=int, default=10, help="seconds between two polls of a server")
    parser.add_argument("--seconds", type=int, default=60, help="how long to measure each")
    parser.add_argument("--database", choices=("sqlite", "mysql", "mariadb", "postgresql"), default="sqlite")
    return parser.parse_args()


def main() -> None:
    """Measure and report."""
    chosen = arguments()
    report = Report(f"pace: {chosen.servers} simulated servers, every {chosen.interval} s, {chosen.database}")
    measure(
        report, sizes=chosen.servers, interval=chosen.interval, seconds=chosen.seconds, database=chosen.database
    )  # fmt: skip
    report.show(as_json=chosen.json)


if __name__ == "__main__":
    main()
