"""The page of channels, without scripts."""

from collections.abc import Iterator
from datetime import time, timedelta
from typing import Any

import pytest
from django.utils import timezone

from tests.fakes.fixtures import CHATS
from tests.notifications.webhooks import Hook, webhook
from tests.web.conftest import SignIn
from virtadmin.accounts.models import User
from virtadmin.notifications.models import BotUserLink, Notification, UserChannel
from virtadmin.servers.models import Server, Tag

URL = "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/"
FORM = {"level": "critical", "quiet_from": "22:00", "quiet_until": "07:00", "label": "Team"}


@pytest.fixture
def hook() -> Iterator[Hook]:
    with webhook() as server:
        yield server


def shown(client: Any, path: str = "/channels/") -> str:
    return client.get(path).content.decode()  # type: ignore[no-any-return]


def test_everybody_sees_their_own_channels_and_what_can_be_added(alice: User, bob: User, sign_in: SignIn) -> None:
    UserChannel.objects.create(user=bob, kind="apprise", label="of bob")
    page = shown(sign_in(alice))
    assert "the pages you have open" in page
    assert "This hub has no mail server" in page
    assert "of bob" not in page
    assert "/channels/add/apprise/" in page
    assert "/channels/add/email/" not in page, "there is one already"
    assert "TELEGRAM_TOKEN is not set" in page


def test_a_channel_is_added_and_changed_and_its_secret_never_comes_back(
    alice: User, web1: Server, sign_in: SignIn
) -> None:
    tag = Tag.objects.create(name="shop")
    web1.tags.add(tag)
    client = sign_in(alice)
    assert "shop" in shown(client, "/channels/add/apprise/")
    answer = client.post("/channels/add/apprise/", {**FORM, "url": URL, "tags": [tag.pk]}, follow=True)
    page = answer.content.decode()
    assert "Team is there" in page
    assert "quiet 22:00–07:00" in page
    assert '<span class="tag">shop</span>' in page
    row = UserChannel.objects.get(kind="apprise")
    assert (row.quiet_from, row.quiet_until, row.quiet_critical) == (time(22), time(7), False)
    form = shown(client, f"/channels/{row.pk}/")
    assert "TIiajkdnlazkcOXrIdevi7FQ" not in form + page
    email = alice.channels.get(kind="email")
    client.post(f"/channels/{row.pk}/", {**FORM, "url": "", "label": "", "fallback": email.pk, "quiet_critical": "on"})
    row.refresh_from_db()
    assert (row.settings["url"], row.label, row.fallback, row.quiet_critical) == (URL, "", email, True)
    assert "else Email" in shown(client)


def test_a_channel_without_a_name_of_its_own_is_called_by_where_it_leads(alice: User, sign_in: SignIn) -> None:
    sign_in(alice).post("/channels/add/apprise/", {"level": "info", "url": URL})
    assert UserChannel.objects.get(kind="apprise").label == "Slack"


@pytest.mark.parametrize(
    ("fields", "told"),
    [({"url": "json://10.0.0.1"}, "Only admins"), ({"url": ""}, "required"), ({"quiet_until": ""}, "need a beginning"),
     ({"level": "loud"}, "valid choice"), ({"tags": ["9999"]}, "valid")],
)  # fmt: skip
def test_what_is_wrong_is_told_and_the_rest_stays(
    alice: User, web1: Server, sign_in: SignIn, fields: dict[str, Any], told: str
) -> None:
    web1.tags.add(Tag.objects.create(name="shop"))
    answer = sign_in(alice).post("/channels/add/apprise/", {**FORM, "url": URL, **fields})
    assert answer.status_code == 422
    assert told in answer.content.decode()
    assert 'value="Team"' in answer.content.decode()
    assert not UserChannel.objects.filter(kind="apprise").exists()


def test_the_test_button_shows_what_the_other_side_says(admin_person: User, sign_in: SignIn, hook: Hook) -> None:
    client = sign_in(admin_person)
    client.post("/channels/add/apprise/", {"level": "info", "url": f"json://127.0.0.1:{hook.port}", "label": "Mine"})
    row = UserChannel.objects.get(kind="apprise")
    hook.answer(200, "<b>thanks</b>")
    page = client.post(f"/channels/{row.pk}/test/", follow=True).content.decode()
    assert "Test of Mine: JSON answered 200 OK: &lt;b&gt;thanks&lt;/b&gt;" in page
    hook.answer(500, "oops")
    page = client.post(f"/channels/{row.pk}/test/", follow=True).content.decode()
    assert "The test of Mine failed. JSON answered 500 Internal Server Error: oops" in page
    assert Notification.objects.filter(kind="channel_test").count() == 1, "what failed leaves none that says it works"
    email = admin_person.channels.get(kind="email")
    assert "EMAIL_URL" in client.post(f"/channels/{email.pk}/test/", follow=True).content.decode()


def test_it_says_why_nothing_goes_over_a_channel(alice: User, sign_in: SignIn) -> None:
    now = timezone.now()
    inbox, email, log = alice.channels.order_by("pk")
    UserChannel.objects.filter(pk=inbox.pk).update(wait_until=now + timedelta(hours=1))
    UserChannel.objects.filter(pk=email.pk).update(
        enabled=False, disabled_reason="550 5.1.1 <x> No such user", disabled_at=now - timedelta(hours=3)
    )
    UserChannel.objects.filter(pk=log.pk).update(enabled=False)
    UserChannel.objects.create(user=alice, kind="telegraph")
    page = shown(sign_in(alice))
    assert "asked for a pause until" in page
    assert "550 5.1.1 &lt;x&gt; No such user" in page
    assert "3 h ago" in page
    assert "Switched off." in page
    assert "no longer has this kind" in page


def test_switching_off_and_on(alice: User, sign_in: SignIn) -> None:
    client, row = sign_in(alice), alice.channels.get(kind="email")
    client.post(f"/channels/{row.pk}/switch/")
    row.refresh_from_db()
    assert not row.enabled
    UserChannel.objects.filter(pk=row.pk).update(disabled_reason="gone")
    client.post(f"/channels/{row.pk}/switch/", {"on": "1"})
    row.refresh_from_db()
    assert (row.enabled, row.disabled_reason) == (True, "")


def test_what_cannot_be_switched_on_is_said(alice: User, sign_in: SignIn) -> None:
    first, second, _ = alice.channels.order_by("pk")
    UserChannel.objects.filter(pk=first.pk).update(fallback=second)
    UserChannel.objects.filter(pk=second.pk).update(fallback=first)  # as two changes at the same moment may leave it
    answer = sign_in(alice).post(f"/channels/{first.pk}/switch/", {"on": "1"}, follow=True)
    assert "for ever" in answer.content.decode()


def test_a_linked_chat_is_shown_and_unlinked(alice: User, sign_in: SignIn) -> None:
    row = UserChannel.objects.create(user=alice, kind="telegram", label="Ann's phone")
    BotUserLink.objects.create(
        user=alice, platform="telegram", conversation=CHATS["telegram"], title="Ann's phone", channel=row
    )
    client = sign_in(alice)
    assert "Unlink<span" in shown(client)
    assert client.get("/channels/add/telegram/").status_code == 404
    assert client.post(f"/channels/{row.pk}/", FORM).status_code == 302
    page = client.post(f"/channels/{row.pk}/delete/", follow=True).content.decode()
    assert "Team is unlinked" in page
    assert not BotUserLink.objects.exists()


@pytest.mark.parametrize("path", ["", "test/", "switch/", "delete/"])
def test_other_peoples_channels_are_not_there(alice: User, charlie: User, sign_in: SignIn, path: str) -> None:
    row = alice.channels.get(kind="email")
    assert sign_in(charlie).post(f"/channels/{row.pk}/{path}").status_code == 404
    assert alice.channels.filter(kind="email", enabled=True).exists()


def test_a_kind_that_is_gone_can_only_be_deleted(alice: User, sign_in: SignIn) -> None:
    row = UserChannel.objects.create(user=alice, kind="telegraph", label="Old")
    client = sign_in(alice)
    assert client.get(f"/channels/{row.pk}/").status_code == 404
    assert client.get("/channels/add/telegraph/").status_code == 404
    assert "Old is deleted" in client.post(f"/channels/{row.pk}/delete/", follow=True).content.decode()


def test_the_time_zone_of_quiet_hours_is_set_here(alice: User, sign_in: SignIn) -> None:
    client = sign_in(alice)
    assert "count in this time zone" in client.post(
        "/channels/", {"time_zone": "Europe/Berlin"}, follow=True
    ).content.decode()  # fmt: skip
    assert "It is Europe/Berlin now" in shown(client)
    wrong = client.post("/channels/", {"time_zone": "Middle/Earth"})
    assert (wrong.status_code, "no time zone of this name" in wrong.content.decode()) == (422, True)


def test_nobody_gets_in_without_signing_in(client: Any) -> None:
    assert client.get("/channels/").status_code == 302
