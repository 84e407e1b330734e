"""The edges of a round: time that runs out, keys that cannot be read, answers that cannot be written."""

import asyncio

import pytest
from pytest_django import Settings

from virtadmin.accounts.models import User
from virtadmin.collector import loop, selectors
from virtadmin.servers.models import Server


def test_what_takes_too_long_is_given_up_and_cancelled() -> None:
    ended: list[str] = []

    async def slow() -> None:
        try:
            await asyncio.sleep(30)
        except asyncio.CancelledError:
            ended.append("cancelled")
            raise

    with pytest.raises(TimeoutError):
        loop.run(slow(), 0.05)
    loop.run(asyncio.sleep(0.05), 1)  # the loop goes on
    assert ended == ["cancelled"]


def test_a_key_that_cannot_be_read_costs_the_other_servers_nothing(
    alice: User, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    def make(name: str) -> Server:
        return Server.objects.create(name=name, ip_address=name, owner=alice, enrolled=True, private_key="K")

    settings.SECRETS_KEY = ["lost"]
    unreadable = make("old.example")
    settings.SECRETS_KEY = ["kept"]
    readable = make("new.example")
    found = selectors.targets([unreadable.pk, readable.pk])
    assert {pk: target.private_key for pk, target in found.items()} == {unreadable.pk: "", readable.pk: "K"}
    assert "SECRETS_KEY" in caplog.text
