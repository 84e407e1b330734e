"""The agents' way: Debian's prometheus that scrapes Debian's prometheus-node-exporter, both with their defaults.

Real exporters are scraped at the pace real hosts are polled at: what one scrape costs a host. And as many targets as
the hub has simulated servers, at the same interval: what one scrape costs the hub. Those are played by one process that
answers with the newest page of a real exporter, compressed as that one sends it.
"""

import asyncio
import http.client
import multiprocessing
import shutil
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.request import urlopen

from bench.hub import free_port
from bench.processes import cpu_ms
from bench.simulated import FIRST
from bench.whole import wait

PROGRAMS = ("prometheus", "prometheus-node-exporter")
INSTALL = "apt-get install -y --no-install-recommends " + " ".join(PROGRAMS)
ACCEPT = {"Accept": "text/plain;version=0.0.4", "Accept-Encoding": "gzip"}
CONFIGURATION = """
scrape_configs:
  - job_name: hosts
    scrape_interval: {pace}s
    scrape_timeout: {pace}s
    static_configs: [{{targets: [{hosts}]}}]
  - job_name: fleet
    scrape_interval: {interval}s
    scrape_timeout: {interval}s
    static_configs: [{{targets: [{fleet}]}}]
"""


@dataclass(frozen=True)
class Scrapes:
    """What a scrape cost."""

    hub_ms: float
    host_ms: float
    series: int
    """A target."""


def what_is_missing() -> str:
    """How to install what is needed, or nothing."""
    return "" if all(map(shutil.which, PROGRAMS)) else INSTALL


def scrapes_measure(folder: str, *, hosts: int, pace: int, targets: int, interval: int, seconds: int) -> Scrapes:
    """CPU milliseconds per scrape, after every target was scraped once, over so many seconds."""
    with _exporters(hosts + 1) as exporters, _played(exporters[-1].port) as port:
        fleet = [_place(number, port) for number in range(targets)]
        places = [f"'127.0.0.1:{exporter.port}'" for exporter in exporters[:-1]]
        text = CONFIGURATION.format(pace=pace, interval=interval, hosts=",".join(places), fleet=",".join(fleet))
        with _prometheus(Path(folder), text) as prometheus:
            prometheus.wait_for(hosts + targets)
            time.sleep(interval)
            scraped, hub, host = prometheus.scrapes(), cpu_ms([prometheus.pid]), _cpu(exporters[:-1])
            time.sleep(seconds)
            hub, host = cpu_ms([prometheus.pid]) - hub, _cpu(exporters[:-1]) - host
            scraped = prometheus.scrapes() - scraped
            return Scrapes(hub / scraped, host / (hosts * seconds / pace), prometheus.series() // (hosts + targets))


@dataclass(frozen=True)
class _Server:
    pid: int
    port: int

    def page(self) -> str:
        with urlopen(f"http://127.0.0.1:{self.port}/metrics", timeout=30) as answer:
            return str(answer.read().decode())


class _Prometheus(_Server):
    def _total(self, name: str) -> int:
        return int(sum(float(line.split()[-1]) for line in self.page().splitlines() if line.startswith(name)))

    def scrapes(self) -> int:
        """Made so far."""
        return self._total("prometheus_target_interval_length_seconds_count")

    def series(self) -> int:
        """It knows now."""
        return self._total("prometheus_tsdb_head_series ")

    def wait_for(self, targets: int) -> None:
        """Until each of the targets was scraped, or nearly: the first scrape of each makes its series."""
        if not wait(lambda: self.scrapes() >= targets, 180):
            raise SystemExit(f"prometheus made {self.scrapes()} scrapes only")


def _cpu(servers: Sequence[_Server]) -> float:
    return cpu_ms(server.pid for server in servers)


def _place(number: int, port: int) -> str:
    place = FIRST + 1 + number
    return "'{}:{}'".format(".".join(str(place >> shift & 255) for shift in (24, 16, 8, 0)), port)


@contextmanager
def _running(command: list[str], port: int) -> Iterator[int]:
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        if not wait(lambda: _answers(port), 30):
            raise SystemExit(f"{command[0]} does not answer")
        yield process.pid
    finally:
        process.terminate()
        process.wait()


def _answers(port: int) -> bool:
    try:
        return bool(_Server(0, port).page())
    except OSError:
        return False


@contextmanager
def _exporters(count: int) -> Iterator[list[_Server]]:
    if not count:
        yield []
        return
    port = free_port()
    with _running([PROGRAMS[1], f"--web.listen-address=127.0.0.1:{port}"], port) as pid, _exporters(count - 1) as more:
        yield [_Server(pid, port), *more]


@contextmanager
def _prometheus(folder: Path, configuration: str) -> Iterator[_Prometheus]:
    path, port = folder / "prometheus.yml", free_port()
    path.write_text(configuration)
    command = [PROGRAMS[0], f"--config.file={path}", f"--storage.tsdb.path={folder / 'tsdb'}"]
    with _running([*command, f"--web.listen-address=127.0.0.1:{port}"], port) as pid:
        yield _Prometheus(pid, port)


@contextmanager
def _played(exporter: int) -> Iterator[int]:
    """The port of a process that plays exporters at every address of 127.0.0.0/8."""
    port = free_port()
    process = multiprocessing.get_context("fork").Process(target=lambda: asyncio.run(_play(port, exporter)))
    process.start()
    try:
        yield port
    finally:
        process.terminate()
        process.join()


async def _play(port: int, exporter: int) -> None:
    pages = [_page(exporter)]
    await asyncio.get_running_loop().create_server(lambda: _Answering(pages), "0.0.0.0", port, backlog=2000)
    while True:
        await asyncio.sleep(1)
        pages[0] = await asyncio.to_thread(_page, exporter)


def _page(exporter: int) -> bytes:
    connection = http.client.HTTPConnection("127.0.0.1", exporter, timeout=10)
    connection.request("GET", "/metrics", headers=ACCEPT)
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    kept = [f"{name}: {value}" for name in ("Content-Type", "Content-Encoding") if (value := answer.getheader(name))]
    return "\r\n".join(["HTTP/1.1 200 OK", f"Content-Length: {len(body)}", *kept, "", ""]).encode() + body


class _Answering(asyncio.Protocol):
    def __init__(self, pages: list[bytes]) -> None:
        self._pages = pages

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        assert isinstance(self._transport, asyncio.Transport)
        if data.endswith(b"\r\n\r\n"):
            self._transport.write(self._pages[0])
