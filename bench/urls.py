"""What a check of a website costs, beside Debian's prometheus-blackbox-exporter on the same targets, in one run.

A cheap server in a process of its own plays a thousand websites, plain and with TLS (a certificate below an
intermediate below a root that both trust as they trust the system's). Each checker runs alone, pinned to one core, and
only its own process is measured. Ours is asked as the collector asks, all that is due each 5 seconds at once; the
exporter as prometheus asks it, evenly, over connections that are kept.
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
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path
from urllib.parse import quote
from urllib.request import urlopen

from bench.hub import free_port
from bench.processes import precise_cpu_ms, rss_mb
from bench.report import Report, options
from bench.whole import wait
from tests.websites import tls_authority
from virtadmin.running.processes import GARBAGE
from virtadmin.websites.check.checker import Checker
from virtadmin.websites.check.outcome import Request

EXPORTER = "prometheus-blackbox-exporter"
INSTALL = f"apt-get install -y --no-install-recommends {EXPORTER}"
SYSTEM_CAS = Path("/etc/ssl/certs/ca-certificates.crt")
TICK = 5
"""Seconds between two bursts of the collector."""
MODULES = """
modules:
  http:
    prober: http
    timeout: 10s
    http: {preferred_ip_protocol: ip4}
"""
HEAD = (
    "HTTP/1.1 200 OK\r\nServer: cheap\r\nDate: Sun, 22 Nov 2026 12:00:00 GMT\r\nContent-Type: text/html; charset=utf-8\r\n"
    "Cache-Control: no-cache\r\nVary: Accept-Encoding\r\nX-Frame-Options: DENY\r\nConnection: close\r\nContent-Length: "
)
PAGE = b"<p>All is well.</p>\n" * 400
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
    with tempfile.TemporaryDirectory() as folder, _targets(Path(folder)) as (plain, tls):
        for kind, base in (("", plain), ("_tls", tls)):
            _measure(report, kind, base, chosen)
    report.show(as_json=chosen.json)


def _measure(report: Report, kind: str, base: str, chosen: argparse.Namespace) -> None:
    what = "with TLS" if kind else "plain"
    ours, memory = _ours(base, chosen, spread=False)
    report.add(f"url{kind}_cpu_ms", ours, f"a check {what}, all of a tick at once")
    spread, _ = _ours(base, chosen, spread=True)
    report.add(f"url{kind}_spread_cpu_ms", spread, "the same, evenly")
    report.add(f"url{kind}_mb", memory, "memory of the process")
    if not shutil.which(EXPORTER):
        sys.stderr.write(f"Without the exporter there is nothing to compare with: {INSTALL}\n")
        return
    theirs, memory = _by_exporter(base, chosen)
    report.add(f"blackbox{kind}_cpu_ms", theirs, "the exporter, evenly")
    report.add(f"blackbox{kind}_mb", memory)
    report.add(f"url{kind}_ratio_blackbox", ours / theirs, "≤ 1.0")
    report.add(f"url{kind}_spread_ratio_blackbox", spread / theirs)


@contextmanager
def _targets(folder: Path) -> Iterator[tuple[str, str]]:
    """Addresses of the plain and of the TLS websites; from then on every process started here trusts their CA."""
    root = tls_authority.root()
    below = tls_authority.intermediate(root)
    shown = tls_authority.issued("cheap", ("127.0.0.1",), below, points_to_issuer=True)
    bundle = folder / "cas.pem"
    bundle.write_text((SYSTEM_CAS.read_text() if SYSTEM_CAS.exists() else "") + root.pem)
    os.environ["SSL_CERT_FILE"] = str(bundle)
    os.environ["SSL_CERT_DIR"] = str(folder / "none")
    ports = free_port(), free_port()

    async def serve() -> None:
        loop = asyncio.get_running_loop()
        await loop.create_server(_Website, "127.0.0.1", ports[0], backlog=4096)
        context = tls_authority.server_context(shown, below)
        await loop.create_server(_Website, "127.0.0.1", ports[1], ssl=context, backlog=4096)
        await asyncio.Event().wait()

    process = multiprocessing.get_context("fork").Process(target=lambda: asyncio.run(serve()))
    process.start()
    try:
        if not wait(lambda: _answers(ports[0]), 30):
            raise SystemExit("The websites do not answer.")
        yield f"http://127.0.0.1:{ports[0]}/", f"https://127.0.0.1:{ports[1]}/"
    finally:
        process.terminate()
        process.join()


class _Website(asyncio.Protocol):
    answer = HEAD.encode() + str(len(PAGE)).encode() + b"\r\n\r\n" + PAGE

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        assert isinstance(self._transport, asyncio.Transport)
        if data.endswith(b"\r\n\r\n"):
            self._transport.write(self.answer)
            self._transport.close()


def _answers(port: int) -> bool:
    try:
        with urlopen(f"http://127.0.0.1:{port}/", timeout=5):
            return True
    except OSError:
        return False


def _ours(base: str, chosen: argparse.Namespace, *, spread: bool) -> tuple[float, float]:
    """CPU milliseconds of a check, and memory, of a process that does nothing else."""
    here, there = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(
        target=_checking, args=(there, base, chosen.urls, chosen.interval, spread)
    )
    process.start()
    try:
        assert process.pid
        here.recv()
        return _measured(process.pid, lambda: int(_asked(here)), chosen)
    finally:
        process.terminate()
        process.join()


def _asked(here: Connection) -> object:
    here.send("how many")
    return here.recv()


def _measured(pid: int, count: Callable[[], int], chosen: argparse.Namespace) -> tuple[float, float]:
    """Over a whole number of intervals, the first one left out."""
    time.sleep(chosen.interval)
    before, done = precise_cpu_ms([pid]), count()
    time.sleep(chosen.seconds // chosen.interval * chosen.interval)
    return (precise_cpu_ms([pid]) - before) / (count() - done), rss_mb(pid)


def _checking(pipe: Connection, base: str, urls: int, interval: int, spread: bool) -> None:  # noqa: FBT001
    """The process that is measured; it answers how many checks it has made."""
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    gc.set_threshold(*GARBAGE)  # as a worker has it, and the checks run nowhere else
    asyncio.run(_check_all(pipe, base, urls, interval, TICK if not spread else 0))


async def _check_all(pipe: Connection, base: str, urls: int, interval: int, tick: int) -> None:
    checker, done, running = Checker(), [0], set()
    loop = asyncio.get_running_loop()

    async def check(number: int) -> None:
        request = Request(f"{base}{number}", statuses=((200, 299),), private_allowed=True)
        outcome = await checker.check(request)
        if outcome.stage:
            sys.stderr.write(f"{outcome}\n")
        done[0] += 1

    def tell() -> None:
        pipe.recv()
        pipe.send(done[0])

    loop.add_reader(pipe.fileno(), tell)
    pipe.send("ready")
    burst = urls * tick // interval or 1
    number, next_time = 0, loop.time()
    while True:
        for _ in range(burst):
            number = (number + 1) % urls
            task = loop.create_task(check(number))
            running.add(task)
            task.add_done_callback(running.discard)
        next_time += burst * interval / urls
        await asyncio.sleep(max(0.0, next_time - loop.time()))


def _by_exporter(base: str, chosen: argparse.Namespace) -> tuple[float, float]:
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
            if not wait(lambda: _answers(port), 30):
                raise SystemExit(f"{EXPORTER} does not answer")
            return asyncio.run(_drive(process.pid, port, base, chosen))
        finally:
            process.terminate()
            process.wait()


async def _drive(pid: int, port: int, base: str, chosen: argparse.Namespace) -> tuple[float, float]:
    """Ask for every URL's probe evenly, and measure meanwhile."""
    done = [0]
    loop = asyncio.get_running_loop()
    begun = loop.time()

    async def ask(first: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        number = first
        while True:
            await asyncio.sleep(max(0.0, begun + number * chosen.interval / chosen.urls - loop.time()))
            target = quote(f"{base}{number % chosen.urls}", safe="")
            writer.write(f"GET /probe?module=http&target={target} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
            if b"probe_success 1" not in await reader.readuntil(b"\r\n0\r\n\r\n"):
                raise SystemExit(f"{EXPORTER} finds {base} down")
            done[0] += 1
            number += CONNECTIONS

    asking = [loop.create_task(ask(first)) for first in range(CONNECTIONS)]
    measuring = asyncio.create_task(asyncio.to_thread(_measured, pid, lambda: done[0], chosen))
    await asyncio.wait([measuring, *asking], return_when=asyncio.FIRST_COMPLETED)
    for task in asking:
        if task.done():
            task.result()
        task.cancel()
    return await measuring


if __name__ == "__main__":
    main()
