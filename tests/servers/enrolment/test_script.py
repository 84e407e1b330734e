"""Running a script over a connection that misbehaves: an SSH server in this process plays the host."""

import asyncio
from contextlib import suppress
from types import SimpleNamespace
from typing import Any

import asyncssh
import pytest

from tests.ssh.conftest import ADDRESS, Door, Server, ServeSsh, serve_ssh
from virtadmin.servers.enrolment import course, script
from virtadmin.servers.enrolment.course import Course
from virtadmin.servers.enrolment.failures import RunFailed
from virtadmin.servers.enrolment.privilege import Way
from virtadmin.servers.enrolment.remote import run
from virtadmin.servers.enrolment.script import start_script
from virtadmin.servers.models import InitialServerProfile
from virtadmin.ssh.connection import open_connection
from virtadmin.ssh.stages import ConnectionFailure, Stage

__all__ = ["serve_ssh"]
USER = Way(is_root=False)


async def host(process: Any) -> None:
    """Takes an upload; then says its output has ended, and never ends."""
    if "mktemp" in process.command:
        await process.stdin.read()
        process.stdout.write(b"@file /tmp/virtadmin.abc123\n")
        process.exit(0)
    else:
        process.stdout.write(b"one\ntw")
        await asyncio.sleep(0.05)
        process.stdout.write(b"o\r\nthree")
        process.stdout.write_eof()
        await process.stdin.read()
        await asyncio.sleep(5)


class OneSession(Door):
    """Lets one session in and refuses the second."""

    def __init__(self) -> None:
        self._sessions = 0

    def session_requested(self) -> "asyncssh.SSHServerProcess[bytes] | bool":
        self._sessions += 1
        return asyncssh.SSHServerProcess(host, None, 3, False) if self._sessions == 1 else False


async def link_to(server: Server) -> asyncssh.SSHClientConnection:
    return await open_connection(
        address=ADDRESS, port=server.port, username="ops", host_keys=server.host_keys, password="door-secret"
    )


async def test_lines_come_whole_and_an_unreported_end_is_told(
    serve_ssh: ServeSsh, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(script, "END_SECONDS", 0.1)
    async with serve_ssh(host) as server, await link_to(server) as link:
        running = await start_script(link, USER, "echo")
        heard = []
        while not running.ended:
            heard += await running.lines(0.2)
        assert heard == ["one", "two", "three"]
        assert (running.status, running.lost) == (None, "The script's end was not reported.")
        link.abort()


async def test_a_script_that_may_not_start_has_its_stage(serve_ssh: ServeSsh) -> None:
    async with serve_ssh(None, server_factory=OneSession) as server, await link_to(server) as link:
        with pytest.raises(ConnectionFailure) as caught:
            await start_script(link, USER, "echo")
        assert caught.value.stage == Stage.UNREACHABLE


async def endless(process: Any) -> None:
    """Takes an upload; says a little at a time, for ever, to whatever else it is asked."""
    if "mktemp" in process.command:
        await host(process)
    with suppress(BrokenPipeError, ConnectionError):
        while not process.is_closing():
            process.stdout.write(b"x" * 10_000)
            process.stderr.write(b"y\n" * 5_000)
            await process.stdout.drain()


async def test_a_server_that_never_stops_talking_is_given_up(
    serve_ssh: ServeSsh, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(script, "OUTPUT_MAX", 300_000)
    async with serve_ssh(endless) as server, await link_to(server) as link:
        running = await start_script(link, USER, "echo")
        with pytest.raises(RunFailed, match="more than 4 MB"):
            await running.lines(5)
        with pytest.raises(ConnectionFailure, match="more than 256 KB"):
            await run(link, "id")
        link.abort()


def test_a_script_that_talks_without_end_does_not_keep_others_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    class Talkative:
        ended = False

        async def lines(self, within: float) -> list[str]:
            return ["still there"]

    async def started(*_: object) -> Talkative:
        return Talkative()

    class Log:
        def write(self, *texts: str, step: str = "") -> None:
            """Kept nowhere."""

    monkeypatch.setattr(course, "start_script", started)
    monkeypatch.setattr(course, "LONGEST_SECONDS", 0.05)
    login: Any = SimpleNamespace(connection=None)
    with asyncio.Runner() as edge:
        under_way = Course(InitialServerProfile(), Log(), edge)  # type: ignore[arg-type]
        with pytest.raises(RunFailed, match="half an hour"):
            under_way.run_script(login, USER, "echo")
