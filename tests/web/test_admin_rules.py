"""Silences, maintenance windows, recipients and templates in the admin site: by the services, with their refusals."""

from typing import Any

import pytest

from tests.web.conftest import SignIn
from tests.web.test_admin import address
from virtadmin.accounts.models import User
from virtadmin.alerting.models import (
    Incident,
    MaintenanceWindow,
    Recipients,
    Silence,
    Threshold,
    ThresholdTemplate,
)
from virtadmin.servers.models import Server, Tag

NIGHT = {"name": "night", "weekdays": ["sat", "sun"], "start": "02:30", "minutes": "60", "zone": "UTC", "enabled": "on"}


@pytest.fixture
def shop(web1: Server) -> Tag:
    """On web1."""
    web1.tags.add(tag := Tag.objects.create(name="shop"))
    return tag


def test_a_silence_is_made_changed_and_ended_but_not_deleted(admin_person: User, web1: Server, sign_in: SignIn) -> None:
    client = sign_in(admin_person)
    when = {"starts_0": "2026-11-22", "starts_1": "12:00:00"}
    client.post(address(Silence, "add"), {"server": web1.pk, "kind": "lost", "reason": "moving", **when})
    made = Silence.objects.get()
    assert (made.owner, made.server, made.kind, made.reason, made.ends) == (admin_person, web1, "lost", "moving", None)
    body = {"server": web1.pk, "kind": "lost", "reason": "moved", **when}
    client.post(address(Silence, "change", made.pk), body)
    assert Silence.objects.get().reason == "moved"
    shown = client.post(address(Silence, "change", made.pk), {**body, "kind": "cpu_usage"}).content.decode()
    assert "This cannot be changed" in shown
    assert client.post(address(Silence, "delete", made.pk), {"post": "yes"}).status_code == 403
    client.post(address(Silence), {"action": "end", "_selected_action": [made.pk]})
    assert Silence.objects.get().ends


def test_a_window_is_made_changed_and_deleted(admin_person: User, shop: Tag, sign_in: SignIn) -> None:
    client = sign_in(admin_person)
    client.post(address(MaintenanceWindow, "add"), {**NIGHT, "tag": shop.pk})
    made = MaintenanceWindow.objects.get()
    assert (made.owner, made.tag, made.weekdays, made.zone) == (admin_person, shop, ["sat", "sun"], "UTC")
    path = address(MaintenanceWindow, "change", made.pk)
    assert client.get(path).content.decode().count("checked") >= 3
    client.post(path, {**NIGHT, "minutes": "90"})
    made.refresh_from_db()
    assert (made.minutes, made.tag) == (90, None)
    refused = client.post(path, {**NIGHT, "month_day": "1"}).content.decode()
    assert "Choose one: days of the week" in refused
    client.post(address(MaintenanceWindow, "delete", made.pk), {"post": "yes"})
    assert not MaintenanceWindow.objects.exists()


def test_who_is_told_is_said_and_taken_back(admin_person: User, bob: User, web1: Server, sign_in: SignIn) -> None:
    client = sign_in(admin_person)
    client.post(address(Recipients, "add"), {"server": web1.pk, "users": [bob.pk]})
    made = Recipients.objects.get()
    assert [*made.users.all()] == [bob]
    client.post(address(Recipients, "change", made.pk), {"server": web1.pk, "users": [bob.pk, admin_person.pk]})
    assert {*made.users.all()} == {bob, admin_person}
    assert "bob, root" in client.get(address(Recipients)).content.decode()
    client.post(address(Recipients), {"action": "delete_selected", "_selected_action": [made.pk], "post": "yes"})
    assert not Recipients.objects.exists()


def test_a_template_reaches_its_servers(admin_person: User, web1: Server, shop: Tag, sign_in: SignIn) -> None:
    client = sign_in(admin_person)
    body: dict[str, Any] = {"name": "shop", "tag": shop.pk, "priority": "0", "cpu_usage": "61"}
    client.post(address(ThresholdTemplate, "add"), body)
    assert Threshold.objects.get(server=web1).cpu_usage == 61
    made = ThresholdTemplate.objects.get()
    client.post(address(ThresholdTemplate, "change", made.pk), {**body, "cpu_usage": "62"})
    assert Threshold.objects.get(server=web1).cpu_usage == 62
    client.post(address(ThresholdTemplate, "delete", made.pk), {"post": "yes"})
    assert Threshold.objects.get(server=web1).cpu_usage == 80


def test_limits_changed_in_the_admin_site_are_a_persons(
    admin_person: User, web1: Server, shop: Tag, sign_in: SignIn
) -> None:
    client, threshold = sign_in(admin_person), Threshold.objects.get(server=web1)
    limits = dict.fromkeys(("cpu_usage", "ram_usage", "hdd_usage", "network_in_usage", "network_out_usage"), "80")
    client.post(address(Threshold, "change", threshold.pk), {**limits, "cpu_usage": "55", "window": "300"})
    threshold.refresh_from_db()
    assert (threshold.cpu_usage, threshold.overridden) == (55, ["cpu_usage"])


def test_incidents_are_acknowledged_by_those_who_may(
    admin_person: User, bob: User, web1: Server, sign_in: SignIn
) -> None:
    made = Incident.objects.create(server=web1, kind="lost", open_key=f"{web1.pk}:lost")
    User.objects.filter(pk=bob.pk).update(is_staff=True)
    chosen = {"action": "acknowledge", "_selected_action": [made.pk]}
    sign_in(bob).post(address(Incident), chosen)
    made.refresh_from_db()
    assert made.acknowledged is None
    sign_in(admin_person).post(address(Incident), chosen)
    made.refresh_from_db()
    assert made.acknowledged_by == admin_person
