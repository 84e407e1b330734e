"""A status page as anybody gets it: open to all, the same for all, and not a word too much."""

import json
import re
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any
from xml.etree import ElementTree

import pytest
import redis
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from tests.statuspages.conftest import _nothing_kept, blogs, mail, page, shop  # noqa: F401  # used by their names
from tests.web.conftest import SignIn
from virtadmin.accounts.models import User
from virtadmin.alerting.models import Incident, MaintenanceWindow
from virtadmin.core import rates
from virtadmin.servers.models import Server, ServerState
from virtadmin.statuspages import published
from virtadmin.statuspages.models import StatusPage
from virtadmin.statuspages.services import status_page_update
from virtadmin.web.views import status as view
from virtadmin.websites.models import Url, UrlState

FORMS = ["", "badge.svg", "status.json"]


def text(answer: Any) -> str:
    return str(answer.content.decode())


@pytest.fixture
def trouble(page: StatusPage, alice: User, shop: Url, mail: Server, now: datetime) -> None:  # noqa: F811
    """All that a page can tell of, with what it must not: reasons, stages, names of windows."""
    more = {"stage": "status", "reason": "The answer is 503 secret-reason.", "hint": "secret-hint"}
    Incident.objects.create(url=shop, kind="url_down", opened=now - timedelta(minutes=35), **more)
    gone = {"opened": now - timedelta(days=2), "closed": now - timedelta(days=2, minutes=-12)}
    Incident.objects.create(server=mail, kind="lost", stage="timeout", reason="secret-reason", **gone)
    UrlState.objects.filter(url=shop).update(
        status="down", status_reason="status: secret-reason", details={"address": "203.0.113.10", "hint": "secret-hint"}
    )
    soon = now + timedelta(days=1)
    MaintenanceWindow.objects.create(
        owner=alice, name="secret-works", zone="UTC", date=soon.date(), start=soon.time(), minutes=30, server=mail
    )


def test_anybody_reads_it_and_it_says_it_all(trouble: None, sign_in: SignIn, charlie: User) -> None:
    answer = Client().get("/status/ours/")
    shown = text(answer)
    assert answer.status_code == 200
    for said in (
        "<h1>Our status</h1>", "Hello<br>there", "1 of 3 is down", "<b>Shop</b> <span>down</span>", "since ",
        "<b>Mail</b> <span>down for 12 min</span>",
        "Planned maintenance", "<b>Mail</b>", "99.95 %", "99.90 %", "Last 90 days: 99.95 % up", "As of",
    ):  # fmt: skip
        assert said in shown, said
    assert shown.count('<svg class="strip"') == 2
    published._kept.clear()
    assert re.sub(r"<footer.*", "", text(sign_in(charlie).get("/status/ours/")), flags=re.DOTALL) == re.sub(
        r"<footer.*", "", shown, flags=re.DOTALL
    )


@pytest.mark.parametrize("form", FORMS)
def test_nothing_leaks(
    form: str, trouble: None, alice: User, shop: Url, mail: Server, blogs: list[Url], page: StatusPage  # noqa: F811
) -> None:  # fmt: skip
    User.objects.filter(pk=alice.pk).update(first_name="Alicia", last_name="Secret-Name")
    answer = Client().get(f"/status/ours/{form}")
    given = text(answer) + repr(answer.headers)
    given = given.replace("https://www.w3.org", "").replace("http://www.w3.org", "")
    secrets = [
        shop.uri, shop.name, *(blog.uri for blog in blogs), mail.name, mail.ip_address, "internal", "example", "203.0",
        "customers-of-acme", "alice", "Alicia", "secret", "timeout", "503", "host_key", "ssh", "certificate", "http:",
        str(alice.uuid), str(page.owner.email), "/websites/", "/servers/", "/incidents/", "/login", "csrf", "sessionid",
        "Django", "virtadmin ", "virtadmin/", *(str(one.uid) for one in Incident.objects.all()),
    ]  # fmt: skip
    assert [secret for secret in secrets if secret.lower() in given.lower()] == []
    assert re.findall(r"(?:href|src)=\"(?!/static/|#)([^\"]+)", given) == []
    assert re.findall(r"\bid=\"(?!sign-|status\"|planned\"|outages\"|old\"|r\")([^\"]+)", given) == []


def test_what_people_wrote_is_text_and_no_markup(page: StatusPage, alice: User, shop: Url) -> None:  # noqa: F811
    from virtadmin.statuspages.services import Entry

    evil = "<script>alert(1)</script>&\"'"
    status_page_update(page=page, actor=alice, title=evil, intro=evil, entries=[Entry(evil, url=shop)])
    assert "<script>alert" not in text(Client().get("/status/ours/"))
    assert ElementTree.fromstring(Client().get("/status/ours/badge.svg").content) is not None
    assert Client().get("/status/ours/status.json").json()["title"] == evil


def test_the_json_is_for_other_websites_too(trouble: None) -> None:
    answer = Client().get("/status/ours/status.json")
    assert (answer["Content-Type"], answer["Access-Control-Allow-Origin"]) == ("application/json", "*")
    given = answer.json()
    assert {name: given[name] for name in ("title", "state", "summary")} == {
        "title": "Our status", "state": "partly", "summary": "1 of 3 is down",
    }  # fmt: skip
    assert given["entries"] == [
        {"name": "Shop", "state": "down", "uptime": 99.95},
        {"name": "Mail", "state": "up", "uptime": None},
        {"name": "Blogs", "state": "up", "uptime": 99.9},
    ]
    assert [(one["name"], one["partly"], one["seconds"]) for one in given["outages"]] == [
        ("Shop", False, None), ("Mail", False, 720),
    ]  # fmt: skip
    assert [one["entries"] for one in given["maintenance"]] == [["Mail"]]
    assert json.dumps(given)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({}, "status: up 99.94 %"),
        ({"status": "down"}, "status: degraded 99.94 %"),
        ({"last_check": None, "status": "pending"}, "status: no news 99.94 %"),
    ],
)
def test_the_badge_says_how_it_is(page: StatusPage, changed: dict[str, Any], said: str) -> None:  # noqa: F811
    UrlState.objects.update(**changed)
    drawn = Client().get("/status/ours/badge.svg")
    assert drawn["Content-Type"] == "image/svg+xml"
    assert ElementTree.fromstring(drawn.content).attrib["aria-label"] == said
    assert "style" not in text(drawn)


def test_all_down_is_down(page: StatusPage) -> None:  # noqa: F811
    UrlState.objects.update(status="down")
    ServerState.objects.update(status="down")
    assert "status: down" in text(Client().get("/status/ours/badge.svg"))


@pytest.mark.parametrize("form", FORMS)
def test_it_is_cached_and_asked_for_with_its_etag(page: StatusPage, form: str) -> None:  # noqa: F811
    answer = Client().get(f"/status/ours/{form}")
    assert answer["Cache-Control"] == "public, max-age=10"
    assert "Cookie" not in answer.get("Vary", "")
    assert not answer.cookies
    again = Client().get(f"/status/ours/{form}", headers={"If-None-Match": answer["ETag"]})
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", answer["ETag"])
    assert Client().head(f"/status/ours/{form}").status_code == 200
    assert Client().post(f"/status/ours/{form}").status_code == 405


@pytest.mark.parametrize("form", FORMS)
def test_search_engines_stay_away_unless_they_are_let_in(
    page: StatusPage, alice: User, form: str  # noqa: F811
) -> None:  # fmt: skip
    assert Client().get(f"/status/ours/{form}")["X-Robots-Tag"] == "noindex"
    status_page_update(page=page, actor=alice, indexed=True)
    published._kept.clear()
    assert "X-Robots-Tag" not in Client().get(f"/status/ours/{form}")


@pytest.mark.parametrize("form", FORMS)
def test_switched_off_and_never_there_look_alike(page: StatusPage, form: str) -> None:  # noqa: F811
    StatusPage.objects.update(enabled=False)
    off, none = (Client().get(f"/status/{slug}/{form}") for slug in ("ours", "none"))
    assert (off.status_code, off.content) == (none.status_code, none.content) == (404, off.content)
    assert off["Cache-Control"] == "no-store"


def test_a_flood_costs_no_query(
    page: StatusPage, sign_in: SignIn, alice: User, django_assert_num_queries: DjangoAssertNumQueries  # noqa: F811
) -> None:  # fmt: skip
    for client in (Client(), sign_in(alice)):
        for form in FORMS:
            client.get(f"/status/ours/{form}")
            with django_assert_num_queries(0):
                client.get(f"/status/ours/{form}")


def test_one_address_may_ask_so_often(
    page: StatusPage, monkeypatch: pytest.MonkeyPatch  # noqa: F811
) -> None:  # fmt: skip
    monkeypatch.setattr(rates, "time", lambda: 60_030.0)
    monkeypatch.setattr(view, "A_MINUTE", 2)
    got = [Client().get("/status/ours/") for _ in range(3)]
    assert [answer.status_code for answer in got] == [200, 200, 429]
    assert got[-1]["Retry-After"] == "30"
    assert Client(REMOTE_ADDR="198.51.100.7").get("/status/ours/").status_code == 200


def test_it_is_there_while_valkey_is_not(
    page: StatusPage, monkeypatch: pytest.MonkeyPatch  # noqa: F811
) -> None:  # fmt: skip
    def refused(*_: object, **__: object) -> None:
        raise redis.ConnectionError("refused")

    monkeypatch.setattr(rates, "cache", SimpleNamespace(add=refused, incr=refused))
    assert Client().get("/status/ours/").status_code == 200


def test_who_has_to_set_up_two_factor_sign_in_reads_it_too(
    page: StatusPage, alice: User, sign_in: SignIn, settings: Any  # noqa: F811
) -> None:  # fmt: skip
    settings.REQUIRE_TOTP = "all"
    assert sign_in(alice).get("/status/ours/").status_code == 200
