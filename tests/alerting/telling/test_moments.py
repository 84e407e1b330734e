"""People are told in time though the clock was an hour ahead for a while."""

import pytest

from tests.alerting.fleet import Fleet
from tests.alerting.telling.test_outages import network
from virtadmin.accounts.models import User
from virtadmin.alerting.models import Incident, Outage, Telling

__all__ = ["network"]
pytestmark = pytest.mark.usefixtures("valkey", "network")
HOUR = 3600


def test_what_was_opened_in_the_future_is_dated_now_and_never_ends_before_it_began(alice: User) -> None:
    fleet = Fleet(alice)
    fleet.now += HOUR
    fleet.see(fleet.ids, hdd_usage=90.0)
    fleet.now -= HOUR
    fleet.see(fleet.ids, hdd_usage=10.0)
    row = Incident.objects.get()
    assert row.closed is not None
    assert row.opened <= row.closed
    fleet.tell()
    row.refresh_from_db()
    assert (row.opened, row.closed) == (fleet.at, fleet.at)
    fleet.wait(60)
    assert fleet.titles() == ["s000: Disk at 90 %, limit 80 %", "Recovered: s000: Disk at 10 %"]


def test_what_was_closed_in_the_future_is_dated_now(alice: User) -> None:
    fleet = Fleet(alice)
    fleet.see(fleet.ids, hdd_usage=90.0)
    fleet.now += HOUR
    fleet.see(fleet.ids, hdd_usage=10.0)
    fleet.now -= HOUR - 30
    fleet.tell()
    assert Incident.objects.get().closed == fleet.at


def test_what_follows_a_message_of_the_future_waits_half_a_minute_at_most(alice: User) -> None:
    fleet = Fleet(alice)
    fleet.now += HOUR
    fleet.see(fleet.ids, hdd_usage=90.0)
    fleet.now -= HOUR
    fleet.see(fleet.ids, hdd_usage=90.0, cpu_usage=91.0)
    fleet.wait(35)
    assert fleet.titles() == ["s000: Disk at 90 %, limit 80 %", "s000: CPU at 91 %, limit 80 %"]


def test_what_was_put_off_in_the_future_is_told_now(alice: User) -> None:
    fleet = Fleet(alice)
    fleet.see(fleet.ids, hdd_usage=90.0)
    fleet.now += HOUR
    fleet.see(fleet.ids, hdd_usage=90.0, cpu_usage=91.0)
    Telling.objects.filter(incident__kind="cpu_usage").update(state=Telling.State.WAITING, due=fleet.at)
    fleet.now -= HOUR
    fleet.wait(40)
    assert not Telling.objects.filter(state__in=Telling.PENDING).exists()


def test_an_outage_that_began_in_the_future_is_settled_as_any(alice: User) -> None:
    fleet = Fleet(alice, 6)
    fleet.now += HOUR
    fleet.lose(fleet.ids)
    assert Outage.objects.get().told is None
    fleet.now -= HOUR
    fleet.wait(60)
    assert Outage.objects.get().told is not None
    assert fleet.titles() == ["6 servers went down at the same time"]


def test_a_clock_of_years_ago_forges_no_past(alice: User) -> None:
    """A machine without a battery starts in the past; what it did before stays as it was."""
    fleet = Fleet(alice)
    fleet.see(fleet.ids, hdd_usage=90.0)
    fleet.see(fleet.ids, hdd_usage=10.0)
    before = Incident.objects.values_list("opened", "closed").get()
    fleet.now -= 365 * 24 * HOUR
    fleet.tell()
    assert Incident.objects.values_list("opened", "closed").get() == before
