"""What charts mark on their time axis."""

import time
from datetime import UTC, datetime, timedelta

import pytest

from tests.api.conftest import Caller
from tests.api.test_problems import fields, told
from virtadmin.accounts.models import User
from virtadmin.alerting.models import Incident, MaintenanceWindow, Silence
from virtadmin.servers.models import Server, Tag
from virtadmin.websites.models import Url

NOW = int(time.time())
HOUR = 3600


def at(seconds_ago: float) -> datetime:
    return datetime.fromtimestamp(NOW - seconds_ago, UTC)


@pytest.fixture
def past(server: Server) -> Server:
    """An incident of its CPU from 3 to 2 hours ago, one open for 10 minutes, and an hour of silence between."""
    make = Incident.objects.create
    make(server=server, kind="cpu_usage", opened=at(3 * HOUR), closed=at(2 * HOUR), limit=80)
    make(server=server, kind="lost", level="critical", opened=at(600), open_key=f"{server.pk}:lost")
    make(server=server, kind="hdd_usage", opened=at(90 * HOUR), closed=at(80 * HOUR), limit=90, place="/srv")
    Silence.objects.create(owner=server.owner, server=server, starts=at(2 * HOUR), ends=at(HOUR), reason="the move")
    return server


def test_what_was_in_the_time_is_told_in_its_order(past: Server, alice: User, by_token: Caller) -> None:
    answer = by_token(alice).get(f"/api/server/{past.pk}/marks/").json()
    assert answer["to"] - answer["from"] == 24 * HOUR
    cpu, silence, lost = answer["marks"]
    assert (cpu["what"], cpu["label"], cpu["level"]) == ("incident", "CPU: limit 80 % crossed", "warning")
    assert (cpu["start"], cpu["end"], cpu["metrics"]) == (NOW - 3 * HOUR, NOW - 2 * HOUR, ["cpu_usage"])
    assert (silence["what"], silence["label"], silence["metrics"]) == ("silence", "silenced: the move", [])
    assert (lost["label"], lost["level"], lost["end"], lost["metrics"]) == ("server lost", "critical", None, [])


def test_an_incident_of_a_disk_names_its_mount(past: Server, alice: User, by_token: Caller) -> None:
    query = {"from": NOW - 100 * HOUR, "to": NOW - 50 * HOUR}
    (disk,) = by_token(alice).get(f"/api/server/{past.pk}/marks/", query).json()["marks"]
    assert disk["metrics"] == ["hdd_usage", "mount:/srv"]


def test_of_the_network_both_the_share_and_the_flow_are_marked(server: Server, alice: User, by_token: Caller) -> None:
    for kind in ("network_in_usage", "ram_forecast"):
        Incident.objects.create(server=server, kind=kind, opened=at(60), open_key=f"{server.pk}:{kind}")
    found = by_token(alice).get(f"/api/server/{server.pk}/marks/").json()["marks"]
    assert [mark["metrics"] for mark in found] == [["network_in_percent", "network_usage_in"], ["ram_usage"]]


def test_rules_by_tag_and_for_all_count_where_they_cover_it(server: Server, alice: User, by_token: Caller) -> None:
    other = Tag.objects.create(name="other")
    make = Silence.objects.create
    make(owner=alice, tag=server.tags.get(), kind="cpu_usage", starts=at(HOUR))
    make(owner=alice, tag=other, starts=at(HOUR))
    window = MaintenanceWindow.objects.create
    day = at(0).date() - timedelta(days=1)
    window(owner=alice, name="night", zone="UTC", date=day, start="12:00", minutes=30)
    window(owner=alice, name="off", zone="UTC", date=day, start="12:00", enabled=False)
    query = {"from": NOW - 60 * HOUR, "to": NOW}
    found = by_token(alice).get(f"/api/server/{server.pk}/marks/", query).json()["marks"]
    assert [(mark["what"], mark["label"]) for mark in found] == [
        ("maintenance", "maintenance: night"), ("silence", "silenced"),
    ]  # fmt: skip
    assert found[0]["end"] - found[0]["start"] == 30 * 60
    assert found[1]["metrics"] == ["cpu_usage"]


def test_a_rule_of_a_stranger_marks_nothing(server: Server, alice: User, charlie: User, by_token: Caller) -> None:
    Silence.objects.create(owner=charlie, tag=server.tags.get(), starts=at(HOUR))
    MaintenanceWindow.objects.create(owner=charlie, name="all", zone="UTC", weekdays=["mon"], start="00:00")
    assert by_token(alice).get(f"/api/server/{server.pk}/marks/").json()["marks"] == []


def test_a_website_has_marks_of_its_own_and_the_silences_of_its_server(
    url: Url, server: Server, alice: User, by_token: Caller
) -> None:
    Incident.objects.create(url=url, kind="url_down", opened=at(HOUR), open_key=f"url:{url.pk}:url_down")
    Incident.objects.create(server=server, kind="lost", opened=at(HOUR), open_key=f"{server.pk}:lost")
    Silence.objects.create(owner=alice, server=server, starts=at(60))
    found = by_token(alice).get(f"/api/urls/{url.pk}/marks/").json()["marks"]
    assert [mark["label"] for mark in found] == ["website down", "silenced"]


def test_millennia_of_maintenance_are_not_worked_out(server: Server, alice: User, by_token: Caller) -> None:
    days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
    MaintenanceWindow.objects.create(owner=alice, name="daily", zone="UTC", weekdays=days, start="03:00")
    query = {"from": 0, "to": "9999-12-31T00:00:00Z"}
    found = by_token(alice).get(f"/api/server/{server.pk}/marks/", query).json()["marks"]
    assert len(found) == 300
    assert found[-1]["start"] > NOW


def test_strangers_see_nothing_and_bad_times_are_told(
    server: Server, alice: User, charlie: User, by_token: Caller
) -> None:
    told(by_token(charlie).get(f"/api/server/{server.pk}/marks/"), 404)
    problem = told(by_token(alice).get(f"/api/server/{server.pk}/marks/", {"from": "soon"}), 400)
    assert fields(problem).keys() == {"from"}
