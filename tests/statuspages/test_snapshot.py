"""What a page shows: limited to what its owner may see, by as many queries for one line as for many."""

from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.web.fleet import watched
from tests.web.sites import checked, days
from virtadmin.accounts.models import User
from virtadmin.alerting.models import Incident, MaintenanceWindow
from virtadmin.servers.models import Server, ServerState, Tag
from virtadmin.statuspages.condition import State
from virtadmin.statuspages.models import StatusEntry, StatusPage
from virtadmin.statuspages.services import Entry, status_page_create, status_page_update
from virtadmin.statuspages.snapshot import Outage, Snapshot, snapshot
from virtadmin.websites.models import Url, UrlDay, UrlState

UP, DOWN, PARTLY, HELD, UNKNOWN = State.UP, State.DOWN, State.PARTLY, State.MAINTENANCE, State.UNKNOWN


def shown(now: datetime) -> Snapshot:
    """The page as it is in the tables."""
    return snapshot(StatusPage.objects.select_related("owner").get(), now)


def states(now: datetime) -> dict[str, State]:
    return {line.name: line.state for line in shown(now).lines}


def down(what: Url | Server, began: datetime, ended: datetime | None, **more: Any) -> None:
    about = {"url": what, "kind": "url_down"} if isinstance(what, Url) else {"server": what, "kind": "lost"}
    Incident.objects.create(opened=began, closed=ended, **{**about, **more})


def window(owner: User, start: datetime, minutes: int, **more: Any) -> None:
    start = start.astimezone(UTC)
    MaintenanceWindow.objects.create(
        owner=owner, name="secret works", zone="UTC", date=start.date(), start=start.time(), minutes=minutes, **more
    )


def test_lines_have_their_states_and_websites_their_uptime(page: StatusPage, now: datetime) -> None:
    found = shown(now)
    assert [(line.name, line.state, line.several) for line in found.lines] == [
        ("Shop", UP, False), ("Mail", UP, False), ("Blogs", UP, True),
    ]  # fmt: skip
    shop, mail, blogs = found.lines
    assert (shop.uptime, mail.uptime, mail.days, blogs.uptime) == (99.95, None, None, 99.9)
    assert (found.state, found.sentence, found.title) == (UP, "All is well", "Our status")
    assert (found.outages, found.planned) == ((), ())


def test_a_tags_days_are_those_of_its_own_websites_alone(
    page: StatusPage, alice: User, charlie: User, shop: Url, blogs: list[Url], now: datetime
) -> None:
    blogs[0].tags.add(Tag.objects.create(name="another"))
    theirs = checked(charlie, "https://theirs.example/", now, tags=("customers-of-acme",), status="down")
    days(theirs, now, 90, outages={0: 80_000})
    today = now.astimezone(UTC).date()
    blog = shown(now).lines[2]
    assert blog.state == UP
    assert blog.days is not None
    assert len(blog.days) == 10
    spent = blog.days[today - timedelta(days=1)]
    assert (spent.up, spent.down) == (2 * (86_400 - 864), 2 * 864)


def test_it_follows_what_happens(page: StatusPage, shop: Url, mail: Server, blogs: list[Url], now: datetime) -> None:
    UrlState.objects.filter(url__in=[shop, blogs[0]]).update(status="down")
    assert states(now) == {"Shop": DOWN, "Mail": UP, "Blogs": PARTLY}
    assert shown(now).sentence == "1 of 3 is down, 1 partly"
    UrlState.objects.update(status="down")
    ServerState.objects.update(status="down", status_reason="timeout: No answer.")
    assert shown(now).sentence == "All 3 are down"
    ServerState.objects.update(status_reason="host_key_changed: The host shows another key.")
    assert states(now)["Mail"] == UNKNOWN
    later = now + timedelta(hours=1)
    UrlState.objects.update(status="up")
    ServerState.objects.update(status="up")
    assert set(states(later).values()) == {UNKNOWN}


def test_what_is_deleted_or_unshared_or_loses_its_tag_vanishes(
    page: StatusPage, alice: User, charlie: User, shop: Url, mail: Server, blogs: list[Url], now: datetime
) -> None:
    mail.groups.add(Group.objects.create(name="team"))
    Server.objects.filter(pk=mail.pk).update(owner=charlie)
    assert [line.name for line in shown(now).lines] == ["Shop", "Blogs"]
    alice.groups.add(Group.objects.get())
    assert [line.name for line in shown(now).lines] == ["Shop", "Mail", "Blogs"]
    alice.groups.clear()
    shop.delete()
    assert [line.name for line in shown(now).lines] == ["Blogs"]
    for blog in blogs:
        blog.tags.clear()
    found = shown(now)
    assert (found.lines, found.sentence) == ((), "Nothing is shown here yet")
    mail.delete()
    Tag.objects.all().delete()
    assert not StatusEntry.objects.exists()


def test_an_admins_page_shows_everybodys(admin_person: User, shop: Url, now: datetime) -> None:
    status_page_create(actor=admin_person, title="All", entries=[Entry("Shop", url=shop)])
    assert states(now) == {"Shop": UP}


def test_outages_of_two_weeks_are_told_the_newest_first(
    page: StatusPage, shop: Url, mail: Server, blogs: list[Url], now: datetime
) -> None:
    ago = {days: now - timedelta(days=days) for days in (1, 2, 3, 5, 15, 16)}
    minute = timedelta(minutes=1)
    down(shop, ago[1], None)
    down(mail, ago[2], ago[2] + minute)
    down(mail, ago[3], ago[3] + minute, stage="auth_rejected")  # its own trouble with the hub
    down(shop, ago[3], ago[3] + minute, kind="certificate_expiry")
    down(blogs[0], ago[5], ago[5] + 3 * minute)
    down(blogs[1], ago[5] + minute, ago[5] + 6 * minute)
    down(shop, ago[16], ago[15])
    assert shown(now).outages == (
        Outage("Shop", ago[1], None),
        Outage("Mail", ago[2], ago[2] + minute),
        Outage("Blogs", ago[5], ago[5] + 6 * minute, several=True),
    )


def test_planned_maintenance_is_told_without_its_name(
    page: StatusPage, alice: User, shop: Url, mail: Server, now: datetime
) -> None:
    soon, now = now + timedelta(hours=2), now.replace(microsecond=0)
    window(alice, now - timedelta(minutes=10), 60, url=shop)
    window(alice, soon, 30)
    window(alice, soon + timedelta(hours=3), 30, enabled=False)
    found = shown(now)
    assert [(one.names, one.ends - one.starts) for one in found.planned] == [
        (("Shop",), timedelta(minutes=60)),
        ((), timedelta(minutes=30)),
    ]
    assert states(now) == {"Shop": HELD, "Mail": UP, "Blogs": UP}
    ends = (now + timedelta(minutes=50)).strftime("%a %-d %b, %H:%M UTC")
    assert found.sentence == f"Maintenance of 1 of 3 until {ends}"


def test_a_stranger_cannot_put_a_page_into_maintenance(
    page: StatusPage, charlie: User, shop: Url, now: datetime
) -> None:
    window(charlie, now - timedelta(minutes=1), 60, url=shop)
    assert states(now)["Shop"] == UP
    assert shown(now).planned == ()


def test_what_went_down_and_came_back_within_maintenance_is_no_outage(
    page: StatusPage, alice: User, shop: Url, now: datetime
) -> None:
    begins = now.replace(microsecond=0) - timedelta(days=2)
    window(alice, begins, 60, url=shop)
    down(shop, begins + timedelta(minutes=5), begins + timedelta(minutes=50))
    assert shown(now).outages == ()
    down(shop, begins + timedelta(minutes=50), begins + timedelta(minutes=70))
    assert len(shown(now).outages) == 1


def test_times_are_in_the_owners_zone(page: StatusPage, alice: User, shop: Url, now: datetime) -> None:
    User.objects.filter(pk=alice.pk).update(time_zone="Asia/Tokyo")
    MaintenanceWindow.objects.create(
        owner=alice, name="x", zone="Asia/Tokyo", weekdays=["mon", "tue", "wed", "thu", "fri", "sat", "sun"],
        start=time(0), minutes=1440, url=shop,
    )  # fmt: skip
    assert "JST" in shown(now).sentence


@pytest.mark.parametrize("planned", [False, True])
def test_as_many_queries_for_many_lines_as_for_few(
    page: StatusPage, alice: User, shop: Url, now: datetime, planned: bool
) -> None:
    if planned:
        window(alice, now, 60)
    with CaptureQueriesContext(
        connection,
    ) as few:
        shown(now)
    entries = [Entry("Shop", url=shop)]
    for number in range(20):
        url = checked(alice, f"https://{number}.example.org/", now, tags=(f"tag{number % 5}",))
        days(url, now, 30)
        down(url, now - timedelta(days=1), now)
        entries.append(Entry(f"Site {number}", url=url))
        entries.append(Entry(f"Host {number}", server=watched(alice, f"s{number}", f"203.0.113.{number}", now)))
    entries += [Entry(f"Tag {number}", tag=f"tag{number}") for number in range(5)]
    status_page_update(page=page, actor=alice, entries=entries)
    with CaptureQueriesContext(connection) as many:
        found = shown(now)
    assert len(found.lines) == 46
    assert len(found.outages) == 25
    assert len(many) == len(few) <= (18 if planned else 10)


def test_days_that_are_not_known_stay_unknown(alice: User, now: datetime) -> None:
    new = checked(alice, "https://new.example.org/", now)
    status_page_create(actor=alice, title="t", entries=[Entry("New", url=new)])
    assert not UrlDay.objects.exists()
    assert (shown(now).lines[0].uptime, shown(now).uptime) == (None, None)
