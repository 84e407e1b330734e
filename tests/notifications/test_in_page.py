"""Messages in the pages people have open."""

import asyncio
from collections.abc import Callable

import pytest
from asgiref.sync import sync_to_async

from virtadmin.accounts.models import User
from virtadmin.core import bus
from virtadmin.notifications.composing import message_of
from virtadmin.notifications.models import Notification, UserChannel
from virtadmin.notifications.registry import CHANNELS


@pytest.mark.django_db(transaction=True)
async def test_open_pages_hear_of_it_at_once(valkey: object, alice: User, write: Callable[..., Notification]) -> None:
    listener = bus.subscribe("notifications", heartbeat=0.2)
    assert await anext(listener) is None  # it listens now
    notification = await sync_to_async(write)(alice)
    message = await sync_to_async(message_of)(notification)
    await sync_to_async(CHANNELS["in_page"].send)(message, UserChannel(user=alice, kind="in_page"))
    found = await asyncio.wait_for(anext(listener), 5)
    assert found == ("notifications", {"user": alice.pk, "id": notification.pk})
    await listener.aclose()  # type: ignore[attr-defined]
