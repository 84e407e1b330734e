"""The list of websites."""

import gzip
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.web.conftest import SignIn
from tests.web.sites import certificate, checked, days, many_sites
from virtadmin.accounts.models import User
from virtadmin.servers.models import Server
from virtadmin.web.selection import PAGE_SIZE
from virtadmin.web.websites.selection import Filters
from virtadmin.websites.models import Url


def names(page: str) -> list[str]:
    """The websites of the list in their order."""
    return [part.split(">")[1].split("<")[0] for part in page.split('<th scope="row"><a href')[1:]]


@pytest.fixture
def shop(alice: User, web1: Server, now: datetime) -> Url:
    """Alice's, on web1, which is shared with Bob; the website is not."""
    made = checked(
        alice, "https://shop.example.org/", now, name="Shop", server=web1, tags=("shop",), shown=certificate(now)
    )
    days(made, now, 30, outages={2: 600})
    return made


def test_it_shows_state_time_days_certificate_server_and_tags(alice: User, shop: Url, sign_in: SignIn) -> None:
    page = sign_in(alice).get("/websites/").content.decode()
    for text in ("Shop", "shop.example.org", "112 ms", "200", "99.97 %", "60 d", " s ago<", ">shop</span>"):
        assert text in page, text
    assert f'on <a href="/servers/{shop.server_id}/">web1</a>' in page
    assert 'aria-label="Last 30 days: 99.97 % up; outages on ' in page


def test_it_lists_trouble_first_then_by_what_people_call_them(alice: User, now: datetime, sign_in: SignIn) -> None:
    checked(alice, "https://a-paused.example/", now, fields={"enabled": False})
    checked(alice, "https://b-up.example/", now)
    checked(alice, "http://a-up.example/", now)
    checked(alice, "https://z.example/", now, name="aa up")
    checked(alice, "https://c.example/", now, ssl_expiration_date_notified=True, shown=certificate(now, days=4))
    checked(alice, "https://d.example/", now, failures=1, status_reason="dns: No such name.")
    checked(
        alice,
        "https://e.example/",
        now,
        status="down",
        status_reason="refused: Nobody listens there.",
        status_code=None,
        response_time=None,
    )
    checked(alice, "https://f.example/", now, status="pending", last_check=None)
    checked(alice, "https://y-silent.example/", now, last_check=now - timedelta(minutes=30))
    page = sign_in(alice).get("/websites/").content.decode()
    assert names(page) == [
        "e.example", "d.example", "c.example", "y-silent.example", "f.example", "http://a-up.example", "aa up",
        "b-up.example", "a-paused.example",
    ]  # fmt: skip
    assert "Nobody listens there." in page
    assert "a firewall may refuse the hub" in page
    assert "expires in 3 days" in page or "expires in 4 days" in page


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?q=shop", {"Shop", "api.example"}),
        ("?q=api.example", {"api.example"}),
        ("?q=sho+org", {"Shop"}),
        ("?tag=shop", {"Shop", "api.example"}),
        ("?status=down", {"api.example"}),
        ("?status=up&tag=shop", {"Shop"}),
        ("?status=nonsense", {"Shop", "api.example", "blog.example"}),
        ("?server={server}", {"Shop"}),
        ("?server=999999", set()),
        ("?server=nonsense", {"Shop", "api.example", "blog.example"}),
        ("?q=nothing", set()),
    ],
)
def test_it_filters_by_what_the_address_says(
    query: str, found: set[str], alice: User, shop: Url, now: datetime, sign_in: SignIn
) -> None:
    checked(alice, "https://api.example/", now, tags=("shop",), status="down")
    checked(alice, "https://blog.example/", now)
    page = sign_in(alice).get(f"/websites/{query.format(server=shop.server_id)}").content.decode()
    assert set(names(page)) == found
    assert ("No website fits" in page) == (not found)
    assert ("Only those on" in page) == ("{server}" in query)
    assert ("There is no such server" in page) == ("999999" in query)


def test_people_see_their_own_and_shared_websites_alone(
    alice: User, bob: User, charlie: User, admin_person: User, web1: Server, shop: Url, now: datetime, sign_in: SignIn
) -> None:
    people = {person.username: sign_in(person) for person in (bob, charlie, admin_person)}
    seen = {name: names(client.get("/websites/").content.decode()) for name, client in people.items()}
    assert seen == {"bob": [], "charlie": [], "root": ["Shop"]}
    shop.groups.set(web1.groups.all())
    assert names(people["bob"].get("/websites/").content.decode()) == ["Shop"]


def test_the_server_of_a_shared_website_is_named_to_those_alone_who_may_see_it(
    bob: User, web1: Server, shop: Url, sign_in: SignIn
) -> None:
    shop.groups.set(web1.groups.all())
    assert "web1" in sign_in(bob).get("/websites/").content.decode()
    web1.groups.clear()
    page = sign_in(bob).get("/websites/")
    assert "Shop" in page.content.decode()
    assert "web1" not in page.content.decode()
    assert names(sign_in(bob).get(f"/websites/?server={web1.pk}").content.decode()) == []


def test_an_empty_list_teaches_and_offers_only_what_the_role_may(bob: User, charlie: User, sign_in: SignIn) -> None:
    assert "Add the first website" in sign_in(charlie).get("/websites/").content.decode()
    page = sign_in(bob).get("/websites/").content.decode()
    assert "Add the first website" not in page
    assert "Nobody shared a website with you" in page


def test_text_of_people_and_websites_stays_text(alice: User, now: datetime, sign_in: SignIn) -> None:
    checked(
        alice, "https://x.example/?<b>", now, name="<script>x</script>", tags=("<i>tag",), status="down",
        status_reason='text_missing: "><b>x',
    )  # fmt: skip
    page = sign_in(alice).get("/websites/").content.decode()
    for text in ("<script>x", "<i>tag", "><b>x", "?<b>"):
        assert text not in page


def test_certificates_that_end_soon_or_are_not_there_are_told_apart(
    alice: User, now: datetime, sign_in: SignIn
) -> None:
    checked(alice, "https://soon.example/", now, shown=certificate(now, days=9.5))
    checked(alice, "https://over.example/", now, shown=certificate(now, days=-3))
    checked(alice, "http://plain.example/", now)
    page = sign_in(alice).get("/websites/").content.decode()
    assert '<use href="#sign-warning"/></svg>9 d' in page
    assert '<use href="#sign-down"/></svg>expired' in page
    assert '<td class="n certificate">none</td>' in page


def test_a_fragment_is_the_list_without_the_page(alice: User, shop: Url, sign_in: SignIn) -> None:
    answer = sign_in(alice).get("/websites/", headers={"HX-Request": "true", "HX-Target": "section#websites"})
    text = answer.content.decode()
    assert text.strip().startswith('<section id="websites"')
    assert 'data-live="urls"' in text
    assert "<html" not in text


def test_a_thousand_websites_cost_few_queries_and_little_text(alice: User, now: datetime, sign_in: SignIn) -> None:
    many_sites(alice, 1000, now)
    client = sign_in(alice)
    with CaptureQueriesContext(connection) as queries:
        page = client.get("/websites/", headers={"Accept-Encoding": "gzip"})
        count = len(queries)
    text = gzip.decompress(page.content).decode()
    assert len(names(text)) == PAGE_SIZE
    assert "1–100 of 1000" in text
    assert 'href="?page=2"' in text
    assert count <= 12
    assert len(page.content) <= 60 * 1024
    assert names(client.get("/websites/?page=10").content.decode())[-1] == "site0999.example.org"


def test_filters_keep_each_other_in_links() -> None:
    assert Filters("web", "shop", "down", "7").address(status="") == "?q=web&tag=shop&server=7"
    assert not Filters()
    assert Filters(server="7")


def test_old_news_are_owned_up_to(alice: User, now: datetime, sign_in: SignIn) -> None:
    checked(alice, "https://old.example/", now, last_check=now - timedelta(minutes=30))
    page = sign_in(alice).get("/websites/").content.decode()
    assert "no news" in page
    assert "what stands here is old" in page
