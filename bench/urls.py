"""What a check of a website costs, beside Debian's prometheus-blackbox-exporter on the same targets, in one run.

A cheap server in a process of its own plays a thousand websites, plain and with TLS (a certificate below an
intermediate below a root that both trust as they trust the system's). Each checker runs alone, pinned to one core, and
only its own process is measured. Both are asked in two ways: all that is due each 5 seconds at once, as the collector
asks, and evenly, as prometheus asks; the exporter over connections that are kept.
"""

import argparse
import asyncio
import gc
import multiprocessing
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from urllib.parse import quote

from bench.hub import free_port
from bench.processes import precise_cpu_ms, rss_mb
from bench.report import Report, options
from bench.websites import answers, handshake_cpu_ms, websites
from bench.whole import wait
from virtadmin.running.processes import GARBAGE
from virtadmin.websites.check.checker import Checker
from virtadmin.websites.check.outcome import Request

EXPORTER = "prometheus-blackbox-exporter"
INSTALL = f"apt-get install -y --no-install-recommends {EXPORTER}"
TICK = 5
"""Seconds between two bursts of the collector."""
MODULES = """
modules:
  http:
    prober: http
    timeout: 10s
    http: {preferred_ip_protocol: ip4}
"""
CONNECTIONS = 8
"""Over which the exporter is asked."""


def main() -> None:
    """Measure and report."""
    parser = options(__doc__)
    parser.add_argument("--urls", type=int, default=1000)
    parser.add_argument("--interval", type=int, default=10, help="seconds between two checks of a URL")
    parser.add_argument("--seconds", type=int, default=30, help="how long each way is measured")
    chosen = parser.parse_args()
    report = Report(f"urls: {chosen.urls} URLs every {chosen.interval} s, for {chosen.seconds} s each way")
    if not shutil.which(EXPORTER):
        sys.stderr.write(f"Without the exporter there is nothing to compare with: {INSTALL}\n")
    with websites() as played:
        for kind, base in (("url", played.plain), ("url_tls", played.secure)):
            for way, tick in (("", TICK), ("_evenly", 0)):
                _measure(report, kind, way, (base, tick), chosen)
        report.add("tls_handshake_cpu_ms", handshake_cpu_ms(played.tls), "OpenSSL alone, of a check with TLS")
    report.show(as_json=chosen.json)


def _measure(report: Report, kind: str, way: str, what: tuple[str, int], chosen: argparse.Namespace) -> None:
    ours, memory = _ours(*what, chosen)
    report.add(f"{kind}_cpu_ms{way}", ours, "a check, evenly" if way else "a check, all of a tick at once")
    if not way:
        report.add(f"{kind}_process_mb", memory)
    if shutil.which(EXPORTER):
        theirs, memory = _by_exporter(*what, chosen)
        report.add(f"{kind}_blackbox_cpu_ms{way}", theirs)
        report.add(f"{kind}_ratio_blackbox{way}", ours / theirs, "" if way else "≤ 1.0")


def _ours(base: str, tick: int, chosen: argparse.Namespace) -> tuple[float, float]:
    """CPU milliseconds of a check, and memory, of a process that does nothing else."""
    here, there = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(
        target=_checking, args=(there, base, chosen.urls, chosen.interval, tick)
    )
    process.start()
    try:
        assert process.pid
        here.recv()
        return _measured(process.pid, lambda: _asked(here), chosen)
    finally:
        process.terminate()
        process.join()


def _asked(here: Connection) -> int:
    here.send("how many")
    return int(here.recv())


def _measured(pid: int, count: Callable[[], int], chosen: argparse.Namespace) -> tuple[float, float]:
    """Over a whole number of intervals, the first one left out; half a tick after a burst, so that none is cut."""
    time.sleep(chosen.interval + TICK / 2)
    before, done = precise_cpu_ms([pid]), count()
    time.sleep(chosen.seconds // chosen.interval * chosen.interval)
    return (precise_cpu_ms([pid]) - before) / (count() - done), rss_mb(pid)


def _due(number: int, urls: int, interval: int, tick: int) -> float:
    """Seconds after the start at which that check begins."""
    evenly = number * interval / urls
    return evenly // tick * tick if tick else evenly


def _checking(pipe: Connection, base: str, urls: int, interval: int, tick: int) -> None:
    """The process that is measured; it answers how many checks it has made."""
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    gc.set_threshold(*GARBAGE)  # as a worker has it, and the checks run nowhere else
    asyncio.run(_check_all(pipe, base, urls, interval, tick))


async def _check_all(pipe: Connection, base: str, urls: int, interval: int, tick: int) -> None:
    loop, checker = asyncio.get_running_loop(), Checker()
    running: set[asyncio.Task[None]] = set()
    done = number = 0

    async def check(uri: str) -> None:
        nonlocal done
        outcome = await checker.check(Request(uri, statuses=((200, 299),), private_allowed=True))
        if outcome.stage:
            sys.stderr.write(f"{outcome}\n")
        done += 1

    def tell() -> None:
        pipe.recv()
        pipe.send(done)

    loop.add_reader(pipe.fileno(), tell)
    pipe.send("ready")
    begun = loop.time()
    while True:
        while begun + _due(number, urls, interval, tick) <= loop.time():
            task = loop.create_task(check(f"{base}{number % urls}"))
            running.add(task)
            task.add_done_callback(running.discard)
            number += 1
        await asyncio.sleep(begun + _due(number, urls, interval, tick) - loop.time())


def _by_exporter(base: str, tick: int, chosen: argparse.Namespace) -> tuple[float, float]:
    """CPU milliseconds of a probe, and memory."""
    port, core = free_port(), max(os.sched_getaffinity(0))
    with tempfile.NamedTemporaryFile("w", suffix=".yml") as modules:
        modules.write(MODULES)
        modules.flush()
        command = ["taskset", "--cpu-list", str(core), EXPORTER, f"--config.file={modules.name}"]
        process = subprocess.Popen(
            [*command, f"--web.listen-address=127.0.0.1:{port}"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            if not wait(lambda: answers(port), 30):
                raise SystemExit(f"{EXPORTER} does not answer")
            return asyncio.run(_drive(process.pid, port, (base, tick), chosen))
        finally:
            process.terminate()
            process.wait()


async def _drive(pid: int, port: int, what: tuple[str, int], chosen: argparse.Namespace) -> tuple[float, float]:
    """Ask for every URL's probe when it is due, and measure meanwhile."""
    base, tick = what
    loop = asyncio.get_running_loop()
    begun, done = loop.time(), 0

    async def ask(number: int) -> None:
        nonlocal done
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        while True:
            await asyncio.sleep(begun + _due(number, chosen.urls, chosen.interval, tick) - loop.time())
            target = quote(f"{base}{number % chosen.urls}", safe="")
            writer.write(f"GET /probe?module=http&target={target} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
            if b"probe_success 1" not in await reader.readuntil(b"\r\n0\r\n\r\n"):
                raise SystemExit(f"{EXPORTER} finds {base} down")
            done += 1
            number += CONNECTIONS

    asking = [asyncio.create_task(ask(first)) for first in range(CONNECTIONS)]
    measuring = asyncio.create_task(asyncio.to_thread(_measured, pid, lambda: done, chosen))
    await asyncio.wait([measuring, *asking], return_when=asyncio.FIRST_COMPLETED)
    for task in asking:
        if task.done():
            task.result()
        task.cancel()
    return await measuring


if __name__ == "__main__":
    main()
