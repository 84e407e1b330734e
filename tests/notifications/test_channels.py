"""What every channel promises, and the one in the page."""

import asyncio
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from asgiref.sync import sync_to_async

from tests.collector.conftest import answering, hosts, keeper, make_server, worker
from tests.fakes.fixtures import messenger_settings
from tests.fakes.graph import APP_SECRET, PAGE_TOKEN
from tests.fakes.telegram import TOKEN
from tests.notifications.conftest import NOW, PASSWORD, way
from virtadmin.accounts.models import User
from virtadmin.core import bus
from virtadmin.notifications.channel import Channel, ChannelError, Message
from virtadmin.notifications.models import Delivery, Notification, UserChannel
from virtadmin.notifications.registry import CHANNELS

__all__ = ["answering", "hosts", "keeper", "make_server", "worker"]  # for the server's own log
pytestmark = pytest.mark.usefixtures("answering")
Write = Callable[..., Notification]


def message(person: User) -> Message:
    return Message(
        id=1,
        uid=UUID(int=1),
        recipient=person,
        level="warning",
        title="A title",
        text="A text.\n",
        html="<p>A text.</p>",
        link="https://hub.example.org/",
        timestamp=NOW,
    )


@pytest.fixture
def away(settings: Any) -> None:
    """The outside world of every channel is away."""
    settings.REDIS_URL = f"redis://:{'x' * 20}@127.0.0.1:1"
    settings.EMAIL_URL, settings.EMAIL_HOST, settings.EMAIL_PORT = "smtp://127.0.0.1:1", "127.0.0.1", 1
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = "hub", PASSWORD
    messenger_settings(settings, "http://127.0.0.1:1")
    settings.TELEGRAM_TOKEN, settings.TELEGRAM_API_URL = TOKEN, "http://127.0.0.1:1"


@pytest.mark.parametrize("channel", CHANNELS, ids=lambda channel: channel.name)
class TestEveryChannel:
    def test_it_is_named_and_explained_and_its_flag_exists(self, channel: Channel) -> None:
        assert len(channel.name) <= (Delivery._meta.get_field("channel").max_length or 0)
        assert channel.label[0].isupper()
        assert channel.help.endswith(".")
        if channel.flag:
            assert Notification._meta.get_field(channel.flag).default is False

    def test_it_never_reaches_a_person_who_was_shut_out(self, channel: Channel, alice: User, away: None) -> None:
        row = way(alice, channel.name)
        assert channel.reaches(row)
        alice.is_active = False
        assert not channel.reaches(row)

    def test_when_the_other_side_is_away_it_says_so_without_a_secret(
        self, channel: Channel, alice: User, away: None, caplog: pytest.LogCaptureFixture
    ) -> None:
        with pytest.raises(ChannelError) as failed:
            channel.send(message(alice), way(alice, channel.name))
        assert (failed.value.permanent, failed.value.down) == (False, True)
        assert failed.value.message.endswith(".") or "refused" in failed.value.message
        for told in (failed.value.message, caplog.text):
            for secret in (PASSWORD, "x" * 20, TOKEN, PAGE_TOKEN, APP_SECRET):
                assert secret not in told


@pytest.mark.parametrize("channel", CHANNELS, ids=lambda channel: channel.name)
@pytest.mark.usefixtures("valkey", "mailbox", "telegram", "messenger")
def test_every_channel_takes_a_message(channel: Channel, alice: User) -> None:
    row = way(alice, channel.name)
    assert channel.reaches(row)
    assert channel.send(message(alice), row).endswith((".", "OK"))


@pytest.mark.django_db(transaction=True)
async def test_open_pages_hear_of_it_at_once(valkey: object) -> None:
    listener = bus.subscribe("notifications", heartbeat=0.2)
    assert await anext(listener) is None  # it listens now
    person = User(pk=42, username="alice")
    await sync_to_async(CHANNELS["in_page"].send)(message(person), UserChannel(user=person, kind="in_page"))
    found = await asyncio.wait_for(anext(listener), 5)
    assert found == ("notifications", {"user": 42, "id": 1})
    await listener.aclose()  # type: ignore[attr-defined]
