"""From a name to a connection: who is asked, who never is, and what is told when nobody answers."""

import asyncio
import errno
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.websites.check.conftest import Check
from tests.websites.check.servers import OK, website
from virtadmin.websites.check.connection import connect, in_turns, named
from virtadmin.websites.check.failure import CheckFailure
from virtadmin.websites.check.resolve import Resolve, Resolver
from virtadmin.websites.check.stages import Stage


def found(*ips: str) -> Resolve:
    """A resolver to which every name has these addresses."""

    async def resolve(_: str) -> Sequence[str]:
        return ips

    return resolve


@contextmanager
def hanging(host: str = "127.0.0.1", port: int = 0) -> Iterator[int]:
    """A port that takes no more connections, nor refuses them: its queue is full."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as full:
        full.bind((host, port))
        full.listen(0)
        inside = [socket.socket(family) for _ in range(3)]
        for one in inside:
            one.setblocking(False)
            one.connect_ex(full.getsockname())
        try:
            yield full.getsockname()[1]
        finally:
            for one in inside:
                one.close()


async def test_a_name_is_looked_up_by_the_system(check: Check) -> None:
    async with website(OK) as site:
        outcome = await check(f"http://localhost:{site.port}/")
    assert (outcome.stage, outcome.address) == (None, "127.0.0.1")
    assert 0 < (outcome.phases.dns or 0) < (outcome.phases.total or 0)


async def test_a_name_that_does_not_exist_is_told(check: Check) -> None:
    outcome = await check("http://nowhere.example/")
    assert outcome.stage == Stage.DNS
    assert outcome.reason == "The name nowhere.example does not exist, or has no address."


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution"), "Temporary failure"),
        (OSError(errno.EMFILE, "Too many open files"), "OSError"),
        (UnicodeError("label too long"), "UnicodeError"),
    ],
)
async def test_a_name_server_that_does_not_know_is_told(
    check: Check, monkeypatch: pytest.MonkeyPatch, error: Exception, told: str
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(socket, "getaddrinfo", fail)
    outcome = await check("http://shop.example/")
    assert outcome.stage == Stage.DNS
    assert told in outcome.reason


async def test_a_name_server_that_hangs_is_waited_for_and_asked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked, answer = [], threading.Event()

    def hang(name: str, *_: object, **__: object) -> list[tuple[object, ...]]:
        asked.append(name)
        answer.wait(20)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 0))] * 2

    monkeypatch.setattr(socket, "getaddrinfo", hang)
    resolver = Resolver(threads=1)
    waiting = [asyncio.create_task(resolver(name)) for name in ("a.example", "a.example", "b.example")]
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.2):
            await resolver("a.example")
    waiting[0].cancel()
    answer.set()
    assert [list(await each) for each in waiting[1:]] == [["127.0.0.1"]] * 2
    assert asked == ["a.example", "b.example"]
    resolver.close()


async def test_a_check_tells_that_the_name_server_hangs(check: Check) -> None:
    async def never(_: str) -> Sequence[str]:
        await asyncio.sleep(60)
        return []

    outcome = await check("http://shop.example/", resolve=never, timeout=0.3)
    assert (outcome.stage, outcome.reason) == (Stage.DNS, "The name server did not answer within 0.3 s.")


def test_a_look_up_that_outlives_its_loop_harms_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    answer, ended = threading.Event(), threading.Event()

    def hang(*_: object, **__: object) -> list[tuple[object, ...]]:
        answer.wait(20)
        ended.set()
        return []

    monkeypatch.setattr(socket, "getaddrinfo", hang)
    resolver = Resolver()

    async def give_up() -> None:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(resolver("a.example"), 0.05)

    asyncio.run(give_up())
    answer.set()
    assert ended.wait(10)
    resolver.close()
    limit = time.monotonic() + 10
    while any(thread.name == "resolver" for thread in threading.enumerate()):
        assert time.monotonic() < limit
        time.sleep(0.01)


@pytest.mark.parametrize("address", ["169.254.169.254", "[fe80::1]", "[fd00:ec2::254]", "0.0.0.0", "[::ffff:169.254.1.1]"])
async def test_some_addresses_are_never_asked(check: Check, address: str) -> None:
    outcome = await check(f"http://{address}/")
    assert (outcome.stage, outcome.phases.tcp) == (Stage.FORBIDDEN_ADDRESS, None)


@pytest.mark.parametrize("address", ["127.0.0.1", "[::1]", "10.0.0.1", "localhost", "[::ffff:127.0.0.1]"])
async def test_private_ones_are_asked_only_where_that_is_allowed(check: Check, address: str) -> None:
    outcome = await check(f"http://{address}:9/", private_allowed=False)
    assert (outcome.stage, outcome.phases.tcp) == (Stage.FORBIDDEN_ADDRESS, None)
    assert "The hub does not ask" in outcome.reason


async def test_of_many_addresses_those_that_are_refused_are_left_out(check: Check) -> None:
    async with website(OK) as site:
        resolve = found("169.254.169.254", "fe80::1", "127.0.0.1")
        outcome = await check(f"http://shop.example:{site.port}/", resolve=resolve)
    assert (outcome.stage, outcome.address) == (None, "127.0.0.1")


async def test_a_name_without_an_address_is_told(check: Check) -> None:
    outcome = await check("http://shop.example/", resolve=found())
    assert (outcome.stage, outcome.reason) == (Stage.DNS, "The name shop.example has no address.")


async def test_an_address_that_refuses_does_not_stop_the_others(check: Check) -> None:
    async with website(OK) as site:
        outcome = await check(f"http://shop.example:{site.port}/", resolve=found("::1", "127.0.0.1"))
    assert (outcome.stage, outcome.address) == (None, "127.0.0.1")


async def test_an_address_that_hangs_does_not_stop_the_others(check: Check) -> None:
    async with website(OK) as site:
        with hanging("::1", site.port):
            outcome = await check(f"http://shop.example:{site.port}/", resolve=found("::1", "127.0.0.1"))
    assert (outcome.stage, outcome.address) == (None, "127.0.0.1")
    assert 0.2 < (outcome.phases.tcp or 0)


async def test_one_that_refuses_late_beside_one_that_hangs_is_not_waited_for(check: Check) -> None:
    async with website(OK) as site:
        pass
    with hanging("127.0.0.1", site.port):
        outcome = await check(f"http://shop.example:{site.port}/", resolve=found("127.0.0.1", "::1"), timeout=0.8)
    assert outcome.stage == Stage.CONNECT_TIMEOUT


async def test_a_server_that_hangs_is_waited_for(check: Check) -> None:
    with hanging() as port:
        outcome = await check(f"http://127.0.0.1:{port}/", timeout=0.4)
    assert (outcome.stage, outcome.address) == (Stage.CONNECT_TIMEOUT, "127.0.0.1")
    assert outcome.reason == "No answer to the connection within 0.4 s."


async def test_when_all_refuse_it_is_told_of_one() -> None:
    async with website(OK) as site:
        pass
    with pytest.raises(CheckFailure) as told:
        await connect(["::1", "127.0.0.1"], site.port)
    assert told.value.stage == Stage.REFUSED


@pytest.mark.parametrize(
    ("code", "stage"),
    [
        (errno.ECONNREFUSED, Stage.REFUSED),
        (errno.ETIMEDOUT, Stage.CONNECT_TIMEOUT),
        (errno.ENETUNREACH, Stage.UNREACHABLE),
        (errno.EHOSTUNREACH, Stage.UNREACHABLE),
        (errno.EMFILE, Stage.INTERNAL),
        (errno.EADDRNOTAVAIL, Stage.INTERNAL),
    ],
)
def test_what_the_system_says_has_its_stage(code: int, stage: Stage) -> None:
    assert named("192.0.2.1", OSError(code, ""), 443).stage == stage


async def test_what_says_most_is_told_of_several(monkeypatch: pytest.MonkeyPatch) -> None:
    codes = {"192.0.2.1": errno.ENETUNREACH, "192.0.2.2": errno.ECONNREFUSED, "192.0.2.3": errno.EHOSTUNREACH}

    def fail(_: socket.socket, address: tuple[str, int]) -> None:
        raise OSError(codes[address[0]], "")

    monkeypatch.setattr(socket.socket, "connect", fail)
    with pytest.raises(CheckFailure) as told:
        await connect(list(codes), 443)
    assert told.value.stage == Stage.REFUSED


async def test_a_hub_without_room_for_a_connection_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OSError(errno.EMFILE, "Too many open files")

    monkeypatch.setattr("virtadmin.websites.check.connection.socket.socket", fail)
    with pytest.raises(CheckFailure) as told:
        await connect(["192.0.2.1"], 443)
    assert (told.value.stage, "EMFILE" in told.value.reason) == (Stage.INTERNAL, True)


@given(st.lists(st.sampled_from([f"192.0.2.{n}" for n in range(9)] + [f"2001:db8::{n}" for n in range(9)]), unique=True))
def test_the_families_take_turns(addresses: list[str]) -> None:
    turns = in_turns(addresses)
    assert sorted(turns) == sorted(addresses)
    families = [":" in ip for ip in turns]
    both = 2 * min(families.count(True), families.count(False))
    assert turns[:1] == addresses[:1]
    assert all(families[place] != families[place + 1] for place in range(both - 1))
