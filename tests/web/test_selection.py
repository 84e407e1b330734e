"""The lists' order, which the database decides, and what a line says of one, which Python decides: both are one."""

from datetime import datetime, timedelta
from itertools import product
from typing import Any

import pytest

from tests.web.fleet import watched
from tests.web.sites import checked
from virtadmin.accounts.models import User
from virtadmin.alerting.models import Threshold
from virtadmin.servers.models import Server, ServerState
from virtadmin.web.condition import Condition, known_of, standing, state_of, threshold_of
from virtadmin.web.selection import RANKED, Filters
from virtadmin.web.server_selection import SERVERS
from virtadmin.web.websites import condition
from virtadmin.web.websites.selection import WEBSITES
from virtadmin.websites.models import Url

AGES = (None, 0, 239, 242, 859, 862)
"""Seconds since there was news: of 60 s, overdue after 240; of 5 min, after 960; of 4 min 20 s, after 840."""
INTERVALS = (60, 260)


def ago(now: datetime, age: int | None) -> datetime | None:
    return None if age is None else now - timedelta(seconds=age)


def ranks(rows: list[Any]) -> dict[int, Condition]:
    return {row.pk: RANKED[row.trouble] for row in rows}


@pytest.fixture
def servers(alice: User, now: datetime) -> list[Server]:
    """One of each kind that decides anything."""
    kinds = [*product(ServerState.Status.values, AGES, INTERVALS, (True, False), (True, False))]
    for number, (status, age, interval, crossed, enabled) in enumerate(kinds):
        one = watched(alice, f"s{number}", f"192.0.2.{number}", now, status=status, interval=interval, enabled=enabled)
        ServerState.objects.filter(server=one).update(last_update=ago(now, age))
        Threshold.objects.filter(server=one).update(cpu_usage_notified=crossed)
    Server.objects.create(owner=alice, name="new", ip_address="192.0.2.250")
    return [*Server.objects.select_related("state", "threshold")]


@pytest.fixture
def websites(alice: User, now: datetime) -> list[Url]:
    """One of each kind that decides anything."""
    kinds = [*product(("pending", "up", "down"), AGES, (0, 2), (None, -9, 900), (True, False), (True, False))]
    for number, (status, age, failures, retry, warned, enabled) in enumerate(kinds):
        checked(
            alice, f"https://s{number}.example/", now, status=status, failures=failures, last_check=ago(now, age),
            retry_at=None if retry is None else now.timestamp() + retry, ssl_expiration_date_notified=warned,
            fields={"enabled": enabled, "interval": INTERVALS[number % 2]},
        )  # fmt: skip
    Url.objects.create(owner=alice, uri="https://new.example/")
    return [*Url.objects.select_related("state")]


def test_the_database_ranks_servers_as_their_lines_say(alice: User, servers: list[Server], now: datetime) -> None:
    said = {one.pk: standing(known_of(one, state_of(one), threshold_of(one)), now).condition for one in servers}
    assert ranks([*SERVERS.found(alice, Filters(), now)]) == said
    assert set(said.values()) == set(Condition)
    counts = SERVERS.totals(alice, now)
    assert counts == {"all": len(said), **{one: [*said.values()].count(one) for one in Condition}}
    for one in Condition:
        found = {row.pk for row in SERVERS.found(alice, Filters(status=one), now)}
        assert found == {pk for pk, told in said.items() if told == one}


def test_the_database_ranks_websites_as_their_lines_say(alice: User, websites: list[Url], now: datetime) -> None:
    said = {
        one.pk: condition.standing(
            condition.Known.of(one, one.state) if hasattr(one, "state") else condition.Known(True, 60), now
        ).condition
        for one in websites
    }
    assert ranks([*WEBSITES.found(alice, Filters(), now)]) == said
    assert set(said.values()) == set(Condition)
