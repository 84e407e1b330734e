"""What surrounds every page: where one can go, light and dark, and times in the person's own zone."""

from datetime import UTC, datetime

import pytest
from django.test import Client

from tests.web.conftest import SignIn
from tests.web.fleet import watched
from virtadmin.accounts.models import User
from virtadmin.web.navigation import MAIN, MINE, Place, links


def words(client: Client, path: str = "/") -> str:
    return client.get(path).content.decode()


def test_a_place_that_does_not_exist_is_left_out(alice: User) -> None:
    places = (Place("web:overview", "Servers"), Place("web:nowhere", "Nowhere"))
    assert [link.place.word for link in links(places, alice, "")] == ["Servers"]


@pytest.mark.parametrize(
    ("route", "place"),
    [
        ("overview", "Servers"), ("add_many", "Servers"), ("server_charts", "Servers"), ("silences", "Incidents"),
        ("change_rule", "Incidents"), ("add_channel", "Channels"), ("channel", "Channels"), ("inbox", "Inbox"),
    ],
)  # fmt: skip
def test_each_page_belongs_to_one_area(route: str, place: str, alice: User) -> None:
    assert [link.place.word for link in links(MAIN, alice, route) if link.here] == [place]


def test_a_page_of_no_area_marks_none(alice: User) -> None:
    assert not any(link.here for link in links(MAIN, alice, "nowhere"))


def test_only_those_who_may_are_shown_the_way(alice: User, admin_person: User) -> None:
    admins = {link.place.word for link in links(MINE, admin_person, "")}
    others = {link.place.word for link in links(MINE, alice, "")}
    assert "Admin site" in admins - others
    assert "People" not in others


def test_the_page_one_is_on_is_marked(alice: User, sign_in: SignIn) -> None:
    page = words(sign_in(alice), "/incidents/")
    assert page.count('aria-current="page"') == 2  # in the header, and among the pages of incidents
    assert '<a href="/incidents/" aria-current="page">' in page


def test_the_inbox_stays_marked_when_its_count_is_fetched_anew(alice: User, sign_in: SignIn) -> None:
    client = sign_in(alice)
    assert 'hx-get="/notifications/?here=1"' in words(client, "/notifications/")
    news = {"HX-Request": "true", "HX-Target": "span#news"}
    assert 'aria-current="page"' in client.get("/notifications/?here=1", headers=news).content.decode()
    assert 'aria-current="page"' not in client.get("/notifications/", headers=news).content.decode()


def test_the_choice_of_light_or_dark_is_kept_and_rendered(alice: User, sign_in: SignIn) -> None:
    client = sign_in(alice)
    assert 'content="light dark"' in words(client)
    answer = client.post("/theme/", {"theme": "dark", "next": "/incidents/?state=open"})
    assert answer.headers["Location"] == "/incidents/?state=open"
    assert '<html lang="en" data-theme="dark">' in words(client)
    assert 'content="dark"' in words(client)
    assert 'data-theme="dark"' in client.get("/servers/999/").content.decode()
    client.post("/theme/", {"theme": "", "next": "/"})
    assert "data-theme" not in words(client)


def test_a_choice_that_is_none_and_a_foreign_way_back_are_not_taken(alice: User, sign_in: SignIn) -> None:
    client = sign_in(alice)
    answer = client.post("/theme/", {"theme": '"><script>', "next": "https://evil.example/"})
    assert answer.headers["Location"] == "/"
    client.cookies["theme"] = "green"
    assert "data-theme" not in words(client)
    assert client.get("/theme/").status_code == 405


def test_times_are_shown_in_the_persons_zone(alice: User, sign_in: SignIn) -> None:
    alice.time_zone = "Asia/Kathmandu"
    alice.save()
    watched(alice, "web1", "192.0.2.10", datetime(2026, 1, 2, 12, 0, tzinfo=UTC))
    assert 'title="2026-01-02 17:45:00 +0545"' in words(sign_in(alice))
