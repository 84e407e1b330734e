"""The sign of life of real processes ends when servers, or websites, are asked no more while all else goes on.

What keeps them from it is Celery's own rate limit, given to the worker from outside; and a disk that is full.
"""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.fakes.service import Asked, Said, Service
from tests.faults.test_full_disk import disk, fill
from tests.operations.hubs import ROOT, Place
from tests.running.hub import until

__all__ = ["disk"]
pytestmark = [pytest.mark.timeout(300), pytest.mark.xdist_group("faults"), pytest.mark.usefixtures("valkey")]
WATCHED = (
    "from virtadmin.accounts.models import User; from virtadmin.servers.this_machine import this_machine_watch;"
    "from virtadmin.servers.models import Server; from virtadmin.websites.models import Url, UrlState;"
    "admin = User.objects.get(); this_machine_watch(owner=admin); Server.objects.update(interval=5);"
    "url = Url.objects.create(owner=admin, uri='http://127.0.0.1:1/', interval=5); UrlState.objects.create(url=url)"
)
BEAT = "from virtadmin.operations.tasks import beat; beat.delay()"
LIMIT = "from virtadmin.config.celery import app; app.control.rate_limit('collector.{task}', '{rate}')"


class Watcher(Service):
    """As healthchecks.io answers."""

    def __init__(self) -> None:
        super().__init__()
        self.count = 0

    def answer(self, asked: Asked) -> Said:
        self.count += 1
        return Said(raw=b"OK")


class Beating(Place):
    """A hub that runs, but its web process."""

    watcher: Watcher

    def beats(self) -> bool:
        """Whether the next sign of life arrives."""
        before, errors = self.watcher.count, self.log.count("no heartbeat")
        self.says(BEAT)
        until(lambda: self.watcher.count > before or self.log.count("no heartbeat") > errors, 30, "an outcome")
        return self.watcher.count > before

    def limit(self, task: str, rate: str) -> None:
        self.says(LIMIT.format(task=task, rate=rate))


@pytest.fixture
def hub(disk: Path, tmp_path: Path, valkey_server: str) -> Iterator[Beating]:
    with Watcher() as watcher:
        made = Beating(tmp_path / "hub", valkey_server, HEARTBEAT_URL=f"{watcher.url}/ping")
        made.environment["VIRTADMIN_HOME"] = str(disk)  # its log stays on the other disk
        made.watcher = watcher
        made.does("setup")
        made.says(WATCHED)
        with (made.home / "run.log").open("wb") as log:
            parts = [
                subprocess.Popen([sys.executable, "-m", *words], env=made.environment, cwd=ROOT, stderr=log)
                for words in (["tests.operations.impatient"], ["virtadmin", "beat"])
            ]
        try:
            yield made
        finally:
            for process in parts:
                process.terminate()
            for process in parts:
                with suppress(subprocess.TimeoutExpired):
                    process.wait(20)
                process.kill()


def test_it_stops_with_either_kind_of_work_and_goes_on_with_it(hub: Beating, disk: Path) -> None:
    until(hub.beats, 90, "a first sign of life")
    for task, said in (
        ("check_urls", "no results of websites are saved"),
        ("round", "no results of servers are saved"),
    ):
        hub.limit(task, "1/h")
        until(lambda: not hub.beats(), 60, f"the end of it without {task}")
        assert hub.log.strip().splitlines()[-1].partition(" [")[0].endswith(said)
        hub.limit(task, "0")
        until(hub.beats, 60, f"its return with {task}")
    fill(disk).rename(disk / "full")
    until(lambda: not hub.beats(), 60, "the end of it where nothing can be saved")
    (disk / "full").unlink()
    until(hub.beats, 60, "its return")
