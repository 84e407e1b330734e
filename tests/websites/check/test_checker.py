"""The checker as a whole: many at once, none of them harming another, and nothing of Django in it."""

import asyncio
import contextlib
import subprocess
import sys
from pathlib import Path

import pytest

from tests.websites.check.conftest import Check
from tests.websites.check.servers import OK, for_ever, silent, then_nothing, website
from tests.websites.tls_authority import Issued, issued, server_context
from virtadmin.websites.check import tls
from virtadmin.websites.check.checker import Checker
from virtadmin.websites.check.outcome import Request
from virtadmin.websites.check.stages import Stage
from virtadmin.websites.check.turns import AT_ONCE, Turns


@pytest.mark.parametrize(
    ("uri", "told"),
    [
        ("https://me:word@shop.example/", "fields of their own"),
        ("https://shop.example:99999/", "port"),
        ("https://shop.example/" + "a" * 8192, "2000 at most"),
        ("nonsense", "http:// or https://"),
    ],
)
async def test_an_address_that_is_none_is_told(check: Check, uri: str, told: str) -> None:
    outcome = await check(uri)
    assert outcome.stage == Stage.ADDRESS
    assert told in outcome.reason
    assert "word@" not in repr(outcome)


async def test_many_at_once_do_not_wait_for_the_slow_ones(check: Check) -> None:
    checker = Checker()
    async with (
        website(OK) as good,
        website(then_nothing(b"")) as slow,
        website(for_ever(b"HTTP/1.1 200 OK\r\n\r\n", b"x" * 60_000)) as endless,
        silent() as mute,
    ):
        uris = [f"http://127.0.0.1:{site}/" for site in (good.port, slow.port, endless.port, mute)] * 30
        requests = [Request(uri, private_allowed=True, timeout=3.0) for uri in uris]
        outcomes = await asyncio.gather(*map(checker.check, requests))
    checker.close()
    assert [outcome.stage for outcome in outcomes[:4]] == [None, Stage.HEADERS_TIMEOUT, None, Stage.HEADERS_TIMEOUT]
    assert all(outcome.stage is None for outcome in outcomes[::4] + outcomes[2::4])
    assert len(good.requests) == 30


async def test_one_that_is_cancelled_leaves_nothing_open() -> None:
    checker = Checker()
    before = set(asyncio.all_tasks())
    async with website(then_nothing(b"HTTP/1.1 200 OK\r\n\r\n")) as site:
        open_files = len(list(Path("/proc/self/fd").iterdir()))
        running = asyncio.create_task(checker.check(Request(f"http://127.0.0.1:{site.port}/", private_allowed=True)))
        while not site.requests:
            await asyncio.sleep(0.01)
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running
        assert running.cancelled()
        while len(list(Path("/proc/self/fd").iterdir())) > open_files:
            await asyncio.sleep(0.01)  # the server's end of it
    checker.close()
    assert asyncio.all_tasks() <= before


async def test_a_fault_of_its_own_is_an_outcome_too(
    check: Check, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("a fault")

    monkeypatch.setattr("virtadmin.websites.check.visit.request_bytes", broken)
    outcome = await check("http://127.0.0.1/")
    assert (outcome.stage, outcome.reason) == (Stage.INTERNAL, "The check itself failed.")
    assert "a fault" in caplog.text


async def test_a_large_request_is_sent_whole(check: Check) -> None:
    async with website(OK) as site:
        outcome = await check(f"http://127.0.0.1:{site.port}/", method="POST", body=b"x" * 10_000_000)
    assert outcome.stage is None
    assert len(site.requests[0]) > 10_000_000


async def test_a_server_that_takes_no_more_of_a_request_is_waited_for(check: Check) -> None:
    async with silent() as port:
        outcome = await check(f"http://127.0.0.1:{port}/", method="POST", body=b"x" * 50_000_000, timeout=1.0)
    assert outcome.stage == Stage.HEADERS_TIMEOUT


async def test_a_connection_that_breaks_is_told(check: Check) -> None:
    async def reset(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.transport.abort()

    async with website(reset) as site:
        outcome = await check(f"http://127.0.0.1:{site.port}/", method="POST", body=b"x" * 9_000_000)
    assert outcome.stage == Stage.CLOSED


async def test_a_tls_connection_that_ends_without_a_word_is_an_end(check: Check, root: Issued) -> None:
    shown = server_context(issued("here", ("127.0.0.1",), root))
    async with website(b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 40_000, tls=shown) as site:
        outcome = await check(f"https://127.0.0.1:{site.port}/", ca_certificates=root.pem, text_absent="y")
    assert outcome.stage is None


async def test_the_systems_cas_are_read_anew_each_day(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    contexts = tls.Contexts(lambda: now[0])
    first = contexts.strict("")
    assert contexts.strict("") is first
    now[0] += 2 * tls.FRESH_SECONDS
    assert contexts.strict("") is not first
    assert contexts.lax() is contexts.lax()


async def test_contexts_with_own_cas_are_not_kept_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []
    monkeypatch.setattr(tls, "strict_context", lambda own: made.append(own) or object())
    contexts = tls.Contexts(lambda: 0.0)
    for number in [*range(tls.OWN_MOST + 1), 1, 0]:
        contexts.strict(f"CA {number}")
    assert len(made) == tls.OWN_MOST + 2


async def test_checks_begin_a_few_each_time_the_loop_comes_round() -> None:
    turns, order = Turns(), []

    async def one(number: int) -> None:
        await turns.mine()
        order.append(number)

    tasks = [asyncio.create_task(one(number)) for number in range(4 * AT_ONCE)]
    await asyncio.sleep(0)
    assert len(order) == AT_ONCE
    tasks[AT_ONCE].cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert order == [number for number in range(4 * AT_ONCE) if number != AT_ONCE]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    await one(99)
    assert order[-1] == 99


def test_it_knows_nothing_of_django() -> None:
    code = "import sys, virtadmin.websites.check.checker; sys.exit('django' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
