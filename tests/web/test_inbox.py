"""The inbox."""

import pytest

from tests.web.conftest import SignIn
from virtadmin.accounts.models import User
from virtadmin.notifications.models import Notification
from virtadmin.servers.models import Server

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


def test_long_ones_have_pages(alice: User, sign_in: SignIn) -> None:
    Notification.objects.bulk_create(Notification(recipient=alice, kind="x", title=f"n{n}") for n in range(60))
    client = sign_in(alice)
    assert "1–50 of 60" in client.get("/notifications/").content.decode()
    assert "51–60 of 60" in client.get("/notifications/?page=2").content.decode()
    assert "?unread=1&amp;page=2" in client.get("/notifications/?unread=1").content.decode()
