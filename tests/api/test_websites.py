"""Websites over the API."""

from datetime import UTC, datetime
from typing import Any

import pytest
from auditlog.models import LogEntry
from django.contrib.auth.models import Group
from django.utils import timezone

from tests.api.conftest import Caller, make_server
from tests.api.test_problems import fields, told
from tests.websites.sites import website
from virtadmin.accounts.models import User
from virtadmin.accounts.roles import Role
from virtadmin.servers.models import Server
from virtadmin.websites.models import Url, UrlState

NAMES = [
    "id", "uri", "check_status_code", "check_ssl", "status_code", "status_code_message", "ssl_start_date",
    "ssl_expiration_date", "ssl_expiration_date_notified", "server", "name", "status", "status_reason",
    "response_time", "last_check", "enabled", "interval", "timeout", "confirmations", "method", "body",
    "expected_statuses", "text_present", "text_absent", "headers", "secret_headers", "username", "follow_redirects",
    "verify_tls", "ca_certificates", "private_allowed", "tags", "groups", "owner", "details", "certificate",
]  # fmt: skip
SHOP = "https://shop.example.org/"


def test_it_shows_every_field_and_no_secret(alice: User, url: Url, by_token: Caller) -> None:
    answer = by_token(alice).get(f"/api/urls/{url.pk}/")
    shown = answer.json()
    assert list(shown) == NAMES
    assert (shown["status"], shown["status_code"], shown["status_code_message"]) == ("up", 200, "OK")
    assert (shown["owner"], shown["server"], shown["tags"]) == (str(alice.uuid), url.server_id, ["prod"])
    assert shown["secret_headers"] == {"X-Key": None}
    assert (shown["details"]["phases"]["tls"], shown["details"]["redirects"]) == (20.0, [])
    assert (shown["certificate"]["names"], shown["certificate"]["key"]) == (["shop.example.org"], None)
    assert b"pa55word" not in answer.content
    assert b"s3cret" not in answer.content


def test_only_the_address_is_needed(alice: User, by_token: Caller) -> None:
    answer = by_token(alice).post("/api/urls/", {"uri": SHOP})
    made = answer.json()
    assert (answer.status_code, answer["Location"]) == (201, f"/api/urls/{made['id']}/")
    assert (made["uri"], made["status"], made["details"], made["certificate"]) == (SHOP, "pending", None, None)
    assert (made["check_status_code"], made["check_ssl"], made["server"], made["interval"]) == (True, True, None, 60)


def test_a_person_changes_what_people_set(alice: User, server: Server, by_token: Caller) -> None:
    alice.groups.add(Group.objects.create(name="mine"))
    client, other = by_token(alice), make_server(alice, "web2", "192.0.2.2")
    made = client.post("/api/urls/", {"uri": SHOP, "server": server.pk, "tags": ["old"]}).json()
    assert (made["server"], made["tags"]) == (server.pk, ["old"])
    change = {
        "uri": "http://shop.example.org/health", "name": "Shop", "check_status_code": False, "check_ssl": False,
        "server": other.pk, "enabled": False, "interval": 300, "timeout": 5, "confirmations": 1, "method": "POST",
        "body": "{}", "expected_statuses": "200, 401", "text_present": " ok", "text_absent": "no", "username": "u",
        "headers": {"Accept": "text/html"}, "secret_headers": {"X-Key": "s3cret"}, "password": "pa55word",
        "follow_redirects": False, "verify_tls": False, "tags": ["new"], "groups": ["mine"],
    }  # fmt: skip
    shown = client.patch(f"/api/urls/{made['id']}/", change).json()
    told = {name: shown[name] for name in change if name not in ("secret_headers", "password")}
    assert told == {name: change[name] for name in told}
    assert (shown["status"], shown["secret_headers"]) == ("paused", {"X-Key": None})
    assert Url.objects.get().password == "pa55word"


def test_what_was_read_can_be_put_back(alice: User, url: Url, by_token: Caller) -> None:
    client, path = by_token(alice), f"/api/urls/{url.pk}/"
    before = client.get(path).json()
    after = client.put(path, {**before, "name": "renamed", "status": "down", "id": 7, "password": None})
    assert after.json() == {**before, "name": "renamed"}
    stored = Url.objects.get()
    assert (stored.password, stored.secret_headers) == ("pa55word", '{"X-Key": "s3cret"}')


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"uri": "shop"}, "uri"),
        ({"uri": None}, "uri"),
        ({"uri": "https://monitor:s3cret-one@shop.example.org/"}, "uri"),
        ({"uri": "http://10.0.0.1/"}, "uri"),
        ({"uri": SHOP + "x" * 8000}, "uri"),
        ({"interval": 4}, "interval"),
        ({"interval": 10**30}, "interval"),
        ({"timeout": 61}, "timeout"),
        ({"confirmations": 0}, "confirmations"),
        ({"method": "TRACE"}, "method"),
        ({"expected_statuses": "2xx"}, "expected_statuses"),
        ({"headers": {"Host": "x"}}, "headers"),
        ({"headers": {"A": {}}}, "headers.A"),
        ({"headers": {"A": None}}, "headers.A"),
        ({"headers": "A: b"}, "headers"),
        ({"secret_headers": {"Unknown": None}}, "secret_headers"),
        ({"secret_headers": {"A": "s3cret-one\n"}}, "secret_headers"),
        ({"password": "x" * 1001}, "password"),
        ({"ca_certificates": "s3cret-one"}, "ca_certificates"),
        ({"private_allowed": True}, "private_allowed"),
        ({"server": 0}, "server"),
        ({"tags": [{}]}, "tags.0"),
        ({"groups": ["nobody's"]}, "groups"),
        ({"name": "x" * 101}, "name"),
        ({"text_present": "x" * 501}, "text_present"),
        ({"url": SHOP}, "url"),
        ({"secret_header_names": ["A"]}, "secret_header_names"),
    ],
)
def test_a_wrong_value_is_told_at_its_field(
    alice: User, url: Url, by_token: Caller, change: dict[str, Any], field: str
) -> None:
    answer = by_token(alice).patch(f"/api/urls/{url.pk}/", change)
    assert fields(told(answer, 400)).keys() == {field}
    assert b"s3cret-one" not in answer.content
    url.refresh_from_db()
    assert (url.uri, url.interval) == (SHOP, 60)


def test_a_server_the_person_does_not_see_is_none(alice: User, charlie: User, url: Url, by_token: Caller) -> None:
    hidden = make_server(charlie, "hidden", "192.0.2.5")
    client = by_token(alice)
    assert fields(told(client.patch(f"/api/urls/{url.pk}/", {"server": hidden.pk}), 400)).keys() == {"server"}
    assert fields(told(client.post("/api/urls/", {"uri": SHOP, "server": hidden.pk}), 400)).keys() == {"server"}


def test_a_member_who_may_operate_changes_what_is_shared(bob: User, url: Url, by_token: Caller) -> None:
    User.objects.filter(pk=bob.pk).update(role=Role.OPERATOR)
    client, path = by_token(User.objects.get(pk=bob.pk)), f"/api/urls/{url.pk}/"
    assert client.patch(path, {"name": "ours", "groups": ["team"]}).json()["name"] == "ours"
    problem = told(client.patch(path, {"uri": "https://bobs.example.org/"}), 400)
    assert "anew" in fields(problem)["password"]


def test_a_member_puts_back_what_was_read_though_the_server_is_hidden(bob: User, alice: User, by_token: Caller) -> None:
    User.objects.filter(pk=bob.pk).update(role=Role.OPERATOR)
    hidden, other = make_server(alice, "hidden", "192.0.2.5"), make_server(alice, "other", "192.0.2.6")
    shared = website(alice, SHOP, server=hidden, shared_with=bob)
    client = by_token(User.objects.get(pk=bob.pk))
    before = client.get(f"/api/urls/{shared.pk}/").json()
    assert client.put(f"/api/urls/{shared.pk}/", {**before, "name": "ours"}).json() == {**before, "name": "ours"}
    for path, server in ((f"/api/urls/{shared.pk}/", other), ("/api/urls/", hidden)):
        verb = client.put if server == other else client.post
        problem = told(verb(path, {"uri": SHOP, "server": server.pk}), 400)
        assert fields(problem).keys() == {"server"}


@pytest.fixture
def sites(alice: User, charlie: User, server: Server, url: Url) -> list[Url]:
    """Alice's shop (up), api (down, on no server), cold (never checked), off (paused); Charlie's own."""
    slow = {"status": "down", "response_time": 900.0, "ssl_expiration_date": datetime(2020, 1, 1, tzinfo=UTC)}
    return [
        url,
        website(alice, "https://api.example.org/", name="api", tags=("Data",), state=slow),
        website(alice, "http://cold.example.org/v1", name="cold"),
        website(alice, "https://off.example.org/", name="off", enabled=False, state={"status": "up"}),
        website(charlie, "https://hidden.example.org/", name="hidden", server=server),
    ]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["api", "cold", "off", "shop"]),
        ("status=up", ["shop"]),
        ("status=down", ["api"]),
        ("status=pending", ["cold"]),
        ("status=paused", ["off"]),
        ("tag=data", ["api"]),
        ("server={server}", ["shop"]),
        ("enabled=true", ["api", "cold", "shop"]),
        ("name=O", ["cold", "off", "shop"]),
        ("uri=/v1", ["cold"]),
        ("search=SHOP.example", ["shop"]),
        ("search=data", ["api"]),
        ("expires_before=2021-01-01T00:00:00Z", ["api"]),
        ("ordering=-response_time", ["api", "shop", "cold", "off"]),
        ("ordering=ssl_expiration_date", ["api", "shop", "cold", "off"]),
        ("ordering=status,-name", ["api", "cold", "shop", "off"]),
        ("page_size=2&page=2", ["off", "shop"]),
    ],
)
def test_websites_are_found(sites: list[Url], alice: User, by_token: Caller, query: str, found: list[str]) -> None:
    answer = by_token(alice).get(f"/api/urls/?{query.format(server=sites[0].server_id)}")
    assert [row["name"] for row in answer.json()["results"]] == found


@pytest.mark.parametrize("query", ["ordering=password", "status=sad", "server=x", "owner=alice", "uri=%00"])
def test_a_query_that_makes_no_sense_is_told(url: Url, alice: User, by_token: Caller, query: str) -> None:
    assert fields(told(by_token(alice).get(f"/api/urls/?{query}"), 400)).keys() == {query.partition("=")[0]}


def test_those_of_a_server_are_a_list_of_what_the_caller_may_see(
    sites: list[Url], alice: User, charlie: User, admin_person: User, by_token: Caller
) -> None:
    path = f"/api/urls/by_server/{sites[0].server_id}/"
    page = by_token(alice).get(path).json()
    assert (page["count"], page["results"][0]["name"]) == (1, "shop")
    assert by_token(alice).get(f"{path}?status=down").json()["count"] == 0
    assert [row["name"] for row in by_token(admin_person).get(path).json()["results"]] == ["hidden", "shop"]
    assert by_token(charlie).get(path).status_code == 404  # his website runs on it, but the server he does not see


def test_checking_at_once_tells_what_is_known_and_is_throttled(
    alice: User, url: Url, by_token: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, path = by_token(alice), f"/api/urls/{url.pk}/check/"
    answer = client.post(path)
    assert (answer.status_code, answer.json()["id"]) == (202, url.pk)
    monkeypatch.setattr("virtadmin.websites.services.CHECKS_A_MINUTE", 1)
    assert "throttled" in told(client.post(path), 429)["detail"]


def test_a_paused_one_is_not_checked(alice: User, url: Url, by_token: Caller) -> None:
    client = by_token(alice)
    client.patch(f"/api/urls/{url.pk}/", {"enabled": False})
    assert "paused" in told(client.post(f"/api/urls/{url.pk}/check/"), 409)["detail"]


def test_deleting_leaves_the_server_alone(alice: User, url: Url, by_token: Caller) -> None:
    assert by_token(alice).delete(f"/api/urls/{url.pk}/").status_code == 204
    assert not UrlState.objects.exists()
    assert Server.objects.exists()


def test_its_changes_are_told_to_those_who_see_it(
    alice: User, bob: User, charlie: User, url: Url, by_token: Caller
) -> None:
    LogEntry.objects.all().delete()
    by_token(alice).patch(f"/api/urls/{url.pk}/", {"name": "renamed", "password": "an0ther"})
    answers = [by_token(person).get("/api/log/?object_type=url").json() for person in (alice, bob, charlie)]
    assert [answer["count"] for answer in answers] == [1, 1, 0]
    assert answers[1]["results"][0]["changes"] == {"name": ["shop", "renamed"]}


def test_a_list_reads_no_secret(
    alice: User, url: Url, by_token: Caller, django_assert_num_queries: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A key of the hub that was lost must not take the whole list with it."""
    Url.objects.filter(pk=url.pk).update(created=timezone.now())
    client = by_token(alice)
    monkeypatch.setattr("virtadmin.core.secrets.decrypt", lambda token: 1 / 0)
    assert client.get("/api/urls/").json()["count"] == 1
    assert client.get(f"/api/urls/{url.pk}/").json()["secret_headers"] == {"X-Key": None}
