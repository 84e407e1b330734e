"""The first page."""

import gzip
from datetime import datetime, timedelta

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from tests.web.conftest import SignIn
from tests.web.fleet import many, watched
from tests.websites.sites import website
from virtadmin.accounts.models import User
from virtadmin.alerting.drafts import address_of
from virtadmin.alerting.models import Threshold
from virtadmin.servers.models import Server, Tag
from virtadmin.servers.this_machine import this_machine_watch
from virtadmin.web.selection import RANKED
from virtadmin.web.server_selection import SERVERS, Filters, servers_listed


def names(page: str) -> list[str]:
    """The servers of the list in their order."""
    return [part.split(">")[1].split("<")[0] for part in page.split('<th scope="row"><a href')[1:]]


def test_it_shows_status_numbers_uptime_and_age(alice: User, web1: Server, sign_in: SignIn) -> None:
    page = sign_in(alice).get("/").content.decode()
    for text in ("web1", "192.0.2.10", "up", "23 %", "41 %", "55 %", "4.2", "0.83", "41 d 19 h", "just now"):
        assert text in page
    assert '<path d="M80 0V6"/>' in page  # the mark of the limit


def test_it_says_why_a_server_is_down_and_what_to_do(alice: User, now: datetime, sign_in: SignIn) -> None:
    watched(alice, "db", "192.0.2.11", now, status="down", reason="timeout: No answer from port 22 within 5 s.")
    page = sign_in(alice).get("/").content.decode()
    assert "No answer from port 22 within 5 s." in page
    assert "The machine may be off" in page


def test_it_lists_trouble_first_then_by_name(alice: User, now: datetime, sign_in: SignIn) -> None:
    watched(alice, "a-paused", "192.0.2.1", now, enabled=False)
    watched(alice, "b-up", "192.0.2.2", now)
    over = watched(alice, "c-over", "192.0.2.3", now, cpu_usage=97)
    Threshold.objects.filter(server=over).update(cpu_usage_notified=True)
    watched(alice, "d-down", "192.0.2.4", now, status="down", reason="refused: Nobody listens on port 22.")
    watched(alice, "e-pending", "192.0.2.5", now, status="pending")
    watched(alice, "a-up", "192.0.2.6", now)
    watched(alice, "f-silent", "192.0.2.7", now - timedelta(minutes=9))
    page = sign_in(alice).get("/").content.decode()
    assert names(page) == ["d-down", "c-over", "f-silent", "e-pending", "a-up", "b-up", "a-paused"]
    assert "Over its limit: CPU." in page
    assert names(sign_in(alice).get("/?status=stale").content.decode()) == ["f-silent"]
    assert '<a href="?status=stale">' in page


def test_it_owns_up_to_old_numbers(alice: User, now: datetime, sign_in: SignIn) -> None:
    watched(alice, "web9", "192.0.2.9", now - timedelta(minutes=9))
    page = sign_in(alice).get("/").content.decode()
    assert "no news" in page
    assert "9 min ago" in page


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?q=web", {"web1", "web2"}),
        ("?q=192.0.2.12", {"web2"}),
        ("?q=web+shop", {"web2"}),
        ("?q=nothing", set()),
        ("?tag=shop", {"db", "web2"}),
        ("?status=paused", {"db"}),
        ("?status=nonsense", {"web1", "web2", "db"}),
    ],
)
def test_it_filters_by_what_the_address_says(
    query: str, found: set[str], alice: User, web1: Server, now: datetime, sign_in: SignIn
) -> None:
    shop = Tag.objects.create(name="shop")
    watched(alice, "web2", "192.0.2.12", now).tags.add(shop)
    watched(alice, "db", "192.0.2.13", now, enabled=False).tags.add(shop)
    page = sign_in(alice).get(f"/{query}").content.decode()
    assert set(names(page)) == found
    assert ("No server fits" in page) == (not found)


def test_people_see_their_own_and_shared_servers_alone(
    alice: User, bob: User, charlie: User, admin_person: User, web1: Server, sign_in: SignIn
) -> None:
    seen = {
        person.username: names(sign_in(person).get("/").content.decode()) for person in (bob, charlie, admin_person)
    }
    assert seen == {"bob": ["web1"], "charlie": [], "root": ["web1"]}


def test_an_empty_list_teaches_and_offers_only_what_the_role_may(bob: User, charlie: User, sign_in: SignIn) -> None:
    assert "Add the first server" in sign_in(charlie).get("/").content.decode()
    assert "Add the first server" not in sign_in(bob).get("/").content.decode()


def test_markup_in_names_stays_text(alice: User, now: datetime, sign_in: SignIn) -> None:
    server = watched(alice, "<script>x</script>", "192.0.2.7", now, status="down", reason='dns: "><b>x')
    server.tags.add(Tag.objects.create(name="<i>tag"))
    page = sign_in(alice).get("/").content.decode()
    assert "<script>x" not in page
    assert "<i>tag" not in page
    assert "><b>x" not in page


def test_a_fragment_is_the_list_without_the_page(alice: User, web1: Server, sign_in: SignIn) -> None:
    answer = sign_in(alice).get("/", headers={"HX-Request": "true", "HX-Target": "section#servers"})
    assert answer.content.decode().strip().startswith('<section id="servers"')
    assert "<html" not in answer.content.decode()
    assert "HX-Target" in answer["Vary"]
    back = sign_in(alice).get(
        "/", headers={"HX-Request": "true", "HX-Target": "section#servers", "HX-History-Restore-Request": "true"}
    )
    assert "<html" in back.content.decode()


def test_a_fragment_after_the_session_ended_reloads_the_page(db: None) -> None:
    answer = Client().get("/", headers={"HX-Request": "true", "HX-Target": "section#servers"})
    assert (answer.status_code, answer["HX-Refresh"]) == (401, "true")
    assert Client().get("/?q=x").headers["Location"] == "/login/?next=/%3Fq%3Dx"


def test_a_thousand_servers_cost_few_queries_and_little_text(alice: User, now: datetime, sign_in: SignIn) -> None:
    many(alice, 1000, now)
    client = sign_in(alice)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        page = client.get("/", headers={"Accept-Encoding": "gzip"})
        count = len(queries)
    text = gzip.decompress(page.content).decode()
    assert len(names(text)) == 100
    assert "1–100 of 1000" in text
    assert "?page=2" in text
    assert count <= 12
    assert len(page.content) <= 150 * 1024
    with CaptureQueriesContext(connection) as queries:
        client.get("/?group=tag&view=tiles")
    assert len(queries) <= 15


def test_the_last_page_holds_the_rest(alice: User, now: datetime, sign_in: SignIn) -> None:
    many(alice, 105, now)
    client = sign_in(alice)
    first, second = (names(client.get(f"/?page={number}").content.decode()) for number in (1, 2))
    assert (len(first), len(second)) == (100, 5)
    assert not set(first) & set(second)


def test_filters_keep_each_other_in_links() -> None:
    assert Filters("web", "shop", "down").address(status="") == "?q=web&tag=shop"
    assert not Filters()


def test_a_server_in_two_of_ones_groups_is_listed_once(alice: User, bob: User, web1: Server, now: datetime) -> None:
    second = Group.objects.create(name="second")
    bob.groups.add(second)
    web1.groups.add(second)
    assert servers_listed(bob, Filters(), now).count() == 1
    counts = SERVERS.totals(bob, now)
    assert counts["all"] == sum(counts[name] for name in RANKED) == 1


def test_the_hubs_own_machine_has_no_port(alice: User, sign_in: SignIn) -> None:
    server = this_machine_watch(owner=alice)
    page = sign_in(alice).get("/").content.decode()
    assert "localhost" in page
    assert "localhost:0" not in page
    assert address_of(server) == "localhost"


def test_who_is_new_sees_what_to_do_next_until_there_is_a_second_server(
    alice: User, bob: User, now: datetime, sign_in: SignIn
) -> None:
    client = sign_in(alice)
    assert "steps-title" in client.get("/").content.decode()
    this_machine_watch(owner=alice)
    page = client.get("/").content.decode()
    for address in ("/servers/add/", "/websites/add/", "/channels/"):
        assert f'<h3><a href="{address}">' in page
    assert "All tags" not in page
    website(alice)
    assert "Check a website<span" in client.get("/").content.decode()
    assert "steps-title" not in sign_in(bob).get("/").content.decode(), "who may add nothing is not told to"
    watched(alice, "web1", "192.0.2.10", now)
    assert "steps-title" not in client.get("/").content.decode()


def test_a_channel_that_works_is_a_step_done(alice: User, sign_in: SignIn, settings: Settings) -> None:
    website(alice)
    done = "Choose where you are told<span"
    assert done not in sign_in(alice).get("/").content.decode()
    settings.EMAIL_URL = "smtp://mail.example.org"
    User.objects.filter(pk=alice.pk).update(email="alice@example.org")
    assert "steps-title" not in sign_in(alice).get("/").content.decode()
