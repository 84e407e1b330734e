"""How long it takes from a sample that crosses a limit to the message being handed over, and what a judgement costs.

A whole hub, `virtadmin up`, watches simulated servers; some start to burn, one after another, then a thousand at once.
"""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import quantiles
from typing import Any

import orjson
import redis

from bench.burning import Fleet, burning, mail_server
from bench.hub import free_port, prepared_hub, servers_make
from bench.report import Report, options

OBSERVATIONS = 2000
WINDOW_ROWS = 20


def measure_judgement(report: Report) -> None:
    """CPU of one observation judged against all of a server's limits, its window of 20 rows kept."""
    from virtadmin.alerting.contracts import Observed
    from virtadmin.alerting.judging import Rules, judge
    from virtadmin.alerting.limits import LIMITS
    from virtadmin.alerting.window import Window
    from virtadmin.metrics.observation import Observation

    values = {limit.metric: 40.0 for limit in LIMITS}
    rules = {pk: Rules(300, dict.fromkeys(LIMITS.names(), 80)) for pk in range(OBSERVATIONS)}
    windows = {pk: Window() for pk in rules}
    costs = []
    for turn in range(2 * WINDOW_ROWS):
        seen = [Observed(pk, 10, Observation(1e9 + 15 * turn, dict(values))) for pk in rules]
        began = time.process_time()
        judge(seen, rules, windows, {}, set())
        costs.append((time.process_time() - began) / OBSERVATIONS * 1e6)
    report.add("evaluate_us", min(costs[WINDOW_ROWS:]), "≤ 50")


def measure_messages(report: Report, *, servers: int, single: int, seconds: float, interval: int) -> None:
    """Seconds from sample to message: for `single` servers that burn one by one, then for all the others at once."""
    fleet = Fleet(servers)
    with (
        tempfile.TemporaryDirectory() as home,
        burning(fleet) as there,
        mail_server() as (port, mails),
        prepared_hub(home),
    ):
        ids = servers_make(servers, lambda number: {**there.fields(number), "interval": interval})
        _limits_low()
        with _up(home, port) as hub:
            _wait(lambda: hub.opened() >= servers, 600)
            time.sleep(20)
            mails()
            found = _one_by_one(fleet, mails, range(single), seconds, interval)
            everyone = range(single, servers)
            began = _at_once(fleet, ids[single:], everyone, hub.last_tick)
            late = _gathered(mails, everyone, 120)
    cuts = quantiles(found, n=100)
    report.add("alert_p50_s", cuts[49], f"≤ 1 ({single} of {servers} servers, one by one)")
    report.add("alert_p99_s", cuts[98], "≤ 3")
    report.add("burst_s", max(late.values()) - began, f"≤ 30 ({len(everyone)} incidents in one round, all handed over)")


def _limits_low() -> None:
    """Every sample is judged by itself, and the one person there is gets email."""
    from virtadmin.accounts.models import User
    from virtadmin.alerting.models import Threshold

    Threshold.objects.update(window=0)
    User.objects.update(email="admin@example.org")


def _one_by_one(
    fleet: Fleet, mails: Callable[[], Any], numbers: Sequence[int], seconds: float, interval: int
) -> list[float]:
    """Light them evenly over the seconds; how long each one's message took from its sample on."""
    for number in numbers:
        fleet.light(number)
        time.sleep(seconds / len(numbers))
    return [at - fleet.sampled[number] for number, at in _gathered(mails, numbers, interval + 60).items()]


def _at_once(fleet: Fleet, ids: Sequence[int], numbers: Sequence[int], last_tick: Callable[[], float]) -> float:
    """Light them all and have them asked in one round; when the first sample was sent."""
    from virtadmin.servers.models import ServerState

    before = last_tick()
    _wait(lambda: last_tick() != before, 30)
    time.sleep(1.5)  # that tick is over, the next not yet begun
    for number in numbers:
        fleet.light(number)
    for start in range(0, len(ids), 500):
        ServerState.objects.filter(server_id__in=ids[start : start + 500]).update(retry_at=time.time())
    _wait(lambda: all(fleet.sampled[number] for number in numbers), 60)
    return min(fleet.sampled[number] for number in numbers)


def _gathered(mails: Callable[[], Any], numbers: Sequence[int], seconds: float) -> dict[int, float]:
    """When each one's message came, once all have."""
    found: dict[int, float] = {}
    wanted, deadline = set(numbers), time.monotonic() + seconds
    while wanted - found.keys():
        for at, subject in mails():
            number = int(subject.partition(":")[0].removeprefix("s")) if subject.startswith("s") else -1
            found.setdefault(number, at)
        if time.monotonic() > deadline:
            raise SystemExit(f"{len(wanted - found.keys())} messages did not come")
        time.sleep(0.1)
    return {number: at for number, at in found.items() if number in wanted}


class _Hub:
    """What a running hub says of itself in its Valkey."""

    def __init__(self, home: str) -> None:
        self._valkey = redis.Redis(unix_socket_path=f"{home}/run/valkey.sock")

    def opened(self) -> int:
        """How many channels it holds."""
        try:
            values = [self._valkey.get(key) for key in self._valkey.keys("virtadmin:worker:*")]
        except redis.RedisError:
            return 0
        return sum(orjson.loads(value)["counters"]["open"] for value in values if value)

    def last_tick(self) -> float:
        """When servers were shared out last (Unix time)."""
        return float(self._valkey.get("virtadmin:tick") or 0)


@contextmanager
def _up(home: str, mail_port: int) -> Iterator[_Hub]:
    environment = {**os.environ, "VIRTADMIN_HOME": home, "VIRTADMIN_LISTEN": f"127.0.0.1:{free_port()}"}
    environment |= {"WATCH_THIS_MACHINE": "false", "EMAIL_URL": f"smtp://127.0.0.1:{mail_port}"}
    with Path(home, "run.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "virtadmin", "up"], env=environment, stdout=log, stderr=log, start_new_session=True
        )
    try:
        yield _Hub(home)
    finally:
        os.killpg(process.pid, signal.SIGINT)
        process.wait(30)
        if os.environ.get("BENCH_LOG"):
            print(Path(home, "run.log").read_text()[-6000:])


def _wait(condition: Callable[[], object], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise SystemExit("it did not come about in time")
        time.sleep(0.1)


def main() -> None:
    """Measure and report."""
    parser = options(__doc__)
    parser.add_argument("--servers", type=int, default=1200)
    parser.add_argument("--single", type=int, default=200, help="how many of them burn one by one")
    parser.add_argument("--interval", type=int, default=60, help="seconds between two polls of a server")
    parser.add_argument("--seconds", type=float, default=60, help="over how long they do")
    chosen = parser.parse_args()
    report = Report(f"alerts: {chosen.servers} simulated servers, every {chosen.interval} s")
    measure_messages(
        report, servers=chosen.servers, single=chosen.single, seconds=chosen.seconds, interval=chosen.interval
    )
    measure_judgement(report)
    report.show(as_json=chosen.json)


if __name__ == "__main__":
    main()
