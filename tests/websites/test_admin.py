"""Websites in the admin site: by the same services, and no secret ever shown."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.test import Client

from tests.websites.conftest import Heard
from tests.websites.sites import website
from virtadmin.accounts.models import User
from virtadmin.accounts.roles import Role
from virtadmin.servers.models import Server, ServerState, Tag
from virtadmin.websites.models import Url
from virtadmin.websites.requests import request_of

LIST, ADD = "/admin/websites/url/", "/admin/websites/url/add/"
FORM = {
    "uri": "https://shop.example.org/", "name": "Shop", "enabled": "on", "check_status_code": "on", "check_ssl": "on",
    "expected_statuses": "200-299", "confirmations": "3", "interval": "60", "timeout": "10", "method": "GET",
    "follow_redirects": "on", "verify_tls": "on", "headers": "", "secret_headers": "", "password": "",
}  # fmt: skip


@pytest.fixture(autouse=True)
def _valkey_for_all(valkey: Any) -> None:
    """Pages may ask the cache."""


def signed_in(person: User) -> Client:
    client = Client()
    client.force_login(person, "virtadmin.accounts.backend.RoleBackend")
    return client


def page(url: Url) -> str:
    return f"{LIST}{url.pk}/change/"


@pytest.fixture
def shop(alice: User, bob: User) -> Url:
    seen = datetime(2026, 1, 31, 12, tzinfo=UTC)
    found = {
        "status": "down", "status_reason": "status: HTTP 503 Service Unavailable", "status_code": 503,
        "status_code_message": "Service Unavailable", "response_time": 61.4, "last_check": seen,
        "ssl_expiration_date": seen, "certificate": {"issuer": "CN=Our CA"},
        "details": {"hint": "Look at the log.", "redirects": [{"uri": "a", "status": 301, "to": "https://b.example/"}]},
    }  # fmt: skip
    return website(
        alice, "https://shop.example.org/", name="Shop", shared_with=bob, username="monitor", password="pa55word",
        secret_headers={"X-Key": "s3cret"}, state=found,
    )  # fmt: skip


def test_it_lists_finds_and_shows_what_checks_found(shop: Url, alice: User, admin_person: User) -> None:
    website(alice, "https://new.example.org/")
    client = signed_in(admin_person)
    listed = client.get(LIST).content.decode()
    for shown in ("Shop", "down", "503 Service Unavailable", "61 ms", "2026-01-31", "new.example.org", "Websites"):
        assert shown in listed, shown
    assert "new.example.org" not in client.get(LIST, {"q": "shop"}).content.decode()
    assert "new.example.org" not in client.get(LIST, {"state__status__exact": "down"}).content.decode()
    opened = client.get(page(shop)).content.decode()
    for shown in ("Look at the log.", "CN=Our CA", "https://b.example/", "X-Key", "monitor"):
        assert shown in opened, shown
    for secret in ("pa55word", "s3cret"):
        assert secret not in listed + opened


def test_opening_one_reads_no_secret(shop: Url, admin_person: User, monkeypatch: pytest.MonkeyPatch) -> None:
    """So that it can be given anew, or the website deleted, when the hub's key was lost."""
    client = signed_in(admin_person)
    monkeypatch.setattr("virtadmin.core.secrets.decrypt", lambda token: 1 / 0)
    assert client.get(LIST).status_code == 200
    assert client.get(page(shop)).status_code == 200


def test_one_is_added_with_everything(admin_person: User) -> None:
    server = Server.objects.create(owner=admin_person, name="web1", ip_address="192.0.2.1")
    ServerState.objects.create(server=server)
    tag, group = Tag.objects.create(name="blue"), Group.objects.create(name="more")
    client = signed_in(admin_person)
    assert client.get(ADD).status_code == 200
    sent = {
        **FORM, "server": server.pk, "tags": [tag.pk], "groups": [group.pk], "headers": '{"Accept": "text/html"}',
        "secret_headers": '{"X-Key": "s3cret"}', "username": "monitor", "password": " pa55word ", "interval": "30",
        "private_allowed": "on",
    }  # fmt: skip
    assert client.post(ADD, sent).status_code == 302
    made = Url.objects.get()
    assert (made.owner, made.server, made.interval, made.private_allowed) == (admin_person, server, 30, True)
    assert ([str(row) for row in made.tags.all()], [str(row) for row in made.groups.all()]) == (["blue"], ["more"])
    request = request_of(made)
    assert request.headers == {"Accept": "text/html", "X-Key": "s3cret"}
    assert (request.username, request.password) == ("monitor", " pa55word ")


def test_whoever_may_allow_private_addresses_need_not(admin_person: User) -> None:
    client = signed_in(admin_person)
    assert "checked" in client.get(ADD).content.decode().partition('name="private_allowed"')[2].partition(">")[0]
    assert client.post(ADD, FORM).status_code == 302
    assert not Url.objects.get().private_allowed


def test_what_is_left_empty_of_the_secrets_stays(shop: Url, admin_person: User) -> None:
    client = signed_in(admin_person)
    sent = {**FORM, "name": "Renamed", "username": "monitor"}
    assert client.post(page(shop), {**sent, "secret_headers": '{"X-Key": null}'}).status_code == 302
    stored = Url.objects.get()
    assert (stored.name, stored.password) == ("Renamed", "pa55word")
    assert json.loads(stored.secret_headers) == {"X-Key": "s3cret"}
    assert client.post(page(shop), {**sent, "password": "new", "secret_headers": "{}"}).status_code == 302
    stored = Url.objects.get()
    assert (stored.password, stored.secret_headers, stored.secret_header_names) == ("new", "", [])


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"uri": "shop"}, "does not begin with http://"),
        ({"expected_statuses": "2xx"}, "such as 200-299, 401"),
        ({"headers": '{"Host": "x"}'}, "Host is set by the hub"),
        ({"headers": "no JSON"}, "valid JSON"),
        ({"headers": '["A"]'}, "object of names and values"),
        ({"uri": "https://other.example.org/"}, "give the password anew"),
    ],
)
def test_what_a_service_refuses_is_told_beside_the_field_and_saves_nothing(
    shop: Url, admin_person: User, changed: dict[str, str], told: str
) -> None:
    sent = {**FORM, "username": "monitor", "name": "Renamed", **changed}
    answer = signed_in(admin_person).post(page(shop), sent)
    assert answer.status_code == 200
    assert told in answer.content.decode().replace("&#x27;", "'")
    assert Url.objects.get().name == "Shop"


def test_they_are_paused_resumed_checked_and_deleted_in_numbers(
    shop: Url, alice: User, admin_person: User, heard: Heard, django_capture_on_commit_callbacks: Any
) -> None:
    other = website(alice, "https://other.example.org/")
    client, chosen = signed_in(admin_person), {"_selected_action": [shop.pk, other.pk]}
    client.post(LIST, {**chosen, "action": "pause"})
    assert set(Url.objects.values_list("enabled", flat=True)) == {False}
    said = client.post(LIST, {**chosen, "action": "check_now"}, follow=True).content.decode()
    assert "Shop: This website is paused" in said
    assert "0 are checked now." in said
    client.post(LIST, {**chosen, "action": "resume"})
    assert set(Url.objects.values_list("enabled", flat=True)) == {True}
    with django_capture_on_commit_callbacks(execute=True):
        assert (
            "2 are checked now." in client.post(LIST, {**chosen, "action": "check_now"}, follow=True).content.decode()
        )
    assert sorted(heard) == [("changed", shop.pk), ("changed", other.pk)]
    with django_capture_on_commit_callbacks(execute=True):
        client.post(LIST, {**chosen, "action": "delete_selected", "post": "yes"})
    assert not Url.objects.exists()
    assert sorted(heard[2:]) == [("deleted", shop.pk), ("deleted", other.pk)]


def test_staff_do_what_their_role_says(shop: Url, bob: User, charlie: User) -> None:
    """A viewer sees and changes nothing, however they post; an operator changes; nobody adds for others."""
    User.objects.update(is_staff=True)
    viewer = signed_in(User.objects.get(pk=bob.pk))
    assert viewer.get(page(shop)).status_code == 200
    assert viewer.get(ADD).status_code == 403
    for address in (page(shop), f"{LIST}{shop.pk}/delete/"):
        assert viewer.post(address, {**FORM, "post": "yes", "name": "taken"}).status_code == 403
    User.objects.filter(pk=bob.pk).update(role=Role.OPERATOR)
    operator = signed_in(User.objects.get(pk=bob.pk))
    assert operator.post(page(shop), {**FORM, "username": "monitor", "name": "ours"}).status_code == 302
    assert Url.objects.get().name == "ours"
    refused = operator.post(page(shop), {**FORM, "username": "monitor", "private_allowed": "on"})
    assert "Only admins" in refused.content.decode()
    User.objects.filter(pk=charlie.pk).update(role=Role.VIEWER)
    assert signed_in(User.objects.get(pk=charlie.pk)).get("/admin/").status_code == 200
