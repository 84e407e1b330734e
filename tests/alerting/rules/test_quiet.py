"""What is held back, for whom, and what is not."""

from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.test.utils import CaptureQueriesContext

from virtadmin.accounts.models import User
from virtadmin.alerting.models import Incident, MaintenanceWindow, Silence
from virtadmin.alerting.rules.quiet import held_back, holds
from virtadmin.alerting.subject import SERVER, Subject, subject_of
from virtadmin.servers.models import Server, Tag

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
CPU, LOST = Incident.Kind.CPU.value, Incident.Kind.LOST.value
MakeServer = Callable[..., Server]


@pytest.fixture
def web(alice: User, bob: User, server_of: MakeServer) -> Server:
    """Alice's server, tagged "web", shared with Bob's team."""
    server = server_of(alice)
    server.tags.add(Tag.objects.create(name="web"))
    server.groups.add(team := Group.objects.create(name="team"))
    bob.groups.add(team)
    return server


def silence(owner: User, **fields: Any) -> Silence:
    return Silence.objects.create(owner=owner, **{"starts": NOW - HOUR, "ends": NOW + HOUR, **fields})


def window(owner: User, **fields: Any) -> MaintenanceWindow:
    given = {"zone": "UTC", "date": NOW.date(), "start": time(11), "minutes": 120, **fields}
    return MaintenanceWindow.objects.create(owner=owner, name="patches", **given)


def held(server: Server, kind: str = CPU, at: datetime = NOW) -> str:
    return held_back([(subject_of(server), kind)], at).get((subject_of(server), kind), "")


def test_nothing_is_held_by_nothing(web: Server) -> None:
    assert held_back([(subject_of(web), CPU)], NOW) == {}
    assert held_back([], NOW) == {}


@pytest.mark.parametrize(
    ("fields", "cpu", "lost"),
    [
        ({"on_server": True}, "silenced", "silenced"),
        ({"on_server": True, "kind": CPU}, "silenced", ""),
        ({"on_tag": "web"}, "silenced", "silenced"),
        ({"on_tag": "db"}, "", ""),
        ({"on_tag": "db", "on_server": True}, "", ""),
        ({"kind": LOST}, "", "silenced"),
        ({"on_server": True, "starts": NOW + HOUR / 2}, "", ""),
        ({"on_server": True, "ends": NOW}, "", ""),
        ({"on_server": True, "starts": NOW, "ends": None}, "silenced", "silenced"),
    ],
)
def test_a_silence_holds_what_it_names_while_it_lasts(
    web: Server, alice: User, fields: dict[str, Any], cpu: str, lost: str
) -> None:
    if fields.pop("on_server", False):
        fields["server"] = web
    if tag := fields.pop("on_tag", ""):
        fields["tag"] = Tag.objects.get_or_create(name=tag)[0]
    silence(alice, **fields)
    assert (held(web), held(web, LOST)) == (cpu, lost)


def test_a_silence_reaches_no_server_its_owner_may_not_see(
    web: Server, bob: User, charlie: User, admin_person: User
) -> None:
    tag = Tag.objects.get(name="web")
    for stranger_made in (silence(charlie, server=web), silence(charlie, tag=tag), silence(charlie, kind=CPU)):
        assert held(web) == ""
        stranger_made.delete()
    for seer in (bob, admin_person):
        made = silence(seer, tag=tag)
        assert held(web) == "silenced"
        made.delete()
    silence(bob, server=web)
    bob.groups.clear()
    assert held(web) == ""


def test_maintenance_holds_while_it_runs(web: Server, alice: User) -> None:
    made = window(alice, server=web)
    assert [held(web, at=NOW + offset) for offset in (-HOUR, timedelta(0), HOUR, -HOUR * 1.1)] == [
        "maintenance", "maintenance", "", ""
    ]  # fmt: skip
    MaintenanceWindow.objects.filter(pk=made.pk).update(enabled=False)
    assert held(web) == ""


def test_a_window_for_all_is_for_all_its_owner_owns(
    web: Server, bob: User, alice: User, admin_person: User, server_of: MakeServer
) -> None:
    mine = server_of(bob, "mine")
    window(bob)
    window(admin_person)
    assert (held(web), held(mine)) == ("", "maintenance")
    window(bob, tag=Tag.objects.get(name="web"))
    assert held(web) == "maintenance"


def test_of_several_holds_the_longest_is_told(web: Server, alice: User) -> None:
    window(alice, server=web, minutes=300)
    silence(alice, server=web)
    hold = holds([(subject_of(web), CPU)], NOW)[subject_of(web), CPU]
    assert (hold.why, hold.until) == ("maintenance", NOW + 4 * HOUR)
    silence(alice, kind=CPU, ends=None)
    assert holds([(subject_of(web), CPU)], NOW)[subject_of(web), CPU].until is None


def test_a_server_that_is_gone_is_not_held(web: Server, alice: User) -> None:
    silence(alice, kind=CPU)
    assert held_back([(Subject(SERVER, web.pk + 1), CPU), (subject_of(web), CPU)], NOW) == {
        (subject_of(web), CPU): "silenced"
    }


def test_it_asks_the_database_a_handful_of_times_for_any_number(
    web: Server, alice: User, charlie: User, server_of: MakeServer
) -> None:
    subjects = [(subject_of(server_of(alice, f"s{n}")), CPU) for n in range(30)]
    for person in (alice, charlie):
        silence(person, kind=CPU)
        window(person)
    with CaptureQueriesContext(
        connection,
    ) as asked:
        assert len(held_back(subjects, NOW)) == 30
    assert len(asked) <= 7
