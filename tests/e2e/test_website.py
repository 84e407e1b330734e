"""A website from its entry by the API to a message: it is down, up again, and its certificate is about to expire."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.request import Request, urlopen

import pytest

from tests.collector.websites.local_sites import LocalSites, local_sites
from tests.running.hub import Hub, until
from tests.websites.tls_authority import issued, root, server_context

pytestmark = [pytest.mark.xdist_group("up"), pytest.mark.timeout(240)]
AUTHORITY = root()
INTERVAL = 5


@pytest.fixture
def shop() -> Iterator[LocalSites]:
    """A web server with TLS, whose certificate has five days left."""
    shown = issued("shop", ("127.0.0.1",), AUTHORITY, begins=timedelta(days=-85), expires=timedelta(days=5, hours=1))
    with local_sites(server_context(shown)) as running:
        yield running


def add(hub: Hub, uri: str, **fields: object) -> int:
    answer = hub.call("POST", "/api/urls/", {"uri": uri, "interval": INTERVAL, "private_allowed": True, **fields})
    assert "id" in answer, answer
    return int(answer["id"])


def website(hub: Hub, pk: int) -> dict[str, Any]:
    found: dict[str, Any] = hub.call("GET", f"/api/urls/{pk}/")
    return found


def incidents(hub: Hub, pk: int, kind: str) -> list[dict[str, Any]]:
    return [one for one in hub.call("GET", "/api/incidents/")["results"] if (one["url"], one["kind"]) == (pk, kind)]


def hub_text(hub: Hub, path: str) -> str:
    """What the hub answers that is no JSON."""
    request = Request(f"http://{hub.listen}{path}", headers={"Authorization": f"Token {hub.token}"})
    with urlopen(request, timeout=20) as answer:
        return str(answer.read().decode())


def told(hub: Hub) -> list[tuple[str, str]]:
    """(level, title) of the admin's messages, the oldest first."""
    rows = hub.call("GET", "/api/notifications/?ordering=id")["results"]
    return [(row["level"], row["title"]) for row in sorted(rows, key=lambda row: int(row["id"]))]


def test_a_website_goes_down_and_comes_back_and_its_owner_hears_of_both_once(hub: Hub) -> None:
    with local_sites() as sites:
        pk = add(hub, sites.url("ok/front?key=hidden"), name="front", confirmations=2)
        until(lambda: website(hub, pk)["status"] == "up", 30, "the first check, at once")
        assert website(hub, pk)["status_code"] == 200

        sites.shut()
        until(lambda: website(hub, pk)["status"] == "down", 60, "the website counted as down")
        assert website(hub, pk)["status_reason"].startswith("refused: ")
        [incident] = until(lambda: incidents(hub, pk, "url_down"), 30, "an incident")
        assert incident["open"]
        until(lambda: [level for level, title in told(hub) if "front" in title] == ["critical"], 60, "a message")

        sites.open()
        until(lambda: website(hub, pk)["status"] == "up", 60, "the website up again")
        until(lambda: not incidents(hub, pk, "url_down")[0]["open"], 30, "the incident's end")
        levels = ["critical", "recovery"]
        until(lambda: [level for level, title in told(hub) if "front" in title] == levels, 90, "a message of that")

        history = hub.call("GET", f"/api/urls/{pk}/history/?metric=availability")["points"]
        assert {point["value"] for point in history} == {0.0, 100.0}
        uptime = hub.call("GET", f"/api/urls/{pk}/uptime/")
        assert sum(day["down"] for day in uptime["days"]) > 0 < sum(day["up"] for day in uptime["days"])
        scraped = hub_text(hub, "/metrics")
        assert f'probe_success{{instance="{sites.url("ok/front")}"}} 1\n' in scraped
        assert "hidden" not in scraped
        assert hub.call("DELETE", f"/api/urls/{pk}/") is None
        assert hub.call("GET", f"/api/urls/{pk}/")["status"] == 404


def test_a_certificate_that_expires_soon_is_a_warning_and_the_website_stays_up(hub: Hub, shop: LocalSites) -> None:
    pk = add(hub, shop.url("ok"), name="shop", ca_certificates=AUTHORITY.pem)
    until(lambda: website(hub, pk)["status"] == "up", 30, "the first check")
    seen = website(hub, pk)
    assert (seen["certificate"]["trusted"], seen["certificate"]["names"]) == (True, ["127.0.0.1"])
    [incident] = until(lambda: incidents(hub, pk, "certificate_expiry"), 30, "an incident")
    assert incident["level"] == "warning"
    until(lambda: [level for level, title in told(hub) if "shop" in title] == ["warning"], 60, "a message")
    until(lambda: website(hub, pk)["ssl_expiration_date_notified"], 30, "the flag")
    assert incidents(hub, pk, "url_down") == []


def test_a_certificate_of_an_unknown_authority_is_down_and_seen_all_the_same(hub: Hub, shop: LocalSites) -> None:
    pk = add(hub, shop.url("ok"), name="stranger", confirmations=1, check_ssl=False)
    until(lambda: website(hub, pk)["status"] == "down", 30, "the first check")
    seen = website(hub, pk)
    assert seen["status_reason"].startswith("certificate_")
    assert (seen["certificate"]["trusted"], seen["certificate"]["names"]) == (False, ["127.0.0.1"])
