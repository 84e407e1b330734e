"""How the first page shows servers: in groups, in tiles, with a line of the last hour, and websites beside them."""

import re
import time
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group
from hypothesis import given
from hypothesis import strategies as st

from tests.web.conftest import SignIn
from tests.web.fleet import watched
from tests.web.test_overview import names
from virtadmin.accounts.models import User
from virtadmin.alerting.models import Threshold
from virtadmin.metrics.errors import HistoryAway
from virtadmin.metrics.observation import Observation
from virtadmin.metrics.store import history
from virtadmin.servers.models import Server, Tag
from virtadmin.web import sparks
from virtadmin.web.server_selection import Filters
from virtadmin.websites.models import Url, UrlState

NOW = 1_800_000_000.0


@pytest.fixture
def fleet(alice: User, now: datetime) -> dict[str, Server]:
    """Five servers: two tags, one server with both, one with none."""
    shop, office = (Tag.objects.create(name=name) for name in ("shop", "office"))
    made = {name: watched(alice, name, f"192.0.2.{number}", now) for number, name in enumerate("abcde", 1)}
    made["e"].state.status = "down"
    made["e"].state.save()
    Threshold.objects.filter(server=made["a"]).update(cpu_usage_notified=True)
    shop.servers.add(made["a"], made["b"])
    office.servers.add(made["b"], made["c"], made["e"])
    return made


def groups(page: str) -> dict[str, list[str]]:
    """The servers under each group's heading."""
    parts = page.split('<tr class="group">')[1:]
    return {re.findall(r"<b>(.*?)</b>", part)[0]: names(part) for part in parts}


def test_groups_are_by_tag_the_most_troubled_first_with_their_own_counts(
    alice: User, fleet: dict[str, Server], sign_in: SignIn
) -> None:
    page = sign_in(alice).get("/?group=tag").content.decode()
    found = groups(page)
    assert list(found) == ["office", "shop", "without a tag"]
    assert found == {"office": ["e", "b", "c"], "shop": ["a", "b"], "without a tag": ["d"]}
    office = page.split('<tr class="group">')[1].partition("</tr>")[0]
    assert re.sub(r"<[^>]*>", "", office).split() == ["office", "1", "down", "2", "up"]


def test_groups_count_what_was_asked_for_and_go_over_pages(
    alice: User, fleet: dict[str, Server], sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = sign_in(alice)
    assert groups(client.get("/?group=tag&status=up").content.decode()) == {
        "office": ["b", "c"], "shop": ["b"], "without a tag": ["d"],
    }  # fmt: skip
    monkeypatch.setattr("virtadmin.web.views.overview.PAGE_SIZE", 4)
    first, second = (groups(client.get(f"/?group=tag&page={page}").content.decode()) for page in (1, 2))
    assert first == {"office": ["e", "b", "c"], "shop": ["a"]}
    assert second == {"shop": ["b"], "without a tag": ["d"]}


def test_a_shared_server_is_once_in_each_group(
    alice: User, bob: User, fleet: dict[str, Server], sign_in: SignIn
) -> None:
    for name in ("one", "two"):
        group = Group.objects.create(name=name)
        bob.groups.add(group)
        fleet["b"].groups.add(group)
    assert groups(sign_in(bob).get("/?group=tag").content.decode()) == {"office": ["b"], "shop": ["b"]}


def test_how_it_is_shown_is_in_the_address_and_remembered(
    alice: User, fleet: dict[str, Server], sign_in: SignIn
) -> None:
    client = sign_in(alice)
    assert '<table class="servers">' in client.get("/").content.decode()
    page = client.get("/?view=tiles&group=tag&q=b").content.decode()
    assert '<ul class="tiles">' in page
    assert '<h2 class="group">' in page
    assert 'href="/?q=b&amp;view=table&amp;group=tag"' in page
    assert '<ul class="tiles">' in client.get("/").content.decode()
    assert '<table class="servers">' in client.get("/?view=table&group=none").content.decode()
    assert '<table class="servers">' in client.get("/").content.decode()
    assert '<table class="servers">' in client.get("/?view=nonsense").content.decode()


def test_a_tile_has_all_a_line_has(alice: User, fleet: dict[str, Server], sign_in: SignIn) -> None:
    page = sign_in(alice).get("/?view=tiles").content.decode()
    assert page.count('<li class="tile ') == 5
    assert '<li class="tile over"><h3><a href="/servers/' in page
    assert '<li class="over"><span>CPU</span> <b>23 %</b>' in page
    assert '<li class="tile down faded">' in page


def test_the_last_hour_is_drawn_and_a_history_that_is_away_harms_nothing(
    alice: User, web1: Server, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin = int(time.time()) // 300 * 300 - 1200
    history().write([(web1.pk, Observation(begin + 60 * n, {"cpu_usage": 50.0}, {})) for n in range(15)])
    history().roll(begin + 3600)
    client = sign_in(alice)
    [drawn] = re.findall(r'<svg class="spark".*?<path d="(.*?)"', client.get("/").content.decode())
    assert re.fullmatch(r"M\d+ 10h1L\d+ 10L\d+ 10L59 15", drawn)

    def away(*_: object) -> None:
        raise HistoryAway("nobody answers")

    monkeypatch.setattr(type(history()), "trends", away)
    assert "web1" in client.get("/").content.decode()


@given(
    points=st.lists(st.tuples(st.integers(-8000, 300), st.floats(-10, 300)), unique_by=lambda one: one[0] // 300),
    newest=st.none() | st.floats(0, 100),
)
def test_a_line_stays_within_its_picture(points: list[tuple[int, float]], newest: float | None) -> None:
    drawn = sparks.spark([(int(NOW) + at, value) for at, value in sorted(points)], NOW, newest)
    for x, y in re.findall(r"[ML](-?\d+) (-?\d+)", drawn):
        assert 0 <= int(x) < sparks.WIDTH
        assert 0 < int(y) < sparks.HEIGHT
    assert ("<path" in drawn) == bool(points or newest is not None)


def test_a_gap_stays_a_gap() -> None:
    drawn = sparks.spark([(int(NOW) - 3000, 0.0), (int(NOW) - 2700, 100.0), (int(NOW) - 1200, 50.0)], NOW, 50.0)
    assert re.findall(r'd="(.*?)"', drawn) == ["M12 19h1L18 1M42 10h1L59 10"]
    assert re.findall(r'd="(.*?)"', sparks.spark([(int(NOW) - 3000, 0.0)], NOW, 50.0)) == ["M12 19h1M59 10h1"]


@pytest.fixture
def sites(alice: User, now: datetime) -> dict[str, Url]:
    """One website in each condition."""
    made = {}
    for name, status, more in (
        ("down", "down", {"status_reason": "status: It answered 503, not 200–299."}),
        ("soon", "up", {"ssl_expiration_date": now + timedelta(days=5, hours=1), "ssl_expiration_date_notified": True}),
        ("new", "pending", {"last_check": None, "response_time": None}),
        ("fine", "up", {"ssl_expiration_date": now + timedelta(days=64, hours=1)}),
        ("old", "up", {"last_check": now - timedelta(hours=1)}),
        ("off", "up", {"ssl_expiration_date": now - timedelta(days=1)}),
    ):
        url = Url.objects.create(owner=alice, uri=f"https://{name}.example/", enabled=name != "off")
        state: dict[str, Any] = {"last_check": now, "response_time": 96.4, "status": status, **more}
        UrlState.objects.update_or_create(url=url, defaults=state)
        made[name] = url
    return made


def shown_sites(page: str) -> list[tuple[str, str]]:
    """(sign, name) of the websites in their order."""
    part = page.partition('<ul class="sites">')[2].partition("</section>")[0]
    return re.findall(r'<li class="(\w+)[ \w]*">.*?class="name"><\w+[^>]*>(\w+)\.example', part, re.DOTALL)


def test_websites_are_beside_the_servers_the_troubled_ones_first(
    alice: User, web1: Server, sites: dict[str, Url], sign_in: SignIn
) -> None:
    page = sign_in(alice).get("/").content.decode()
    assert shown_sites(page) == [
        ("down", "down"), ("over", "soon"), ("stale", "old"), ("pending", "new"), ("up", "fine"), ("paused", "off"),
    ]  # fmt: skip
    for text in (
        "It answered 503, not 200–299.",
        "certificate 5 d",
        "certificate 64 d",
        "96 ms",
        "certificate expired",
    ):
        assert text in page


@pytest.mark.parametrize(
    ("query", "found"),
    [("?q=fine", ["fine"]), ("?status=down", ["down"]), ("?status=unknown", []), ("?tag=shop", ["soon"])],
)
def test_the_filters_are_for_websites_too(
    query: str, found: list[str], alice: User, web1: Server, sites: dict[str, Url], sign_in: SignIn
) -> None:
    sites["soon"].tags.add(Tag.objects.create(name="shop"))
    page = sign_in(alice).get(f"/{query}").content.decode()
    assert [name for _, name in shown_sites(page)] == found
    assert ("No website fits" in page) == (not found)


def test_their_fragment_asks_nothing_of_servers(
    alice: User, web1: Server, sites: dict[str, Url], sign_in: SignIn
) -> None:
    page = sign_in(alice).get("/", headers={"HX-Request": "true", "HX-Target": "section#websites"}).content.decode()
    assert page.strip().startswith('<section id="websites"')
    assert "web1" not in page


def test_strangers_see_no_websites(
    charlie: User, bob: User, web1: Server, sites: dict[str, Url], sign_in: SignIn
) -> None:
    assert "websites-title" not in sign_in(charlie).get("/").content.decode()
    assert "websites-title" not in sign_in(bob).get("/").content.decode()


def test_the_first_website_is_shown_without_any_server(alice: User, sites: dict[str, Url], sign_in: SignIn) -> None:
    page = sign_in(alice).get("/").content.decode()
    assert "Add the first server" in page
    assert len(shown_sites(page)) == 6


def test_a_choice_is_in_links_only_where_it_is_not_the_usual_one() -> None:
    assert Filters(view="tiles").address() == "?view=tiles"
    assert Filters(view="tiles").address(view="table") == "?view=table"
    assert Filters().address() == ""
    assert Filters(view="tiles", group="tag").kept == "tiles.tag"
