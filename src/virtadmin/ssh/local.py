"""The local transport: the same probe as a child process of the hub, for the machine the hub runs on."""

import asyncio
import os
import sys
from pathlib import Path
from typing import Any

from django.conf import settings

from virtadmin.ssh.answers import Answers
from virtadmin.ssh.stages import ConnectionFailure, Stage

PACKAGE = Path(__file__).resolve().parent.parent


def probe_path(name: str) -> Path:
    """Where a file of the folder probe/ is: packed beside the installed package, or in the checkout."""
    packed = PACKAGE / "_probe" / name
    return packed if packed.exists() else PACKAGE.parent.parent / "probe" / name


async def open_local(hub_name: str) -> "LocalProbeChannel":
    """Start the probe. Raises ConnectionFailure.

    It ends with the hub however that ends: its standard input is a pipe that only the hub holds.
    """
    words = (sys.executable, "-I", str(probe_path("probe.py")), hub_name, str(settings.DATA / "virtadmin.log"))
    environment = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"}
    try:
        transport, protocol = await asyncio.get_running_loop().subprocess_exec(LocalSession, *words, env=environment)
    except OSError as error:
        raise ConnectionFailure(Stage.PROBE_FAILED, f"The probe cannot be started: {error}.") from None
    return LocalProbeChannel(transport, protocol)


class LocalSession(asyncio.SubprocessProtocol):
    """Hands what arrives to `answers`."""

    def __init__(self) -> None:
        self.answers = Answers()
        self._transport: Any = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport: it knows the exit status."""
        self._transport = transport

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        """Standard output is 1, standard error 2."""
        if fd == 1:
            self.answers.feed(data)
        else:
            self.answers.complain(data)

    def connection_lost(self, exc: Exception | None) -> None:
        """The child has ended and all it said was heard."""
        self.answers.exit_status = self._transport.get_returncode()
        self.answers.ended()
        self._transport.close()


class LocalProbeChannel:
    """The `ProbeChannel` to a child process."""

    def __init__(self, transport: asyncio.SubprocessTransport, session: LocalSession) -> None:
        self._transport, self._answers = transport, session.answers

    @property
    def closed(self) -> bool:
        """Whether it can no longer be asked."""
        return self._answers.over

    async def ask(self, request: str, timeout: float) -> bytes:
        """See `virtadmin.ssh.channel.ProbeChannel`."""
        try:
            pipe = self._transport.get_pipe_transport(0)
            if not self.closed and isinstance(pipe, asyncio.WriteTransport):
                pipe.write(request.encode() + b"\n")
            return await self._answers.next(timeout)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """End the child."""
        self._answers.fail(ConnectionFailure(Stage.UNREACHABLE, "The hub closed the connection."))
        self._transport.close()
