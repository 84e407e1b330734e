"""The live bus over a real Valkey."""

import asyncio

import pytest
import redis
from pytest_django import Settings

from virtadmin.core import bus


async def test_a_listener_hears_what_is_said_and_that_nothing_was(valkey: redis.Redis) -> None:
    heard: list[object] = []

    async def listen() -> None:
        async for message in bus.subscribe("servers", "other", heartbeat=0.3):
            heard.append(message)
            if len(heard) == 3:
                return

    listening = asyncio.create_task(listen())
    await asyncio.sleep(0.1)
    bus.publish("servers", {"ids": [1]})
    bus.publish("elsewhere", {"no": 1})
    bus.publish("other", {"x": "é"})
    await asyncio.wait_for(listening, 5)
    assert heard == [("servers", {"ids": [1]}), ("other", {"x": "é"}), None]


def test_without_valkey_publishing_harms_nobody(settings: Settings, caplog: pytest.LogCaptureFixture) -> None:
    settings.REDIS_URL = "unix:///nowhere/valkey.sock"
    bus.publish("servers", {"ids": [1]})
    assert "live bus is away" in caplog.text
