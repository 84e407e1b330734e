"""The live stream: who hears what, and how it ends."""

import asyncio
import signal
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
import redis
from asgiref.sync import async_to_sync
from django.db import connections
from django.test import Client

from tests.web.conftest import SignIn
from virtadmin.accounts.models import User
from virtadmin.accounts.roles import Role
from virtadmin.core import bus
from virtadmin.servers.models import InitialServerProfile, Server
from virtadmin.web.live import events, relay
from virtadmin.web.live.audience import Audience, let_go_of_databases, profiles_followed
from virtadmin.web.live.closing import closing
from virtadmin.web.live.relay import BusIsAway, Said, listening
from virtadmin.web.live.stream import stream
from virtadmin.websites.models import Url

SLOW = 60
"""Seconds a busy machine may need for what else comes at once. Only a test that fails waits for them."""


def listen(audience: Audience, say: Callable[[], Any], *, life: float = 1.5, heartbeat: float = 15.0) -> list[str]:
    """All that one stream sends in its life; `say` is called once it listens."""

    async def collect() -> list[str]:
        heard = []
        async for part in stream(audience, life=life, heartbeat=heartbeat):
            heard.append(part.decode())
            if part.startswith(b"event: ready"):
                threading.Thread(target=say).start()
        return heard

    return async_to_sync(collect)()


def told(heard: list[str]) -> list[str]:
    return [part for part in heard if part.startswith("event:") and "ready" not in part]


def test_a_person_hears_of_the_servers_they_may_see(alice: User, bob: User, charlie: User, web1: Server) -> None:
    other = Server.objects.create(owner=charlie, name="other", ip_address="192.0.2.70")

    def say() -> None:
        bus.publish("servers", {"ids": [web1.pk, other.pk]})
        bus.publish("servers", {"ids": [other.pk]})

    mine, others = (f'event: servers\ndata: {{"ids":[{row.pk}]}}\n\n' for row in (web1, other))
    assert told(listen(Audience(alice), say)) == [mine]
    assert told(listen(Audience(bob), say)) == [mine]
    assert told(listen(Audience(charlie), say)) == [others, others]


def test_a_server_added_later_is_heard_of_too(alice: User) -> None:
    async def hear() -> list[object]:
        audience = Audience(alice)
        first = await audience.hears(Said("servers", {"ids": [1]}))
        return [first, await audience.hears(Said("servers", {"ids": [1]}))]

    assert async_to_sync(hear)() == [None, None]
    server = Server.objects.create(owner=alice, name="new", ip_address="192.0.2.71")
    said = Said("servers", {"ids": [server.pk]})
    assert async_to_sync(Audience(alice).hears)(said) == events.event("servers", {"ids": [server.pk]})


def test_staff_hear_everything_of_servers_but_only_their_own_messages(admin_person: User, alice: User) -> None:
    def say() -> None:
        bus.publish("servers", {"ids": [4]})
        bus.publish("notifications", {"user": alice.pk, "id": 1})
        bus.publish("notifications", {"user": admin_person.pk, "id": 2})

    assert told(listen(Audience(admin_person), say)) == [
        'event: servers\ndata: {"ids":[4]}\n\n',
        'event: notifications\ndata: {"id":2}\n\n',
    ]


def test_of_websites_and_incidents_a_person_hears_what_they_may_see(alice: User, charlie: User, web1: Server) -> None:
    url = Url.objects.create(owner=charlie, uri="https://example.org/")

    def say() -> None:
        bus.publish("urls", {"ids": [url.pk]})
        bus.publish("incidents", {"servers": [web1.pk], "urls": []})
        bus.publish("incidents", {"servers": [], "urls": [url.pk]})

    incident = "event: incidents\ndata: {}\n\n"
    assert told(listen(Audience(alice), say)) == [incident]
    assert told(listen(Audience(charlie), say)) == [f'event: urls\ndata: {{"ids":[{url.pk}]}}\n\n', incident]


def test_many_streams_hear_over_one_subscription_which_ends_with_the_last(valkey: redis.Redis) -> None:
    def listeners() -> int:
        return int(dict(valkey.pubsub_numsub("virtadmin:live:servers"))[b"virtadmin:live:servers"])

    async def listen_thrice() -> list[Said | None]:
        before = listeners()
        async with listening(["servers"]) as one, listening(["servers"]) as two:
            async with listening(["servers", "urls"]) as three:
                assert listeners() == before + 1
                bus.publish("servers", {"ids": [3]})
                heard = [await asyncio.wait_for(inbox.get(), SLOW) for inbox in (one, two, three)]
            assert listeners() == before + 1
        while listeners() > before:
            await asyncio.sleep(0.01)
        return heard

    heard = asyncio.run(asyncio.wait_for(listen_thrice(), SLOW))
    assert heard == [Said("servers", {"ids": [3]})] * 3
    assert heard[0] is heard[2]  # so that its text is written once


def test_who_takes_nothing_any_more_is_ended_and_the_others_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relay, "WAITING_MOST", 2)

    async def lag() -> tuple[list[Said | None], list[Said | None]]:
        async with listening(["servers"]) as slow, listening(["servers"]) as quick:
            taken = []
            for number in range(3):
                bus.publish("servers", {"ids": [number]})
                taken.append(await asyncio.wait_for(quick.get(), SLOW))
            return [slow.get_nowait() for _ in range(slow.qsize())], taken

    left, taken = asyncio.run(lag())
    assert left[-1] is None
    assert [said.message["ids"] for said in taken if said] == [[0], [1], [2]]


def test_when_the_bus_goes_every_stream_ends_and_the_next_begins_anew(valkey: redis.Redis) -> None:
    async def lose_it() -> None:
        async with listening(["servers"]) as inbox:
            for known in valkey.client_list(_type="pubsub"):
                valkey.client_kill_filter(_id=known["id"])
            assert await asyncio.wait_for(inbox.get(), SLOW) is None
        async with listening(["servers"]) as inbox:
            bus.publish("servers", {"ids": [1]})
            assert await asyncio.wait_for(inbox.get(), SLOW) == Said("servers", {"ids": [1]})

    asyncio.run(lose_it())


def test_a_bus_that_is_away_is_told_at_once(settings: Any) -> None:
    settings.REDIS_URL = "unix:///nowhere/valkey.sock"

    async def ask() -> None:
        with pytest.raises(BusIsAway):
            async with listening(["servers"]):
                pass

    asyncio.run(asyncio.wait_for(ask(), SLOW))


def test_an_enrolments_lines_come_to_who_follows_it(alice: User) -> None:
    def say() -> None:
        bus.publish("profile:7", {"step": "key", "line": "a\nb", "status": "running"})
        bus.publish("profile:8", {"step": "key", "line": "no", "status": "running"})

    assert told(listen(Audience(alice, [7, 9]), say)) == [
        'event: profile\ndata: {"profile":7,"step":"key","line":"a\\nb","status":"running"}\n\n'
    ]


def test_silence_is_filled_so_that_the_line_is_known_to_stand(alice: User) -> None:
    heard = listen(Audience(alice), lambda: None, life=0.5, heartbeat=0.1)
    assert heard[0].startswith("retry:")
    assert heard.count(": still here\n\n") >= 2


def test_it_ends_with_its_life(alice: User) -> None:
    began = time.monotonic()
    listen(Audience(alice), lambda: None, life=0.3)
    assert time.monotonic() - began < 1.5


def test_without_the_bus_it_ends_and_the_browser_comes_again(alice: User, settings: Any) -> None:
    settings.REDIS_URL = "unix:///nowhere/valkey.sock"
    assert listen(Audience(alice), lambda: None) == ["retry: 3000\n\n"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_every_stream_and_still_reaches_the_server(number: signal.Signals) -> None:
    reached = []
    kept = {each: signal.getsignal(each) for each in (signal.SIGTERM, signal.SIGINT)}
    signal.signal(number, lambda *_: reached.append(number))

    async def wait() -> bool:
        assert closing() is closing()
        asyncio.get_running_loop().call_later(0.05, signal.raise_signal, number)
        return await asyncio.wait_for(closing().wait(), SLOW)

    try:
        assert asyncio.run(wait())
        signal.raise_signal(number)  # also when the loop is gone
        assert reached == [number, number]
    finally:
        for each, handler in kept.items():
            signal.signal(each, handler)


def test_outside_the_main_thread_signals_are_left_alone() -> None:
    before = signal.getsignal(signal.SIGTERM)
    found = []

    async def ask() -> None:
        found.append(closing().is_set())

    thread = threading.Thread(target=lambda: asyncio.run(ask()))
    thread.start()
    thread.join()
    assert found == [False]
    assert signal.getsignal(signal.SIGTERM) is before


def test_the_address_lets_in_only_whom_it_should(alice: User, charlie: User, sign_in: SignIn) -> None:
    profile = InitialServerProfile.objects.create(owner=alice, ip_address="192.0.2.72")
    assert Client().get("/live/").status_code == 401
    assert Client().head("/live/").status_code == 401
    assert sign_in(alice).head("/live/").status_code == 204
    assert profiles_followed(charlie, [str(profile.pk)]) == []
    assert profiles_followed(alice, [str(profile.pk), "7000", "x", "9" * 30]) == [profile.pk]
    answer = sign_in(alice).get(f"/live/?profile={profile.pk}")
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/event-stream")
    assert answer["X-Accel-Buffering"] == "no"
    answer.close()
    User.objects.filter(pk=alice.pk).update(is_active=False)
    assert sign_in(alice).get("/live/").status_code == 401


@pytest.mark.django_db
def test_it_gives_database_connections_back_unless_in_a_transaction(monkeypatch: pytest.MonkeyPatch) -> None:
    closed = []
    inner = connections["default"]
    monkeypatch.setattr(inner, "close", lambda: closed.append("closed"))
    let_go_of_databases()
    assert closed == []  # a test's own transaction is open
    monkeypatch.setattr(inner, "in_atomic_block", False)
    let_go_of_databases()
    monkeypatch.undo()
    assert closed == ["closed"]


async def test_a_stream_ends_when_the_process_is_told_to_stop() -> None:
    heard = []
    async for part in stream(Audience(User(role=Role.ADMIN))):
        heard.append(part)
        if part.startswith(b"event: ready"):
            closing().set()
    assert len(heard) == 2
    closing().clear()


def test_a_signal_nobody_handled_still_ends_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = {each: signal.getsignal(each) for each in (signal.SIGTERM, signal.SIGINT)}
    raised: list[int] = []
    signal.signal(signal.SIGTERM, signal.SIG_DFL)

    async def ask() -> None:
        closing()

    try:
        asyncio.run(ask())
        handler = signal.getsignal(signal.SIGTERM)
        assert callable(handler)
        monkeypatch.setattr(signal, "raise_signal", raised.append)
        handler(signal.SIGTERM, None)
        assert raised == [signal.SIGTERM]
        assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL
        signal.signal(signal.SIGTERM, signal.SIG_IGN)  # one that is ignored stays ignored
        asyncio.run(ask())
        handler = signal.getsignal(signal.SIGTERM)
        assert callable(handler)
        handler(signal.SIGTERM, None)
        assert raised == [signal.SIGTERM]
    finally:
        for each, known in kept.items():
            signal.signal(each, known)


def test_an_ended_session_hears_that_it_is_out_and_nothing_after(alice: User) -> None:
    def say() -> None:
        bus.publish("sessions", {"ended": ["another"]})
        bus.publish("sessions", {"ended": ["another", "mine"]})
        bus.publish("notifications", {"user": alice.pk, "id": 1})

    assert told(listen(Audience(alice, session="mine"), say, life=15)) == ["event: out\ndata: {}\n\n"]


def test_that_a_chat_was_linked_is_heard_by_its_owner(alice: User, bob: User) -> None:
    def say() -> None:
        bus.publish("chats", {"user": alice.pk})

    assert told(listen(Audience(alice), say)) == ["event: chats\ndata: {}\n\n"]
    assert told(listen(Audience(bob), say)) == []


def test_imports_are_heard_of_by_their_owner_and_by_staff(alice: User, bob: User, admin_person: User) -> None:
    def say() -> None:
        bus.publish("imports", {"id": 5, "user": alice.pk})

    said = [told(listen(Audience(person), say)) for person in (alice, bob, admin_person)]
    assert said == [['event: imports\ndata: {"id":5}\n\n'], [], ['event: imports\ndata: {"id":5}\n\n']]
