"""Status pages over the API."""

from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from tests.api.conftest import Caller, make_server
from tests.api.test_problems import fields
from tests.websites.sites import website
from virtadmin.accounts.models import User
from virtadmin.servers.models import Server
from virtadmin.statuspages.services import Entry, status_page_create
from virtadmin.websites.models import Url

PATH = "/api/status_pages/"


@pytest.fixture
def body(server: Server, url: Url) -> dict[str, Any]:
    """One of each."""
    entries = [{"name": "Shop", "url": url.pk}, {"name": "Mail", "server": server.pk}, {"name": "All", "tag": "prod"}]
    return {"title": "Our shop", "slug": "our-shop", "entries": entries}


def test_a_page_is_made_shown_changed_and_deleted(alice: User, body: dict[str, Any], by_token: Caller) -> None:
    client = by_token(alice)
    answer = client.post(PATH, body, format="json")
    made = answer.json()
    assert (answer.status_code, answer["Location"]) == (201, f"{PATH}{made['id']}/")
    shop, mail, prod = body["entries"]
    assert made == {
        "id": made["id"], "owner": str(alice.uuid), "title": "Our shop", "intro": "", "slug": "our-shop",
        "address": "http://testserver/status/our-shop/", "enabled": True, "indexed": False,
        "entries": [
            {"name": "Shop", "url": shop["url"], "server": None, "tag": None},
            {"name": "Mail", "url": None, "server": mail["server"], "tag": None},
            {"name": "All", "url": None, "server": None, "tag": prod["tag"]},
        ],
    }  # fmt: skip
    path = answer["Location"]
    assert client.put(path, made, format="json").json() == made
    assert client.patch(path, {"enabled": False, "entries": [prod]}, format="json").json() == {
        **made, "enabled": False, "entries": [made["entries"][2]],
    }  # fmt: skip
    assert client.get(f"{PATH}?enabled=false").json()["count"] == 1
    assert client.delete(path).status_code == 204
    assert client.get(path).status_code == 404


def test_an_address_is_made_where_none_is_given(alice: User, by_token: Caller) -> None:
    made = by_token(alice).post(PATH, {"title": "t"}, format="json").json()
    assert len(made["slug"]) == 20


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"title": ""}, "title"),
        ({"slug": "no blanks"}, "slug"),
        ({"color": "red"}, "color"),
        ({"entries": [{"name": "Nothing"}]}, "entries"),
        ({"entries": [{"name": "", "tag": "prod"}]}, "entries.0.name"),
        ({"entries": [{"name": "x", "tag": "nowhere"}]}, "entries"),
        ({"entries": [{"name": "x", "url": 0}]}, "entries.0.url"),
        ({"entries": [{"name": "x", "tag": "prod", "icon": "y"}]}, "entries.0.icon"),
    ],
)
def test_what_is_wrong_is_told_by_field(
    alice: User, body: dict[str, Any], by_token: Caller, changed: dict[str, Any], field: str
) -> None:
    answer = by_token(alice).post(PATH, {**body, **changed}, format="json")
    assert answer.status_code == 400
    assert field in fields(answer.json())


def test_lists_are_narrowed_and_cost_few_queries(
    alice: User,
    charlie: User,
    body: dict[str, Any],
    by_token: Caller,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    client = by_token(alice)
    client.post(PATH, body, format="json")
    for number in range(5):
        status_page_create(actor=alice, title=f"Page {number}", entries=[Entry("x", tag="prod")])
    status_page_create(actor=charlie, title="Theirs", slug="theirs")
    with django_assert_max_num_queries(7):
        assert client.get(PATH).json()["count"] == 6
    url, server, _ = body["entries"]
    for query, count in (
        ("search=page", 5), ("search=mail", 1), (f"url={url['url']}", 1), (f"server={server['server']}", 1),
        ("tag=PROD", 6), ("slug=our-shop", 1), ("slug=theirs", 0), ("indexed=true", 0),
    ):  # fmt: skip
        assert client.get(f"{PATH}?{query}").json()["count"] == count, query
    titles = [row["title"] for row in client.get(f"{PATH}?ordering=-title&page_size=2").json()["results"]]
    assert titles == ["Page 4", "Page 3"]


def test_lines_of_what_the_owner_does_not_see_any_more_are_not_shown(
    alice: User, charlie: User, by_token: Caller
) -> None:
    server, url = make_server(alice, "web7", "192.0.2.7"), website(alice, "https://x.example.org/")
    page = status_page_create(actor=alice, title="t", entries=[Entry("A", server=server), Entry("B", url=url)])
    Server.objects.filter(pk=server.pk).update(owner=charlie)
    shown = by_token(alice).get(f"{PATH}{page.pk}/").json()
    assert [entry["name"] for entry in shown["entries"]] == ["B"]
