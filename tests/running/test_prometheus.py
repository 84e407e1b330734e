"""A real Prometheus reads a real hub as docs/prometheus.md says, and comes to the hub's own figures."""

import json
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from urllib.request import urlopen

import pytest

from tests.metrics.test_dashboard import expressions
from tests.running.hub import Hub, free_port, until

pytestmark = [
    pytest.mark.xdist_group("up"),
    pytest.mark.skipif(shutil.which("prometheus") is None, reason="Debian's prometheus is not installed"),
]
ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = (ROOT / "docs/prometheus.md").read_text()
RULES = ROOT / "deploy/prometheus/virtadmin.rules.yml"
INTERVAL = 5
SAMPLES = 4
"""In the window that is looked at."""
SETTLED = 2.5
"""Seconds after which a sample has been read for certain."""
Answer = list[dict[str, Any]]


class Prometheus:
    """Debian's, with the documented configuration; only host, scheme, file and pace are the test's."""

    def __init__(self, home: Path, hub: Hub) -> None:
        self.home = home
        self.address = f"127.0.0.1:{free_port()}"
        hub.call("GET", "/api/me/")
        (home / "token").write_text(hub.token)
        (home / "prometheus.yml").write_text(self._configuration(hub.listen))
        self.log = (home / "log").open("wb")
        self.process = subprocess.Popen(
            ["prometheus", f"--config.file={home / 'prometheus.yml'}", f"--storage.tsdb.path={home / 'data'}",
             f"--web.listen-address={self.address}"],
            stdout=self.log, stderr=self.log,
        )  # fmt: skip

    def _configuration(self, hub: str) -> str:
        text = block("yaml")[0]
        for documented, here in (
            ("virtadmin.example", hub),
            ("/etc/prometheus/virtadmin.token", str(self.home / "token")),
            ("/etc/prometheus/virtadmin.rules.yml", str(RULES)),
            ("scheme: https", "scheme: http"),
            ("scrape_interval: 1m", "scrape_interval: 1s"),
        ):
            assert text.count(documented) == 1, documented
            text = text.replace(documented, here)
        return text

    def ask(self, query: str, at: float | None = None) -> Answer:
        """What it answers to an instant query."""
        form = {"query": query} | ({} if at is None else {"time": f"{at:.3f}"})
        result: Answer = self.get(f"query?{urlencode(form)}")["result"]
        return result

    def get(self, path: str) -> dict[str, Any]:
        """The data of an answer."""
        with urlopen(f"http://{self.address}/api/v1/{path}", timeout=10) as answer:
            found: dict[str, Any] = json.loads(answer.read())["data"]
            return found

    def value(self, query: str, at: float) -> float:
        [one] = self.ask(query, at)
        return float(one["value"][1])

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(20)
        self.log.close()


def block(language: str) -> list[str]:
    """The document's blocks of code in this language."""
    return re.findall(rf"^```{language}\n(.*?)^```", DOCUMENT, re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    started = Hub(tmp_path_factory.mktemp("hub"))
    try:
        started.start()
        [server] = until(lambda: started.call("GET", "/api/server/")["results"], what="a server")
        started.call("PATCH", f"/api/server/{server['id']}/", {"interval": INTERVAL})
        started.call("POST", "/api/urls/", {"uri": "http://127.0.0.1:1/", "interval": INTERVAL})
        yield started
    finally:
        started.stop()


@pytest.fixture(scope="module")
def prometheus(tmp_path_factory: pytest.TempPathFactory, hub: Hub) -> Iterator[Prometheus]:
    started = Prometheus(tmp_path_factory.mktemp("prometheus"), hub)
    try:
        until(lambda: started.ask("up == 1"), 30, "the first scrape")
        yield started
    finally:
        started.stop()


@pytest.fixture(scope="module")
def times(prometheus: Prometheus) -> list[float]:
    """When the newest samples were taken, by the hub's clock: Prometheus has them with that time."""

    def taken() -> list[float]:
        found = prometheus.ask("node_time_seconds[2m]")
        return [at for at, _ in found[0]["values"]][-SAMPLES:] if found else []

    until(lambda: len(taken()) == SAMPLES, 60, "enough samples")
    time.sleep(SETTLED)
    return taken()


def test_the_documented_queries_come_to_the_hubs_own_figures(
    hub: Hub, prometheus: Prometheus, times: list[float]
) -> None:
    [server] = hub.call("GET", "/api/server/")["results"]
    at, window = times[-1] + 0.5, f"{times[-1] - times[0] + 1:.0f}s"
    popular, exact = (text.strip().replace("5m", window) for text in block("promql"))
    waiting = 100 - prometheus.value(popular.replace("idle", "iowait"), at)
    ours = own_figure(hub, server["id"], times)
    assert 0 < ours <= 100
    assert prometheus.value(exact, at) == pytest.approx(ours, abs=3)
    assert prometheus.value(popular, at) == pytest.approx(ours + waiting, abs=3)


def test_memory_is_the_same_to_the_hundredth(hub: Hub, prometheus: Prometheus, times: list[float]) -> None:
    [server] = hub.call("GET", "/api/server/")["results"]
    points = own_points(hub, server["id"], times, "ram_usage")
    measured = "100 * (1 - node_memory_MemAvailable_bytes / node_memory_MemTotal_bytes)"
    for at in times:
        assert prometheus.value(measured, at) == pytest.approx(points[at], abs=0.01)
        assert prometheus.value('100 * virtadmin_usage_ratio{metric="ram"}', at) == pytest.approx(points[at], abs=0.01)


def test_the_instance_is_the_servers_name_and_the_job_the_configured_one(
    hub: Hub, prometheus: Prometheus, times: list[float]
) -> None:
    [server] = hub.call("GET", "/api/server/")["results"]
    [one] = prometheus.ask("virtadmin_up")
    assert one["metric"] == {"__name__": "virtadmin_up", "instance": server["name"], "job": "node"}
    assert one["value"][1] == "1"
    [info] = prometheus.ask("node_uname_info")
    assert info["metric"]["instance"] == info["metric"]["nodename"] == server["name"]


def test_the_dashboards_queries_are_answered(prometheus: Prometheus, times: list[float]) -> None:
    for query in expressions(__rate_interval="20s"):
        answered = prometheus.ask(query)
        words = ("_cpu_", "MemTotal", "_load", "_up", "uptime", "_network_", "_usage_ratio", "virtadmin_hub_")
        if any(word in query for word in words):
            assert answered, query


def test_how_the_hub_itself_is(hub: Hub, prometheus: Prometheus, times: list[float]) -> None:
    """The token is an admin's, so they are there; what they say is what the hub does."""
    at = times[-1] + 0.5
    assert prometheus.ask("virtadmin_hub_info")[0]["metric"]["instance"] == hub.listen
    lag = prometheus.value("time() - virtadmin_hub_last_round_timestamp_seconds", at)
    assert -1 < lag < 2 * INTERVAL
    rounds = prometheus.value(f"increase(virtadmin_hub_rounds_total[{times[-1] - times[0]:.0f}s])", at)
    assert 1 < rounds < 4 * SAMPLES
    queues = {one["metric"]["queue"]: float(one["value"][1]) for one in prometheus.ask("virtadmin_hub_queue_tasks")}
    assert queues.keys() == {"default", "collect", "enrol", "deliver"}
    assert max(queues.values()) < 50
    failures = prometheus.ask('virtadmin_hub_failures_total{subject="website"}')
    assert {one["metric"]["stage"] for one in failures} == {"refused"}
    assert sum(float(one["value"][1]) for one in failures) >= 3
    assert prometheus.value("sum(virtadmin_hub_servers)", at) == prometheus.value("virtadmin_hub_workers", at) == 1


def test_the_documented_rules_are_kept_and_of_a_hub_that_is_well_only_the_website_is_told(
    prometheus: Prometheus, times: list[float]
) -> None:
    def rules() -> list[dict[str, Any]]:
        return [rule for group in prometheus.get("rules")["groups"] for rule in group["rules"]]

    assert len(rules()) == RULES.read_text().count("- alert:")
    until(lambda: {rule["health"] for rule in rules()} == {"ok"}, 90, "the first look at each")
    until(lambda: prometheus.get("alerts")["alerts"], 90, "the website's alert, pending")
    assert {alert["labels"]["alertname"] for alert in prometheus.get("alerts")["alerts"]} == {"VirtadminWebsiteDown"}


def test_a_paused_server_vanishes(hub: Hub, prometheus: Prometheus, times: list[float]) -> None:
    [server] = hub.call("GET", "/api/server/")["results"]
    hub.call("PATCH", f"/api/server/{server['id']}/", {"enabled": False})
    until(lambda: not prometheus.ask("virtadmin_up"), 30, "its end")


def own_figure(hub: Hub, server: int, times: list[float]) -> float:
    """The hub's mean of CPU over the window: each point tells of the time since the one before it."""
    points = own_points(hub, server, times, "cpu_usage")
    return sum(points[at] * (at - before) for before, at in pairwise(times)) / (times[-1] - times[0])


def own_points(hub: Hub, server: int, times: list[float], metric: str) -> dict[float, float]:
    """The hub's history, whose times are whole seconds, by the samples' times."""
    query = urlencode({"metric": metric, "from": int(times[0]) - 1, "to": int(times[-1]) + 1})
    points = hub.call("GET", f"/api/server/{server}/history/?{query}")["points"]
    return {at: point["value"] for at in times for point in points if abs(point["time"] - at) <= 1}
