"""The pages of silences, maintenance windows, recipients and limits by tag, without a script."""

from datetime import time, timedelta
from typing import Any

import pytest
from django.utils import timezone

from tests.web.conftest import SignIn
from virtadmin.accounts.models import User
from virtadmin.alerting.models import MaintenanceWindow, Recipients, Silence, Threshold, ThresholdTemplate
from virtadmin.servers.models import Server, Tag

NIGHT = {"name": "patches", "start": "02:30", "minutes": "60"}
PAGES = ["silences", "maintenance", "recipients", "templates"]


@pytest.fixture
def rows(alice: User, web1: Server) -> dict[str, Any]:
    """One of each, Alice's, of web1."""
    web1.tags.add(tag := Tag.objects.create(name="prod"))
    made = Recipients.objects.create(owner=alice, server=web1)
    made.users.add(alice)
    return {
        "silences": Silence.objects.create(owner=alice, server=web1, kind="cpu_usage", reason="a <b>deployment</b>"),
        "maintenance": MaintenanceWindow.objects.create(
            owner=alice, server=web1, name="patches", zone="Europe/Berlin", weekdays=["sun"], start=time(2, 30)
        ),
        "recipients": made,
        "templates": ThresholdTemplate.objects.create(owner=alice, name="production", tag=tag, cpu_usage=70, window=0),
    }


@pytest.mark.parametrize(
    ("page", "said"),
    [
        ("silences", ["web1", "CPU", "a &lt;b&gt;deployment&lt;/b&gt;", "Until somebody ends it", "by alice"]),
        ("maintenance", ["patches", "Sun at 02:30 (Europe/Berlin) for 60 min", "Next: Sun", "02:30 CE"]),
        ("recipients", ["web1", "alice"]),
        ("templates", ["production", "prod", "CPU 70 % · mean of 0 s"]),
    ],
)
def test_each_page_says_what_is_set(
    alice: User, rows: dict[str, Any], sign_in: SignIn, page: str, said: list[str]
) -> None:
    shown = sign_in(alice).get(f"/{page}/").content.decode()
    assert [word for word in said if word not in shown] == []


def test_a_window_shows_its_next_three_times(alice: User, rows: dict[str, Any], sign_in: SignIn) -> None:
    assert sign_in(alice).get("/maintenance/").content.decode().count("02:30 CE") == 3
    MaintenanceWindow.objects.update(enabled=False)
    assert "Not in use." in sign_in(alice).get("/maintenance/").content.decode()


@pytest.mark.parametrize("page", PAGES)
def test_empty_pages_say_so_and_offer_the_form_to_those_who_may(
    charlie: User, bob: User, sign_in: SignIn, page: str
) -> None:
    for person, may in ((charlie, True), (bob, False)):
        shown = sign_in(person).get(f"/{page}/").content.decode()
        assert "None yet." in shown
        assert ('<h2 id="add">' in shown) == may


def test_a_silence_is_made_changed_and_ended(alice: User, web1: Server, sign_in: SignIn) -> None:
    client = sign_in(alice)
    client.post("/silences/", {"server": web1.pk, "kind": "lost", "seconds": "28800", "reason": "moving"})
    made = Silence.objects.get()
    assert (made.server, made.kind, made.reason) == (web1, "lost", "moving")
    assert made.ends
    client.post(f"/rules/silences/{made.pk}/", {"seconds": "", "reason": "still moving"})
    made.refresh_from_db()
    assert (made.ends, made.reason) == (None, "still moving")
    client.post(f"/rules/silences/{made.pk}/end/")
    made.refresh_from_db()
    assert made.ends
    assert made.ends <= timezone.now()
    assert "Over" in client.get("/silences/").content.decode()


def test_a_window_is_made_in_the_persons_zone_changed_and_deleted(alice: User, sign_in: SignIn) -> None:
    alice.time_zone = "Asia/Tokyo"
    alice.save()
    client = sign_in(alice)
    assert 'value="Asia/Tokyo"' in client.get("/maintenance/").content.decode()
    body = {"name": "patches", "weekdays": ["sat", "sun"], "start": "02:30", "minutes": "90", "zone": "Asia/Tokyo"}
    client.post("/maintenance/", {**body, "enabled": "on"})
    made = MaintenanceWindow.objects.get()
    assert (made.weekdays, made.minutes, made.zone, made.enabled) == (["sat", "sun"], 90, "Asia/Tokyo", True)
    some_day = timezone.now().date() + timedelta(days=2)
    form = client.get(f"/rules/maintenance/{made.pk}/").content.decode()
    assert 'value="02:30"' in form
    assert form.count("checked") == 3
    client.post(f"/rules/maintenance/{made.pk}/", {**body, "weekdays": [], "date": some_day.isoformat()})
    made.refresh_from_db()
    assert (made.weekdays, made.date, made.enabled) == ([], some_day, False)
    client.post(f"/rules/maintenance/{made.pk}/end/")
    assert not MaintenanceWindow.objects.exists()


def test_who_is_told_is_said_changed_and_left_to_all_again(
    alice: User, bob: User, web1: Server, sign_in: SignIn
) -> None:
    alice.groups.set(bob.groups.all())
    client = sign_in(alice)
    client.post("/recipients/", {"server": web1.pk, "users": [bob.pk]})
    made = Recipients.objects.get()
    assert [*made.users.all()] == [bob]
    client.post(f"/rules/recipients/{made.pk}/", {"users": [alice.pk, bob.pk]})
    assert {*made.users.all()} == {alice, bob}
    client.post(f"/rules/recipients/{made.pk}/end/")
    assert not Recipients.objects.exists()


def test_limits_by_tag_reach_the_servers(alice: User, web1: Server, sign_in: SignIn) -> None:
    web1.tags.add(Tag.objects.create(name="prod"))
    client = sign_in(alice)
    client.post("/templates/", {"name": "production", "tag": "prod", "priority": "0", "cpu_usage": "61"})
    assert Threshold.objects.get(server=web1).cpu_usage == 61
    made = ThresholdTemplate.objects.get()
    changed = {"name": "production", "tag": "prod", "priority": "1", "ram_usage": "62"}
    client.post(f"/rules/templates/{made.pk}/", changed)
    assert Threshold.objects.values_list("cpu_usage", "ram_usage").get(server=web1) == (80, 62)
    client.post(f"/rules/templates/{made.pk}/end/")
    assert Threshold.objects.get(server=web1).ram_usage == 80


def test_a_servers_page_says_which_limits_are_its_own(alice: User, web1: Server, sign_in: SignIn) -> None:
    client = sign_in(alice)
    assert ">set here<" not in client.get(f"/servers/{web1.pk}/").content.decode()
    limits = dict.fromkeys(("cpu_usage", "ram_usage", "hdd_usage", "network_in_usage", "network_out_usage"), "80")
    client.post(f"/servers/{web1.pk}/limits/", {**limits, "cpu_usage": "70", "window": "60"})
    shown = client.get(f"/servers/{web1.pk}/").content.decode()
    assert shown.count(">set here<") == 2
    client.post(f"/servers/{web1.pk}/limits/", {"reset": "1"})
    assert ">set here<" not in client.get(f"/servers/{web1.pk}/").content.decode()


@pytest.mark.parametrize(
    ("page", "body", "said"),
    [
        ("silences", {"seconds": "3600"}, "Say what to silence"),
        ("silences", {"server": "0", "seconds": "3600"}, "Select a valid choice"),
        ("maintenance", {**NIGHT, "zone": "UTC"}, "Choose one: days of the week"),
        ("maintenance", {**NIGHT, "zone": "Mars", "month_day": "1"}, "no time zone"),
        ("recipients", {}, "This field is required"),
        ("templates", {"name": "x", "tag": "y", "priority": "0"}, "Set at least one limit"),
    ],
)  # fmt: skip
def test_what_is_refused_is_said_beside_the_field_and_what_was_typed_stays(
    alice: User, sign_in: SignIn, page: str, body: dict[str, str], said: str
) -> None:
    answer = sign_in(alice).post(f"/{page}/", body)
    shown = answer.content.decode()
    assert answer.status_code == 422
    assert said in shown
    assert all(f'value="{value}"' in shown for name, value in body.items() if name in ("name", "zone"))


@pytest.mark.parametrize("page", PAGES)
def test_members_may_look_and_strangers_find_nothing(
    bob: User, charlie: User, rows: dict[str, Any], sign_in: SignIn, page: str
) -> None:
    row = rows[page]
    for path in (f"/rules/{page}/{row.pk}/", f"/rules/{page}/{row.pk}/end/"):
        assert [sign_in(person).post(path).status_code for person in (bob, charlie)] == [403, 404]
    assert sign_in(bob).post(f"/{page}/", {}).status_code == 403
    looks = page != "templates"
    assert (f"/{page}/" in sign_in(bob).get(f"/{page}/").content.decode()) is True
    assert ("None yet." not in sign_in(bob).get(f"/{page}/").content.decode()) == looks
    assert "None yet." in sign_in(charlie).get(f"/{page}/").content.decode()


def test_there_is_no_other_kind_of_rule(alice: User, sign_in: SignIn) -> None:
    assert sign_in(alice).get("/rules/weather/1/").status_code == 404


@pytest.mark.parametrize("page", ["incidents", *PAGES])
def test_nobody_gets_in_without_signing_in(client: Any, db: None, page: str) -> None:
    assert client.get(f"/{page}/")["Location"] == f"/login/?next=/{page}/"
