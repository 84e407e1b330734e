"""What pages cost with a fleet while its rounds are written: the overview, a server's page, and 200 open live streams.

A web process of the hub's own serves 1,000 servers whose answers a second process writes as a collector does, every
10 s. Times are of a client on the same machine, so that they hold all the server did and more. Chromium loads each page
with an empty cache, and watches what moves.
"""

import asyncio
import http.client
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import quantiles
from typing import TYPE_CHECKING, Any

from bench.hub import free_port, prepared_hub, servers_make, valkey
from bench.ingest import BATCH, recorded
from bench.processes import cpu_ms, tree
from bench.report import Report, options
from bench.whole import wait

if TYPE_CHECKING:
    from django.test import Client

INTERVAL = 10
"""Seconds between rounds."""
STREAMS = 200
TAGS = ("production", "staging", "customer")
SHIFTS = """
  window.shifted = 0;
  new PerformanceObserver((list) => { for (const entry of list.getEntries()) window.shifted += entry.value; })
    .observe({ type: "layout-shift", buffered: true });
"""
TRANSFERRED = """() => [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")]
  .filter((entry) => !entry.name.includes("/live/"))
  .reduce((sum, entry) => sum + entry.transferSize, 0)"""


@dataclass(frozen=True)
class Hub:
    """The web process, and how a signed-in client asks it."""

    pid: int
    port: int
    cookie: str

    @property
    def headers(self) -> dict[str, str]:
        return {"Cookie": f"sessionid={self.cookie}", "Accept-Encoding": "gzip", "Host": f"127.0.0.1:{self.port}"}

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


def main() -> None:
    """Measure and report; `--writing SERVERS` is the second process."""
    parser = options(__doc__)
    parser.add_argument("--servers", type=int, default=1000)
    parser.add_argument("--requests", type=int, default=200)
    parser.add_argument("--seconds", type=int, default=30, help="of the streams")
    parser.add_argument("--writing", help="the folder of the hub to write rounds to; only by this benchmark itself")
    chosen = parser.parse_args()
    if chosen.writing:
        _write(chosen.writing)
        return
    report = Report(f"pages: {chosen.servers} servers, asked every {INTERVAL} s")
    with tempfile.TemporaryDirectory() as home, valkey(home), prepared_hub(home):
        _fleet(chosen.servers)
        with _web(home) as hub, _writing(home):
            _overview(report, hub, chosen.requests)
            report.add("server_page_ms", _p95(hub, "/servers/1/", 50))
            _streams(report, hub, chosen.seconds)
            _browser(report, hub)
    report.show(as_json=chosen.json)


def _fleet(count: int) -> None:
    """Servers with tags and the summed-up points of two hours."""
    from virtadmin.metrics.observation import Observation
    from virtadmin.metrics.services import history_roll
    from virtadmin.metrics.store import history
    from virtadmin.servers.models import Server, Tag

    ids = servers_make(count)
    tags = [Tag.objects.create(name=name) for name in TAGS]
    through = Server.tags.through
    through.objects.bulk_create(through(server_id=pk, tag=tags[pk % len(tags)]) for pk in ids)
    now = int(time.time())
    for minutes in range(120, 0, -1):
        waves = [(pk, {"cpu_usage": float((minutes * (1 + pk % 7) + pk) % 90)}) for pk in ids]
        history().write([(pk, Observation(now - 60 * minutes, values, {})) for pk, values in waves])
    history_roll(now=now)


@contextmanager
def _web(home: str) -> Iterator[Hub]:
    """The hub's web process, with a session of its user."""
    client, port = _signed_in(), free_port()
    environment = {**os.environ, "VIRTADMIN_HOME": home, "VIRTADMIN_LISTEN": f"127.0.0.1:{port}"}
    with Path(home, "web.log").open("ab") as log:
        process = subprocess.Popen([sys.executable, "-m", "virtadmin", "web"], env=environment, stdout=log, stderr=log)
    try:
        hub = Hub(process.pid, port, client.cookies["sessionid"].value)
        if not wait(lambda: _answers(hub), 60):
            raise SystemExit("The pages do not answer: " + Path(home, "web.log").read_text()[-2000:])
        yield hub
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)


def _answers(hub: Hub) -> bool:
    try:
        return _get(http.client.HTTPConnection("127.0.0.1", hub.port, timeout=5), "/", hub)[0] == 200
    except OSError:
        return False


@contextmanager
def _writing(home: str) -> Iterator[None]:
    """Rounds are written by another process, from the second answer on, until the end."""
    done = Path(home, "written")
    process = subprocess.Popen([sys.executable, "-m", "bench.pages", "--writing", home], env=dict(os.environ))
    try:
        if not wait(done.exists, 120):
            raise SystemExit("No round was written.")
        yield
    finally:
        process.terminate()
        process.wait(20)


def _write(home: str) -> None:
    """Take in the answers of all servers, batch by batch, every `INTERVAL` seconds."""
    import django

    django.setup()
    from virtadmin.collector.ingest import ingest
    from virtadmin.collector.keeper import Before, Outcome
    from virtadmin.servers.models import Server

    ids = list(Server.objects.values_list("pk", flat=True))
    channels = {pk: Before() for pk in ids}
    answers, facts = recorded(4)
    number = 0
    while True:
        begun = time.time()
        outcomes = [
            Outcome(pk, [(begun - pk % 97 / 10, answers[number % 4])], None if number else facts, before=channels[pk])
            for pk in ids
        ]  # rates differ from server to server, as real ones do
        for start in range(0, len(outcomes), BATCH):
            ingest(outcomes[start : start + BATCH])
        number += 1
        if number == 2:
            Path(home, "written").touch()
        time.sleep(max(0.0, (INTERVAL if number > 2 else 1) - (time.time() - begun)))


def _signed_in() -> "Client":
    """A client in this process, signed in as the one user."""
    from django.test import Client

    from virtadmin.accounts.models import User

    client = Client()
    client.force_login(User.objects.get(), "virtadmin.accounts.backend.RoleBackend")
    return client


def _overview(report: Report, hub: Hub, count: int) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext, override_settings

    client = _signed_in()
    with override_settings(ALLOWED_HOSTS=["*"]):
        client.get("/")
        with CaptureQueriesContext(connection) as asked:
            client.get("/")
    before = cpu_ms(tree(hub.pid))
    report.add("overview_p95_ms", _p95(hub, "/", count), "≤ 150")
    report.add("overview_cpu_ms", (cpu_ms(tree(hub.pid)) - before) / count, "of the web process, each")
    report.add("overview_queries", len(asked), "≤ 15")
    report.add("overview_kb", _size(hub, "/"), "≤ 150")
    report.add("overview_tiles_p95_ms", _p95(hub, "/?view=tiles&group=tag", count // 2), "≤ 150, by tag")
    fragment = {"HX-Request": "true", "HX-Target": "section#servers"}
    before = cpu_ms(tree(hub.pid))
    _p95(hub, "/?view=table&group=none", 50, fragment)
    report.add("fragment_cpu_ms", (cpu_ms(tree(hub.pid)) - before) / 50, "the list fetched anew")
    report.add("fragment_kb", _size(hub, "/", fragment))


def _p95(hub: Hub, path: str, count: int, headers: dict[str, str] | None = None) -> float:
    """Milliseconds of 95 in 100 requests over one connection, spread over rounds."""
    connection, times = http.client.HTTPConnection("127.0.0.1", hub.port, timeout=30), []
    for _ in range(count):
        begun = time.perf_counter()
        status, _ = _get(connection, path, hub, headers)
        times.append(1000 * (time.perf_counter() - begun))
        assert status == 200, status
        time.sleep(0.05)
    return quantiles(times, n=20)[-1]


def _size(hub: Hub, path: str, headers: dict[str, str] | None = None) -> float:
    """KB of the answer's body as it is sent."""
    return _get(http.client.HTTPConnection("127.0.0.1", hub.port, timeout=30), path, hub, headers)[1] / 1024


def _get(
    connection: http.client.HTTPConnection, path: str, hub: Hub, headers: dict[str, str] | None = None
) -> tuple[int, int]:
    connection.request("GET", path, headers={**hub.headers, **(headers or {})})
    answer = connection.getresponse()
    return answer.status, len(answer.read())


def _streams(report: Report, hub: Hub, seconds: int) -> None:
    """CPU of the web process while rounds are written: nobody listens, then 200 streams do."""
    idle = _share(hub, seconds / 2)
    heard, busy = asyncio.run(_listen(hub, seconds))
    report.add(
        "streams_core_share", busy, f"{STREAMS} open streams, {heard / STREAMS / seconds:.1f} events a second each"
    )
    report.add("streams_idle_core_share", idle, "the same without a stream")


def _share(hub: Hub, seconds: float) -> float:
    before = cpu_ms(tree(hub.pid))
    time.sleep(seconds)
    return (cpu_ms(tree(hub.pid)) - before) / 1000 / seconds


async def _listen(hub: Hub, seconds: float) -> tuple[int, float]:
    """Events all streams heard, and the share of a core the web process took for it."""
    heard = 0
    asking = "GET /live/ HTTP/1.1\r\n" + "".join(f"{name}: {value}\r\n" for name, value in hub.headers.items()) + "\r\n"

    async def one() -> None:
        nonlocal heard
        reader, writer = await asyncio.open_connection("127.0.0.1", hub.port)
        writer.write(asking.encode())
        async for line in reader:
            heard += line.startswith(b"event: ")

    streams = [asyncio.ensure_future(one()) for _ in range(STREAMS)]
    while heard < STREAMS:  # each has said that it listens
        await asyncio.sleep(0.1)
    begun, before = heard, cpu_ms(tree(hub.pid))
    await asyncio.sleep(seconds)
    share = (cpu_ms(tree(hub.pid)) - before) / 1000 / seconds
    for stream in streams:
        stream.cancel()
    await asyncio.gather(*streams, return_exceptions=True)
    return heard - begun, share


def _browser(report: Report, hub: Hub) -> None:
    """What a first visit fetches, and what moves on the page while it loads and while two rounds come in."""
    from tests.e2e.browser import WIDTHS, chromium

    with chromium() as browser:
        for figure, path, budget in (("overview", "/", ""), ("server_page", "/servers/1/", "≤ 100")):
            page, context = _page(browser, hub, WIDTHS["desktop"])
            page.goto(hub.url + path)
            page.wait_for_load_state("load")
            report.add(f"{figure}_first_visit_kb", page.evaluate(TRANSFERRED) / 1024, budget)
            page.wait_for_timeout(2 * 1000 * INTERVAL + 3000)
            report.add(f"{figure}_layout_shift", page.evaluate("window.shifted"), "0")
            context.close()
        page, context = _page(browser, hub, WIDTHS["phone"])
        page.goto(hub.url + "/")
        page.wait_for_timeout(1000 * INTERVAL + 3000)
        report.add("overview_phone_layout_shift", page.evaluate("window.shifted"), "0")
        context.close()


def _page(browser: Any, hub: Hub, size: Any) -> tuple[Any, Any]:
    context = browser.new_context(viewport=size)
    context.add_cookies([{"name": "sessionid", "value": hub.cookie, "url": hub.url}])
    context.add_init_script(SHIFTS)
    return context.new_page(), context


if __name__ == "__main__":
    main()
