"""Limits inherited by tag: by whom, in which order, and never over what a person set."""

from collections.abc import Callable
from typing import Any

import pytest
from auditlog.models import LogEntry
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given, settings
from hypothesis import strategies as st

from virtadmin.accounts.models import User
from virtadmin.alerting.models import Threshold, ThresholdTemplate
from virtadmin.alerting.rules.inheritance import DEFAULTS, FIELDS, inherited
from virtadmin.alerting.rules.threshold_templates import (
    threshold_template_create,
    threshold_template_delete,
    threshold_template_update,
    threshold_templates_visible,
)
from virtadmin.alerting.services import threshold_create, threshold_reset, threshold_update
from virtadmin.core.errors import InvalidInput, NotAllowed
from virtadmin.servers.events import server_enrolled
from virtadmin.servers.models import Server, Tag
from virtadmin.servers.services import server_update

MakeServer = Callable[..., Server]


def limits(server: Server, *names: str) -> tuple[int, ...]:
    threshold = Threshold.objects.get(server=server)
    return tuple(getattr(threshold, name) for name in names or ("cpu_usage", "window"))


def tagged(server: Server, *names: str) -> Server:
    return server_update(server=server, actor=server.owner, tags=names)


def template(actor: User, tag: str = "web", **fields: Any) -> ThresholdTemplate:
    return threshold_template_create(actor=actor, name=f"for {tag}", tag=tag, **{"cpu_usage": 60, **fields})


def test_a_server_that_is_enrolled_with_the_tag_inherits(alice: User) -> None:
    template(alice, window=60)
    server = Server.objects.create(owner=alice, name="new", ip_address="new.example.org")
    server.tags.add(Tag.objects.get(name="web"))
    server_enrolled.send(Server, server=server, created=True)
    assert limits(server) == (60, 60)
    assert threshold_create(server=server).cpu_usage == 60


def test_a_server_inherits_when_it_gets_the_tag_and_loses_it_with_the_tag(server: Server, alice: User) -> None:
    template(alice)
    assert limits(server) == (80, 300)
    tagged(server, "web", "other")
    assert limits(server) == (60, 300)
    tagged(server, "other")
    assert limits(server) == (80, 300)


def test_tags_given_from_the_tag_s_side_count_too(server: Server, alice: User) -> None:
    template(alice)
    tag = Tag.objects.get()
    tag.servers.add(server)
    assert limits(server) == (60, 300)
    tag.servers.clear()
    assert limits(server) == (80, 300)
    tag.servers.set([server])
    assert limits(server) == (60, 300)


def test_changes_of_a_template_reach_its_servers(server: Server, alice: User) -> None:
    made = template(alice)
    tagged(server, "web")
    threshold_template_update(template=made, actor=alice, cpu_usage=50, window=0)
    assert limits(server) == (50, 0)
    threshold_template_update(template=made, actor=alice, cpu_usage=None)
    assert limits(server) == (80, 0)
    threshold_template_update(template=made, actor=alice, tag="db")
    assert limits(server) == (80, 300)
    tagged(server, "db")
    assert limits(server) == (80, 0)
    threshold_template_delete(template=made, actor=alice)
    assert limits(server) == (80, 300)


def test_what_a_person_set_stays_until_it_is_reset(server: Server, alice: User) -> None:
    made = template(alice, ram_usage=60)
    tagged(server, "web")
    threshold_update(threshold=Threshold.objects.get(), actor=alice, cpu_usage=33, ram_usage=60)
    threshold_template_update(template=made, actor=alice, cpu_usage=50, ram_usage=50)
    assert limits(server, "cpu_usage", "ram_usage") == (33, 50)
    tagged(server)
    assert limits(server, "cpu_usage", "ram_usage") == (33, 80)
    tagged(server, "web")
    threshold_reset(threshold=Threshold.objects.get(), actor=alice)
    assert limits(server, "cpu_usage", "ram_usage") == (50, 50)


def test_a_tag_or_an_admin_that_goes_takes_its_templates_along(server: Server, alice: User, admin_person: User) -> None:
    template(alice)
    template(admin_person, "web", ram_usage=44)
    tagged(server, "web")
    assert limits(server, "cpu_usage", "ram_usage") == (60, 44)
    admin_person.delete()
    assert limits(server, "cpu_usage", "ram_usage") == (60, 80)
    Tag.objects.get(name="web").delete()
    assert limits(server, "cpu_usage", "ram_usage") == (80, 80)


def test_templates_of_others_but_admins_are_for_their_own_servers(
    server: Server, alice: User, charlie: User, admin_person: User
) -> None:
    tagged(server, "web")
    template(charlie, cpu_usage=10)
    assert limits(server) == (80, 300)
    template(admin_person, cpu_usage=20, priority=9)
    assert limits(server) == (20, 300)
    template(alice, cpu_usage=70)
    assert limits(server) == (70, 300)
    assert [one.cpu_usage for one in threshold_templates_visible(alice)] == [70]
    assert threshold_templates_visible(admin_person).count() == 3


def test_of_several_tags_the_higher_priority_counts_then_the_lower_limit(server: Server, alice: User) -> None:
    template(alice, "a", cpu_usage=60, ram_usage=90)
    template(alice, "b", cpu_usage=50, hdd_usage=70)
    tagged(server, "a", "b")
    assert limits(server, "cpu_usage", "ram_usage", "hdd_usage") == (50, 90, 70)
    template(alice, "b", cpu_usage=95, priority=1)
    assert limits(server, "cpu_usage", "ram_usage", "hdd_usage") == (95, 90, 70)


values = st.fixed_dictionaries({name: st.none() | st.integers(1, 100) for name in FIELDS})
templates = st.lists(st.builds(lambda own, high, given: (own, high, given), st.booleans(), st.integers(-1, 1), values))


@settings(deadline=None)
@given(templates, st.randoms())
def test_the_order_in_which_templates_are_found_changes_nothing(given_ones: list[Any], chance: Any) -> None:
    rows = [ThresholdTemplate(owner_id=1 if own else 2, priority=high, **fields) for own, high, fields in given_ones]
    found = inherited(rows, 1)
    shuffled = [*rows]
    chance.shuffle(shuffled)
    assert inherited(shuffled, 1) == found
    for name in FIELDS:
        speaking = [row for row in rows if getattr(row, name) is not None]
        own = [row for row in speaking if row.owner_id == 1] or speaking
        best = [row for row in own if row.priority == max(one.priority for one in own)]
        assert found[name] == min((getattr(row, name) for row in best), default=DEFAULTS[name])


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"cpu_usage": 0}, "cpu_usage"),
        ({"cpu_usage": True}, "cpu_usage"),
        ({"window": 3601}, "window"),
        ({"priority": 1001}, "priority"),
        ({"priority": False}, "priority"),
        ({"name": " "}, "name"),
        ({"tag": ""}, "tag"),
        ({"tag": "x" * 51}, "tag"),
        ({"owner": 1}, "owner"),
        ({"cpu_usage": None}, "cpu_usage"),
    ],
)
def test_what_is_wrong_is_refused_by_name_and_changes_nothing(
    server: Server, alice: User, change: dict[str, Any], field: str
) -> None:
    made = template(alice)
    tagged(server, "web")
    with pytest.raises(InvalidInput) as refused:
        threshold_template_update(template=made, actor=alice, **change)
    assert refused.value.field == field
    assert limits(server) == (60, 300)


def test_viewers_and_strangers_change_no_templates(alice: User, bob: User, charlie: User) -> None:
    made = template(alice)
    for person in (bob, charlie):
        with pytest.raises(NotAllowed):
            threshold_template_update(template=made, actor=person, cpu_usage=1)
        with pytest.raises(NotAllowed):
            threshold_template_delete(template=made, actor=person)
    with pytest.raises(NotAllowed):
        template(bob)


def test_the_change_log_says_who_changed_the_limits_of_each_server(server: Server, alice: User) -> None:
    made = template(alice)
    tagged(server, "web")
    LogEntry.objects.all().delete()
    threshold_template_update(template=made, actor=alice, cpu_usage=50)
    entry = LogEntry.objects.get_for_model(Threshold).get()
    assert (entry.actor, entry.changes, entry.object_repr) == (alice, {"cpu_usage": ["60", "50"]}, "limits of web1")


def test_hundreds_of_servers_are_changed_by_a_few_queries(alice: User, server_of: MakeServer) -> None:
    made = template(alice)
    tag = Tag.objects.get()
    tag.servers.add(*(server_of(alice, f"s{n}") for n in range(120)))
    with CaptureQueriesContext(connection) as asked:
        threshold_template_update(template=made, actor=alice, cpu_usage=50)
    assert len(asked) <= 24
    assert Threshold.objects.filter(cpu_usage=50).count() == 120
