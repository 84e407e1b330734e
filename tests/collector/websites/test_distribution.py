"""Real workers share the websites; one of them is killed."""

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.collector.fleet import Fleet, fleet
from tests.collector.websites.local_sites import LocalSites, local_sites
from tests.running.hub import until

pytestmark = [pytest.mark.xdist_group("up"), pytest.mark.timeout(300)]
WEBSITES = 16
INTERVAL = 5
MAKE = """
import sys, django
django.setup()
from virtadmin.accounts.models import User
from virtadmin.websites.models import Url, UrlState
for address in sys.argv[2:]:
    url = Url.objects.create(uri=address, owner=User.objects.get(), interval=int(sys.argv[1]), private_allowed=True)
    UrlState.objects.create(url=url)
"""


@pytest.fixture
def sites() -> Iterator[LocalSites]:
    with local_sites() as running:
        yield running


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Fleet]:
    with fleet(tmp_path) as made:
        yield made


def watch(running: Fleet, sites: LocalSites) -> set[str]:
    """Have the websites checked; their paths."""
    paths = [f"ok/{number}" for number in range(WEBSITES)]
    environment = {**running.hub.environment, "DJANGO_SETTINGS_MODULE": "virtadmin.config.settings"}
    words = [sys.executable, "-c", MAKE, str(INTERVAL), *map(sites.url, paths)]
    subprocess.run(words, env=environment, check=True, timeout=60)
    return set(paths)


def checked_since(sites: LocalSites, then: float) -> set[str]:
    return {path for path, times in list(sites.hits.items()) if times[-1] > then}


def checks_of(running: Fleet) -> dict[str, int]:
    """How many checks each live worker says it made."""
    return {name: counters["checks"]["polls"] for name, counters in running.counters_by_worker().items()}


def test_workers_share_the_websites_and_take_over_those_of_one_that_is_killed(
    running: Fleet, sites: LocalSites
) -> None:
    paths = watch(running, sites)
    running.worker("one")
    running.worker("two")
    until(lambda: checked_since(sites, 0) == paths, 60, "a first check of each")
    until(lambda: len(checks_of(running)) == 2 and min(checks_of(running).values()) > 0, 60, "two workers at it")

    running.kill("two")
    killed = time.monotonic()
    until(lambda: checked_since(sites, killed + 8) == paths, 30, "every website checked by the other worker")
    rounds = int(running.client().get("virtadmin:round") or 0)
    assert max(map(len, sites.hits.values())) <= rounds, "no website was checked twice in a round"
    assert running.rows("SELECT count(*) FROM websites_urlstate WHERE status = 'up'") == [(WEBSITES,)]
    assert running.rows("SELECT count(*) FROM alerting_incident") == [(0,)]
    assert running.rows("SELECT count(*) > 0 FROM websites_urlday WHERE up > 0 AND down = 0") == [(1,)]
