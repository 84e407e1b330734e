"""The task that tells people runs twice at the same moment, while rounds are written (again where they collide)."""

from functools import partial

import pytest

from tests.alerting.fleet import Fleet
from tests.databases.at_once import at_once
from virtadmin.accounts.models import User
from virtadmin.alerting.models import Incident, Telling
from virtadmin.core.retrying import retried
from virtadmin.notifications.models import Notification

pytestmark = [pytest.mark.usefixtures("valkey"), pytest.mark.django_db(transaction=True)]


def test_each_thing_is_told_once(alice: User) -> None:
    fleet = Fleet(alice, 40)
    fleet.see(fleet.ids, hdd_usage=90.0)
    fleet.now += 10
    fleet.see(fleet.ids, hdd_usage=90.0, cpu_usage=90.0)
    fleet.lose(fleet.ids[:10])
    fleet.now += 20
    at_once(
        fleet.tell,
        fleet.tell,
        partial(retried, partial(fleet.see, fleet.ids[20:], hdd_usage=10.0, cpu_usage=90.0)),
        partial(retried, partial(fleet.find, fleet.ids[:10])),
    )
    fleet.wait(120)
    assert not Telling.objects.filter(state__in=Telling.PENDING).exists()
    told = Telling.objects.filter(state=Telling.State.TOLD)
    named = [pk for row in Notification.objects.all() for pk in row.meta.get("incidents") or [row.meta["incident"]]]
    assert sorted(named) == sorted(told.values_list("incident_id", flat=True)), "each is in one message"
    assert told.filter(what="opened").count() >= 40 + 20
    closed = Incident.objects.filter(closed__isnull=False)
    assert told.filter(what="closed").count() == told.filter(what="opened", incident__in=closed).count()
