"""Lists: in pages, narrowed, sorted, limited to what the caller may see, by few queries."""

from typing import Any

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from tests.api.conftest import Caller, make_server
from tests.api.test_problems import fields, told
from tests.websites.sites import website
from virtadmin.accounts.models import User
from virtadmin.alerting.models import Threshold
from virtadmin.notifications.models import Notification
from virtadmin.servers.models import InitialServerProfile, Server, Tag, UnknownSystem


@pytest.fixture
def fleet(alice: User, charlie: User, server: Server) -> list[Server]:
    """Alice's web1 (up, 12.5 % CPU), db (down), cold (never measured), off (paused); Charlie's own."""
    db = make_server(alice, "db", "192.0.2.2", status="down", cpu_usage=99.0)
    cold = make_server(alice, "cold", "192.0.2.3", status="pending", cpu_usage=None)
    off = make_server(alice, "off", "192.0.2.4", cpu_usage=1.0)
    Server.objects.filter(pk=off.pk).update(enabled=False)
    db.tags.set([Tag.objects.create(name="Data")])
    return [server, db, cold, off, make_server(charlie, "hidden", "192.0.2.5")]


def names(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.content
    return [row["name"] for row in answer.json()["results"]]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["cold", "db", "off", "web1"]),
        ("status=up", ["web1"]),
        ("status=down", ["db"]),
        ("status=paused", ["off"]),
        ("tag=data", ["db"]),
        ("tag=none", []),
        ("name=O", ["cold", "off"]),
        ("address=192.0.2", ["cold", "db", "off", "web1"]),
        ("ip_address=192.0.2.2", ["db"]),
        ("enabled=false", ["off"]),
        ("search=192.0.2.3", ["cold"]),
        ("search=DATA", ["db"]),
        ("search=nothing", []),
        ("ordering=-cpu_usage", ["db", "web1", "off", "cold"]),
        ("ordering=cpu_usage", ["off", "web1", "db", "cold"]),
        ("ordering=status,-name", ["db", "cold", "web1", "off"]),
        ("page_size=2&page=2", ["off", "web1"]),
    ],
)
def test_servers_are_found(fleet: list[Server], alice: User, by_token: Caller, query: str, found: list[str]) -> None:
    assert names(by_token(alice).get(f"/api/server/?{query}")) == found


def test_everyone_sees_their_own_the_shared_and_admins_all(
    fleet: list[Server], bob: User, charlie: User, admin_person: User, by_token: Caller
) -> None:
    assert names(by_token(bob).get("/api/server/")) == ["web1"]
    assert names(by_token(charlie).get("/api/server/")) == ["hidden"]
    assert len(names(by_token(admin_person).get("/api/server/"))) == 5
    assert names(by_token(admin_person).get(f"/api/server/?owner={charlie.uuid}")) == ["hidden"]


def test_by_user_is_a_list_of_what_the_caller_may_see(
    fleet: list[Server], alice: User, bob: User, charlie: User, by_token: Caller
) -> None:
    path = f"/api/server/by-user/{alice.uuid}/"
    assert names(by_token(alice).get(path)) == ["cold", "db", "off", "web1"]
    assert names(by_token(alice).get(f"{path}?status=down")) == ["db"]
    assert names(by_token(bob).get(path)) == ["web1"]
    assert names(by_token(charlie).get(path)) == []


def test_by_server_is_a_list_of_one(threshold: Threshold, alice: User, by_token: Caller) -> None:
    answer = by_token(alice).get(f"/api/thresholds/by_server/{threshold.server_id}/").json()
    assert (answer["count"], answer["results"][0]["id"], answer["results"][0]["cpu_usage"]) == (1, threshold.pk, 80)


def test_a_page_says_how_many_there_are(fleet: list[Server], alice: User, by_token: Caller) -> None:
    page = by_token(alice).get("/api/server/?page_size=3").json()
    assert list(page) == ["count", "next", "previous", "results"]
    assert (page["count"], page["previous"]) == (4, None)
    assert page["next"].endswith("/api/server/?page=2&page_size=3")


@pytest.mark.parametrize(
    ("query", "status", "field"),
    [
        ("ordering=private_key", 400, "ordering"),
        ("ordering=owner__password", 400, "ordering"),
        ("status=sad", 400, "status"),
        ("owner=alice", 400, "owner"),
        ("name=%00", 400, "name"),
        ("parent=x", 400, "parent"),
        ("page=0", 404, None),
        ("page=99", 404, None),
        ("page=x", 404, None),
    ],
)
def test_a_query_that_makes_no_sense_is_told(
    server: Server, alice: User, by_token: Caller, query: str, status: int, field: str | None
) -> None:
    problem = told(by_token(alice).get(f"/api/server/?{query}"), status)
    assert list(fields(problem)) == ([field] if field else [])


def test_a_page_has_at_most_1000_rows(alice: User, by_token: Caller) -> None:
    UnknownSystem.objects.bulk_create(
        UnknownSystem(owner=alice, ip_address=f"192.0.{n // 250}.{n % 250}", system="x", tried="y") for n in range(1001)
    )
    client = by_token(alice)
    assert len(client.get("/api/unknown-systems/?page_size=5000").json()["results"]) == 1000
    assert len(client.get("/api/unknown-systems/").json()["results"]) == 100


@pytest.mark.parametrize(
    ("path", "queries"),
    [
        # Two of each are the token and its user's other tokens, one counts, one reads, one asks for the caller's groups
        # where rows are shared by them.
        ("server/", 6),
        ("urls/", 6),
        ("thresholds/", 4),
        ("notifications/", 4),
        ("initial-server-profile/", 4),
        ("unknown-systems/", 4),
        ("log/", 4),
    ],
)
def test_a_long_list_takes_as_many_queries_as_a_short_one(
    alice: User, bob: User, by_token: Caller, django_assert_num_queries: DjangoAssertNumQueries, path: str, queries: int
) -> None:
    client = by_token(alice)
    client.get(f"/api/{path}")  # content types are kept from here on
    for number in range(5):
        server = make_server(alice, f"s{number}", f"192.0.2.{number}", shared_with=bob)
        Threshold.objects.get_or_create(server=server)
        website(alice, f"https://s{number}.example.org/", server=server, shared_with=bob, tags=("prod",))
        Notification.objects.create(recipient=alice, server=server, kind="limit", title="x", timestamp=timezone.now())
        InitialServerProfile.objects.create(owner=alice, ip_address=f"192.0.2.{number}", server=server)
        UnknownSystem.objects.create(owner=alice, ip_address=f"192.0.2.{number}", system="x", tried="y")
    with django_assert_num_queries(queries):
        assert client.get(f"/api/{path}").json()["count"] >= 5


@pytest.mark.parametrize(
    ("query", "field"),
    [("server/?page_size=many", "page_size"), ("server/?page_size=0", "page_size"),
     ("server/?page_size=1e3", "page_size"), ("server/?enabled=yes", "enabled"),
     ("server/?page_size=" + "9" * 5000, "page_size"), ("incidents/?open=0", "open")],
)  # fmt: skip
def test_a_word_that_is_neither_number_nor_truth_is_told(alice: User, by_token: Caller, query: str, field: str) -> None:
    answer = by_token(alice).get(f"/api/{query}")
    assert (answer.status_code, [error["field"] for error in answer.json()["errors"]]) == (400, [field])
