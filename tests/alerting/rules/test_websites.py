"""Silences, maintenance windows and recipients of websites."""

from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.test.utils import CaptureQueriesContext

from virtadmin.accounts.models import User
from virtadmin.alerting.models import Incident, MaintenanceWindow, Recipients, Silence
from virtadmin.alerting.rules.maintenance import maintenance_create, maintenance_visible
from virtadmin.alerting.rules.quiet import held_back, urls_in_maintenance
from virtadmin.alerting.rules.recipients import audiences, recipients_create, recipients_update, recipients_visible
from virtadmin.alerting.rules.silences import incident_silence, silence_create, silence_update, silences_visible
from virtadmin.alerting.selectors import incidents_visible
from virtadmin.alerting.subject import subject_of
from virtadmin.core.errors import InvalidInput, NotAllowed
from virtadmin.servers.models import Server, Tag
from virtadmin.websites.models import Url, UrlState

NOW = datetime(2026, 11, 22, 3, tzinfo=UTC)
DOWN, EXPIRY = "url_down", "certificate_expiry"


def url_of(owner: User, host: str = "shop", **fields: Any) -> Url:
    made = Url.objects.create(owner=owner, uri=f"https://{host}.example.org/", **fields)
    UrlState.objects.create(url=made)
    return made


@pytest.fixture
def shop(alice: User, server: Server) -> Url:
    """Alice's, on her server, tagged "shop"."""
    made = url_of(alice, server=server)
    made.tags.add(Tag.objects.create(name="shop"))
    return made


def held(url: Url, kind: str = DOWN) -> str:
    return held_back([(subject_of(url), kind)], NOW).get((subject_of(url), kind), "")


def silence(owner: User, **what: Any) -> Silence:
    return Silence.objects.create(owner=owner, starts=NOW - timedelta(hours=1), **what)


def window(owner: User, **what: Any) -> MaintenanceWindow:
    return MaintenanceWindow.objects.create(
        owner=owner, name="night", zone="UTC", weekdays=["sun"], start=time(2, 30), minutes=60, **what
    )


@pytest.mark.parametrize("what", ["url", "server", "tag", "kind"])
def test_a_silence_of_it_its_server_its_tag_or_a_kind_holds_it(shop: Url, alice: User, what: str) -> None:
    other = url_of(alice, "other")
    meant = {"url": shop, "server": shop.server, "tag": shop.tags.get(), "kind": DOWN}[what]
    silence(alice, **{what: meant})
    assert held(shop) == "silenced"
    assert held(other) == ("silenced" if what == "kind" else "")
    assert held(shop, EXPIRY) == ("" if what == "kind" else "silenced")


def test_a_silence_of_a_website_holds_nothing_of_its_server(shop: Url, alice: User, server: Server) -> None:
    silence(alice, url=shop)
    assert held_back([(subject_of(server), "cpu_usage")], NOW) == {}
    silence(alice, url=shop, server=server, kind=EXPIRY)
    assert held(shop, EXPIRY) == "silenced"


def test_nobody_silences_what_they_may_not_see(shop: Url, bob: User) -> None:
    silence(bob, url=shop)
    silence(bob, server=shop.server)
    assert held(shop) == ""


def test_maintenance_of_all_that_is_ones_own_covers_websites(shop: Url, alice: User, charlie: User) -> None:
    foreign = url_of(charlie, "foreign")
    window(alice)
    assert urls_in_maintenance([shop.pk, foreign.pk, 10_000], NOW) == {shop.pk}
    assert urls_in_maintenance([shop.pk], NOW + timedelta(hours=1)) == set()


@pytest.mark.parametrize("what", ["url", "server", "tag"])
def test_maintenance_of_it_its_server_or_tag_covers_it(shop: Url, alice: User, what: str) -> None:
    other = url_of(alice, "other")
    window(alice, **{what: {"url": shop, "server": shop.server, "tag": shop.tags.get()}[what]})
    assert urls_in_maintenance({shop.pk, other.pk}, NOW) == {shop.pk}
    assert held(shop) == "maintenance"


def test_a_silence_is_no_maintenance_and_nothing_to_ask_about_costs_nothing(shop: Url, alice: User) -> None:
    silence(alice, url=shop)
    with CaptureQueriesContext(connection) as asked:
        assert urls_in_maintenance([shop.pk], NOW) == set()
        assert urls_in_maintenance([], NOW) == set()
    assert len(asked) == 1


def test_hundreds_of_websites_are_a_handful_of_queries(alice: User) -> None:
    ids = [url_of(alice, f"s{number}").pk for number in range(30)]
    window(alice)
    with CaptureQueriesContext(connection) as asked:
        assert urls_in_maintenance(ids, NOW) == {*ids}
    assert len(asked) <= 6


def told(url: Url) -> list[str]:
    return [user.username for user in audiences([subject_of(url)])[subject_of(url)]]


def test_its_owner_and_its_groups_are_told_unless_it_is_said_who(
    shop: Url, alice: User, bob: User, team: Group, server: Server
) -> None:
    assert told(shop) == ["alice"]
    alice.groups.add(team)  # whose members she may name
    shop.groups.add(team)
    assert told(shop) == ["alice", "bob"]
    of_server = Recipients.objects.create(owner=alice, server=server)
    of_server.users.add(alice)
    assert told(shop) == ["alice", "bob"], "who is told of a server is not said of its websites"
    recipients_create(actor=alice, users=[bob], tag="shop")
    assert told(shop) == ["bob"]
    row = recipients_create(actor=alice, users=[alice], url=shop)
    assert told(shop) == ["alice"]
    recipients_update(row=row, actor=alice, users=[alice, bob])
    assert told(shop) == ["alice", "bob"]
    shop.groups.clear()
    assert told(shop) == ["alice"], "nobody is told who may not see it"


def test_servers_and_websites_are_asked_about_together(shop: Url, server: Server, alice: User) -> None:
    found = audiences([subject_of(shop), subject_of(server)])
    assert found == {subject_of(shop): [alice], subject_of(server): [alice]}


def test_a_rule_is_for_one_thing_and_for_what_its_maker_may_see(shop: Url, alice: User, charlie: User) -> None:
    with pytest.raises(InvalidInput, match="a server, a website or a tag"):
        recipients_create(actor=alice, users=[alice], url=shop, server=shop.server)
    with pytest.raises(InvalidInput, match="a server, a website or a tag"):
        maintenance_create(
            actor=alice, name="n", url=shop, tag="shop", start=time(1), date=NOW.date() + timedelta(days=3000)
        )
    for make in (
        lambda: silence_create(actor=charlie, url=shop),
        lambda: recipients_create(actor=charlie, users=[charlie], url=shop),
        lambda: maintenance_create(actor=charlie, name="n", url=shop, start=time(1), month_day=1),
    ):
        with pytest.raises(InvalidInput, match="no such website"):
            make()
    with pytest.raises(InvalidInput, match="websites has this tag"):
        silence_create(actor=charlie, tag="shop")
    recipients_create(actor=alice, users=[alice], url=shop)
    with pytest.raises(InvalidInput, match="said already"):
        recipients_create(actor=alice, users=[alice], url=shop)
    with pytest.raises(InvalidInput, match="may not see this website"):
        recipients_create(actor=charlie, users=[charlie, alice], url=_shared(charlie, alice))


def _shared(owner: User, with_whom: User) -> Url:
    """A website of a group that both know, without being shared."""
    group = Group.objects.create(name="both")
    group.user_set.add(owner, with_whom)
    return url_of(owner, "private")


def test_a_silence_of_a_website_keeps_what_it_is_for(shop: Url, alice: User) -> None:
    made = silence_create(actor=alice, url=shop, reason="moving")
    assert str(made) == str(shop)
    with pytest.raises(InvalidInput, match="cannot be changed"):
        silence_update(silence=made, actor=alice, url=None)


def test_rules_and_incidents_are_seen_by_those_who_see_the_website(
    shop: Url, alice: User, bob: User, charlie: User, team: Group, admin_user: User
) -> None:
    shop.groups.add(team)
    silence(alice, url=shop)
    window(alice, url=shop)
    Recipients.objects.create(owner=alice, url=shop)
    incident = Incident.objects.create(url=shop, kind=DOWN, open_key=subject_of(shop).key(DOWN))
    for person, count in ((alice, 1), (bob, 1), (admin_user, 1), (charlie, 0)):
        for visible in (silences_visible, maintenance_visible, recipients_visible, incidents_visible):
            assert visible(person).count() == count
    with pytest.raises(NotAllowed, match="website is not shared"):
        incident_silence(incident=incident, actor=charlie)


def test_what_one_sees_of_servers_and_websites_is_listed_once(
    alice: User, bob: User, team: Group, server_of: Callable[..., Server]
) -> None:
    other = Group.objects.create(name="other")
    bob.groups.add(other)
    site = url_of(alice)
    site.groups.add(team, other)
    Incident.objects.create(url=site, kind=DOWN)
    assert incidents_visible(bob).count() == 1
