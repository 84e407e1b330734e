"""The inbox."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from tests.web.conftest import SignIn
from virtadmin.accounts.models import User
from virtadmin.alerting.models import Incident, Telling
from virtadmin.notifications.models import Notification
from virtadmin.servers.models import Server
from virtadmin.websites.models import Url

NEWS = {"HX-Request": "true", "HX-Target": "span#news"}


@pytest.fixture
def told(alice: User, bob: User, web1: Server) -> list[Notification]:
    """Two for Alice, one for Bob."""
    return [
        Notification.objects.create(recipient=who, level=level, kind="x", title=title, description="more", server=web1)
        for who, level, title in ((alice, "critical", "lost"), (alice, "recovery", "back"), (bob, "warning", "bobs"))
    ]


def test_it_lists_ones_own_with_a_count_everywhere(alice: User, told: list[Notification], sign_in: SignIn) -> None:
    page = sign_in(alice).get("/notifications/").content.decode()
    assert "lost" in page
    assert "bobs" not in page
    assert '<b class="count">2<' in sign_in(alice).get("/").content.decode()


def test_one_or_all_are_marked_read(alice: User, bob: User, told: list[Notification], sign_in: SignIn) -> None:
    client = sign_in(alice)
    client.post("/notifications/read/", {"id": [told[0].pk, told[2].pk]})
    assert [row.unread for row in Notification.objects.order_by("pk")] == [False, True, True]
    unread = client.get("/notifications/?unread=1").content.decode()
    assert "back" in unread
    assert ">lost<" not in unread
    client.post("/notifications/read/")
    assert [row.unread for row in Notification.objects.order_by("pk")] == [False, False, True]
    assert "You have read everything" in client.get("/notifications/?unread=1").content.decode()


def test_the_headers_part_announces_the_newest(alice: User, told: list[Notification], sign_in: SignIn) -> None:
    part = sign_in(alice).get("/notifications/", headers=NEWS).content.decode()
    assert part.strip().startswith('<span id="news"')
    assert f'id="toast-{told[1].pk}"' in part
    assert "toast" not in sign_in(alice).get("/notifications/").content.decode()


def test_an_empty_one_says_what_will_come(charlie: User, sign_in: SignIn) -> None:
    assert "Nothing to tell" in sign_in(charlie).get("/notifications/").content.decode()


def test_what_came_a_while_ago_is_no_news(alice: User, told: list[Notification], sign_in: SignIn) -> None:
    Notification.objects.update(timestamp=timezone.now() - timedelta(minutes=5))
    part = sign_in(alice).get("/notifications/", headers=NEWS).content.decode()
    assert "toast" not in part
    assert '<b class="count">2<' in part


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?level=critical", {"lost"}), ("?level=loud", {"lost", "back"}), ("?q=web1", {"lost", "back"}),
        ("?q=back+web1", {"back"}), ("?q=shop.example", {"site"}), ("?q=nothing", set()),
    ],
)  # fmt: skip
def test_it_is_narrowed_by_level_and_by_what_it_is_about(
    query: str, found: set[str], alice: User, told: list[Notification], sign_in: SignIn
) -> None:
    url = Url.objects.create(owner=alice, uri="https://shop.example/")
    Notification.objects.create(recipient=alice, level="warning", kind="x", title="site", url=url)
    page = sign_in(alice).get(f"/notifications/{query}").content.decode()
    shown = {word for word in ("lost", "back", "site") if f"</span>{word}</p>" in page}
    assert shown == (found | {"site"} if query == "?level=loud" else found)
    assert ("No such message" in page) == (not found)


def test_marking_leads_back_to_what_was_narrowed_and_tells_the_persons_other_pages(
    alice: User, told: list[Notification], sign_in: SignIn, monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: Callable[..., Any],
) -> None:  # fmt: skip
    said: list[Any] = []
    monkeypatch.setattr("virtadmin.core.bus.publish", lambda *message: said.append(message))
    client = sign_in(alice)
    with django_capture_on_commit_callbacks(execute=True):
        answer = client.post("/notifications/read/?level=critical&unread=1", {"id": told[0].pk})
    assert answer.headers["Location"] == "/notifications/?unread=1&level=critical"
    assert said == [("notifications", {"user": alice.pk, "id": None})]
    with django_capture_on_commit_callbacks(execute=True):
        client.post("/notifications/read/", {"id": told[0].pk})
    assert len(said) == 1  # nothing changed


def test_a_message_leads_to_its_server_and_its_incident(
    alice: User, charlie: User, web1: Server, told: list[Notification], sign_in: SignIn
) -> None:
    incident = Incident.objects.create(server=web1, kind="lost", level="critical", open_key=f"{web1.pk}:lost")
    other = Incident.objects.create(server=web1, kind="cpu_usage", open_key=f"{web1.pk}:cpu_usage", value=91, limit=80)
    Telling.objects.create(incident=incident, recipient=alice, what="opened", state="told", notification=told[0])
    client = sign_in(alice)
    page = client.get("/notifications/").content.decode()
    assert f'href="/servers/{web1.pk}/"' in page
    assert page.count(f'href="/incidents/?incident={incident.pk}"') == 1
    alone = client.get(f"/incidents/?incident={incident.pk}").content.decode()
    assert f'id="incident-{incident.pk}"' in alone
    assert f'id="incident-{other.pk}"' not in alone
    assert f"?incident={incident.pk}" in alone  # acknowledging leads back to it
    assert f'id="incident-{other.pk}"' in client.get("/incidents/?incident=x").content.decode()
    assert "No such incident" in sign_in(charlie).get(f"/incidents/?incident={incident.pk}").content.decode()


def test_long_ones_have_pages(alice: User, sign_in: SignIn) -> None:
    Notification.objects.bulk_create(Notification(recipient=alice, kind="x", title=f"n{n}") for n in range(60))
    client = sign_in(alice)
    assert "1–50 of 60" in client.get("/notifications/").content.decode()
    assert "51–60 of 60" in client.get("/notifications/?page=2").content.decode()
    assert "?unread=1&amp;page=2" in client.get("/notifications/?unread=1").content.decode()
