"""Real checks of real local servers: those that hang cost nobody else, and many at once stay within bounds."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.collector.websites.local_sites import LocalSites, local_sites
from virtadmin.accounts.models import User
from virtadmin.collector import loop
from virtadmin.collector.websites import rounds
from virtadmin.collector.websites.checks import Desk
from virtadmin.collector.websites.rounds import Results
from virtadmin.metrics.models import RawPoint
from virtadmin.websites.check.checker import Checker
from virtadmin.websites.models import Url, UrlState

pytestmark = pytest.mark.usefixtures("valkey")
MANY = 1000


@pytest.fixture
def sites() -> Iterator[LocalSites]:
    with local_sites() as running:
        yield running


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """This process's desk, with the real checker."""
    made = Results(Desk(Checker))
    monkeypatch.setattr(rounds, "results", lambda: made)
    yield made.desk
    loop.run(made.desk.close(), 5)


def megabytes() -> float:
    """Memory of this process."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 1e6


@pytest.mark.usefixtures("desk")
def test_pages_that_hang_or_never_end_cost_no_other_its_check(make_url: Callable[..., Url], sites: LocalSites) -> None:
    ill = {
        kind: make_url(sites.url(kind), private_allowed=True, timeout=3, confirmations=1).pk
        for kind in ("never", "hangs", "slow", "bad")
    }
    well = [make_url(sites.url(f"{kind}/{n}"), private_allowed=True).pk for n in range(20) for kind in ("ok", "large")]
    rounds.share_check(1, [*ill.values(), *well])
    found = UrlState.objects.in_bulk([*well, *ill.values()])
    assert {found[pk].status for pk in well} == {"up"}
    assert {kind: found[pk].status_reason.partition(":")[0] for kind, pk in ill.items()} == {
        "never": "headers_timeout", "hangs": "headers_timeout", "slow": "body_timeout", "bad": "status"
    }  # fmt: skip
    last_of_well = max(found[pk].last_check for pk in well if found[pk].last_check)
    hung = [found[ill[kind]].last_check for kind in ("never", "hangs", "slow")]
    assert all(at and at > last_of_well for at in hung)
    assert all(len(times) == 1 for times in sites.hits.values())


def test_a_thousand_websites_in_one_round_are_checked_in_bounded_time_and_memory(
    alice: User, sites: LocalSites, desk: Desk
) -> None:
    Url.objects.bulk_create(
        Url(owner=alice, uri=sites.url(f"ok/{number}"), private_allowed=True, timeout=60) for number in range(MANY)
    )
    ids = list(Url.objects.values_list("pk", flat=True))
    UrlState.objects.bulk_create(UrlState(url_id=pk) for pk in ids)
    warm, ids = ids[:10], ids[10:]
    rounds.share_check(1, warm)  # what is made once is made
    before, began = megabytes(), time.process_time()
    rounds.share_check(2, ids)
    assert UrlState.objects.filter(status="up", status_code=200).count() == MANY
    assert RawPoint.objects.filter(subject__lt=0, availability=100.0).count() >= MANY
    assert (desk.counters.polls, desk.counters.skipped, desk.counters.dropped) == (MANY, 0, 0)
    assert len(sites.hits) == MANY
    assert megabytes() - before < 80
    assert time.process_time() - began < 20, "seconds of CPU, those of the local server included"
