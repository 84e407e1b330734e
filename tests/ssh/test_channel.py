"""Asking a probe over SSH."""

import asyncio
import gc
from contextlib import suppress
from typing import Any

import asyncssh
import pytest

from tests.ssh.conftest import Server, ServeSsh
from virtadmin.ssh import answers
from virtadmin.ssh.channel import ProbeChannel, open_channel
from virtadmin.ssh.keys import key_pair_generate
from virtadmin.ssh.stages import ConnectionFailure, Stage
from virtadmin.ssh.target import Target

ANSWER = b"virtadmin-probe 1 %s\n==> x <==\n1\nvirtadmin-probe end\n"
Process = "asyncssh.SSHServerProcess[bytes]"


async def probe(process: Any) -> None:
    """A probe that gives every word back, slowly and with noise before it."""
    process.stdout.write(b"Last login: yesterday\nvirtadmin-probe is what you asked for?\n")
    async for line in process.stdin:
        answer = ANSWER % line.strip()
        for part in (answer[:7], answer[7:40], answer[40:]):
            process.stdout.write(part)
            await asyncio.sleep(0.001)
    process.exit(0)


def dying(status: int, *, complaint: bytes = b"", output: bytes = b"") -> Any:
    async def handler(process: Any) -> None:
        process.stderr.write(complaint)
        process.stdout.write(output)
        process.exit(status)

    return handler


async def failure_of(target: Target, timeout: float = 2) -> tuple[ConnectionFailure, ProbeChannel | None]:
    channel = None
    try:
        channel = await open_channel(target, hub_name="hub")
        await channel.ask("sample", timeout)
    except ConnectionFailure as failure:
        return failure, channel
    raise AssertionError("it did not fail")


async def test_whole_answers_come_back_one_after_the_other(serve_ssh: ServeSsh) -> None:
    async with serve_ssh(probe) as server:
        channel = await open_channel(server.target, hub_name="hub")
        assert not channel.closed
        for word in ("sample", "facts", "log two words"):
            assert await channel.ask(word, 2) == ANSWER % word.encode()
        channel.close()
        channel.close()
        assert channel.closed
        with pytest.raises(ConnectionFailure, match="The hub closed the connection"):
            await channel.ask("sample", 2)


async def test_a_second_question_does_not_mix_with_the_first(serve_ssh: ServeSsh) -> None:
    async with serve_ssh(probe) as server:
        channel = await open_channel(server.target, hub_name="hub")
        first = asyncio.create_task(channel.ask("sample", 2))
        await asyncio.sleep(0)
        with pytest.raises(RuntimeError):
            await channel.ask("facts", 2)
        with pytest.raises(ConnectionFailure):
            await first


@pytest.mark.parametrize(
    ("handler", "stage", "told"),
    [
        (dying(127, complaint=b"sh: 1: exec: /home/virtadmin/probe: not found\n"), Stage.PROBE_MISSING, "not found"),
        (dying(2, complaint=b"sh: 0: cannot open /x: No such file\n"), Stage.PROBE_MISSING, "cannot open"),
        (dying(127), Stage.PROBE_MISSING, "127"),
        (dying(1, complaint=b"Traceback\x1b[1m\nmore\n"), Stage.PROBE_FAILED, "status 1: Traceback?[1m"),
        (dying(1, output=b"This account is currently not available.\n"), Stage.PROBE_FAILED, "not available"),
        (dying(0), Stage.PROBE_FAILED, "status 0"),
    ],
)
async def test_a_probe_that_ends_says_why(serve_ssh: ServeSsh, handler: Any, stage: Stage, told: str) -> None:
    async with serve_ssh(handler) as server:
        failure, channel = await failure_of(server.target)
    assert failure.stage == stage
    assert told in failure.message
    assert channel is None or channel.closed


async def test_a_probe_that_says_nothing_times_out_and_is_given_up(serve_ssh: ServeSsh) -> None:
    async def silent(process: Any) -> None:
        await process.stdin.read()

    async with serve_ssh(silent) as server:
        failure, channel = await failure_of(server.target, timeout=0.1)
    assert failure.stage == Stage.PROBE_TIMEOUT
    assert channel
    assert channel.closed


async def test_an_endless_answer_is_cut_off(serve_ssh: ServeSsh, monkeypatch: pytest.MonkeyPatch) -> None:
    async def endless(process: Any) -> None:
        while True:
            process.stdout.write(b"x" * 10_000)
            await process.stdout.drain()

    monkeypatch.setattr(answers, "ANSWER_MAX", 50_000)
    async with serve_ssh(endless) as server:
        failure, _ = await failure_of(server.target)
    assert (failure.stage, "4 MB" in failure.message) == (Stage.PROBE_FAILED, True)


async def test_a_server_that_goes_on_unasked_is_cut_off_between_two_polls(serve_ssh: ServeSsh) -> None:
    """What it sends would fill the hub's memory and keep it decrypting, for as long as nobody asks it anything."""
    cut = asyncio.Event()

    async def floods(process: Any) -> None:
        process.stdout.write(ANSWER % (await process.stdin.readline()).strip())
        with suppress(BrokenPipeError, ConnectionError):
            while not process.channel.is_closing():
                process.stdout.write(b"x" * 30_000)
                await process.stdout.drain()
        await process.channel.wait_closed()
        cut.set()

    async with serve_ssh(floods) as server:
        channel = await open_channel(server.target, hub_name="hub")
        await channel.ask("sample", 2)
        async with asyncio.timeout(5):
            await cut.wait()
        assert channel.closed


async def test_a_lost_connection_is_no_fault_of_the_probe(serve_ssh: ServeSsh) -> None:
    async def cut(process: Any) -> None:
        await process.stdin.readline()
        process.channel.get_connection().abort()

    async with serve_ssh(cut) as server:
        failure, _ = await failure_of(server.target)
    assert failure.stage == Stage.UNREACHABLE


async def test_a_refused_session_is_told(serve_ssh: ServeSsh) -> None:
    class NoSession(asyncssh.SSHServer):
        def session_requested(self) -> bool:
            return False

    async with serve_ssh(None, server_factory=NoSession) as server:
        failure, _ = await failure_of(server.target)
    assert failure.stage == Stage.PROBE_FAILED
    assert "refuses to start the probe" in failure.message


async def test_a_connection_lost_before_the_session_has_its_stage(serve_ssh: ServeSsh) -> None:
    class Cuts(asyncssh.SSHServer):
        def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
            self._conn = conn

        def session_requested(self) -> bool:
            self._conn.abort()
            return False

    async with serve_ssh(None, server_factory=Cuts) as server:
        failure, _ = await failure_of(server.target)
    assert failure.stage == Stage.UNREACHABLE


async def test_without_a_key_or_with_a_stolen_ones_copy_nothing_opens(serve_ssh: ServeSsh) -> None:
    async with serve_ssh(probe) as server:
        target = server.target
        keyless = Target(target.address, target.port, target.username, "", target.host_keys)
        strange = Target(target.address, target.port, target.username, key_pair_generate().private, target.host_keys)
        for wrong in (keyless, strange):
            assert (await failure_of(wrong))[0].stage == Stage.AUTH_REJECTED
        assert target.private_key not in repr(target)


async def test_a_connection_costs_little_memory(serve_ssh: ServeSsh) -> None:
    """The budget is 60 KB; half of what is counted here belongs to the server in this same process."""
    import tracemalloc

    async def opened(server: Server, count: int) -> list[ProbeChannel]:
        return [await open_channel(server.target, hub_name="hub") for _ in range(count)]

    async with serve_ssh(probe) as server:
        channels = await opened(server, 2)
        gc.collect()
        tracemalloc.start()
        before, _ = tracemalloc.get_traced_memory()
        channels += await opened(server, 20)
        for channel in channels:
            await channel.ask("sample", 2)
        gc.collect()
        after, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        for channel in channels:
            channel.close()
    assert (after - before) / 20 < 2 * 60_000
