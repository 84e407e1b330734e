"""Several workers write the same websites at the same moment, as after a change of shares."""

import time
from functools import partial
from threading import Event
from typing import Any

import pytest
from celery import current_app
from django.db.models import Sum

from tests.databases.at_once import at_once
from virtadmin.accounts.models import User
from virtadmin.alerting.models import Incident
from virtadmin.collector.websites import ingest as ingesting
from virtadmin.collector.websites.checks import Checked
from virtadmin.collector.websites.ingest import ingest
from virtadmin.metrics.models import RawPoint
from virtadmin.websites.check.outcome import Outcome, Phases
from virtadmin.websites.check.stages import Stage
from virtadmin.websites.models import Url, UrlDay, UrlState
from virtadmin.websites.services import url_delete, url_update

pytestmark = [pytest.mark.usefixtures("valkey"), pytest.mark.django_db(transaction=True)]
ROUNDS = 8
START = float(int(time.time()))
GOOD = Outcome(status=200, phrase="OK", phases=Phases(total=0.1))
BAD = Outcome(Stage.STATUS, "HTTP 503", status=503)


def websites(owner: User, count: int = 60) -> list[int]:
    """Websites that are believed to be down at once."""
    Url.objects.bulk_create(Url(owner=owner, uri=f"http://{n}.example/", confirmations=1) for n in range(count))
    ids = list(Url.objects.order_by("pk").values_list("pk", flat=True))
    UrlState.objects.bulk_create(UrlState(url_id=pk) for pk in ids)
    return ids


def rounds(ids: list[int], first: int = 0, outcome: Outcome = GOOD) -> None:
    for number in range(first, first + ROUNDS):
        ingest([Checked(pk, 0, START + 5 * number, outcome) for pk in ids])


def test_two_that_write_the_same_websites_both_get_through(alice: User) -> None:
    ids = websites(alice)
    at_once(partial(rounds, ids), partial(rounds, ids[::-1], ROUNDS))
    assert UrlState.objects.filter(status="up", status_code=200).count() == len(ids)
    assert RawPoint.objects.filter(subject__lt=0).count() == 2 * ROUNDS * len(ids)
    seconds = UrlDay.objects.aggregate(up=Sum("up"), down=Sum("down"))
    assert seconds["up"] > 0 == seconds["down"]


def test_an_incident_that_several_open_at_once_is_one(alice: User) -> None:
    ids = websites(alice)
    at_once(*[partial(rounds, ids, first, BAD) for first in (0, ROUNDS, 2 * ROUNDS)])
    assert Incident.objects.filter(open_key__isnull=False).count() == len(ids) == Incident.objects.count()


def test_a_website_that_is_set_to_something_else_while_its_check_is_written_begins_anew(
    alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(current_app, "send_task", lambda *args, **options: None)
    [pk] = websites(alice, 1)
    read, changed = Event(), Event()
    load = ingesting.states_load

    def slowly(*args: Any, **options: Any) -> Any:
        known = load(*args, **options)
        read.set()
        changed.wait(1)
        return known

    def change() -> None:
        read.wait(30)
        url_update(url=Url.objects.get(pk=pk), actor=alice, uri="http://other.example/")
        changed.set()

    monkeypatch.setattr(ingesting, "states_load", slowly)
    at_once(partial(ingest, [Checked(pk, 0, START, BAD)]), change)
    state = UrlState.objects.get()
    assert (state.status, state.status_code, state.revision) == ("pending", None, 1)


def test_websites_deleted_meanwhile_cost_the_others_nothing(alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(current_app, "send_task", lambda *args, **options: None)
    ids = websites(alice)
    gone = ids[::3]

    def delete() -> None:
        for pk in gone:
            url_delete(url=Url.objects.get(pk=pk), actor=alice)

    at_once(partial(rounds, ids), delete, partial(rounds, ids, ROUNDS, BAD))
    assert set(UrlState.objects.values_list("url_id", flat=True)) == set(ids) - set(gone)
    assert not UrlState.objects.filter(last_check=None).exists()
