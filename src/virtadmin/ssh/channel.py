"""A channel to one probe: a line is asked, a whole answer comes back.

A connection that is open costs its memory as long as the server is watched, so one small session class stands in
for asyncssh's process objects.
"""

from contextlib import suppress
from typing import Protocol

import asyncssh

from virtadmin.ssh.answers import Answers
from virtadmin.ssh.connection import open_connection
from virtadmin.ssh.failures import named_failure
from virtadmin.ssh.host_keys import pinned
from virtadmin.ssh.keys import private_key_read
from virtadmin.ssh.local import open_local
from virtadmin.ssh.stages import HINTS, ConnectionFailure, Stage
from virtadmin.ssh.target import Target


class ProbeChannel(Protocol):
    """An open channel to a probe. Never more than one request is outstanding."""

    @property
    def closed(self) -> bool:
        """Whether it can no longer be asked."""
        ...

    async def ask(self, request: str, timeout: float) -> bytes:
        """The probe's answer, first and end line included (4 MB at most). Raises ConnectionFailure.

        After a failure the channel is closed: an answer that comes too late must not be taken for the next one.
        """
        ...

    def close(self) -> None:
        """Let go of it; harmless when called again."""
        ...


async def open_channel(target: Target, *, hub_name: str) -> ProbeChannel:
    """Connect to the target's probe. `hub_name` marks log lines where no launcher does. Raises ConnectionFailure."""
    if target.transport == "local":
        return await open_local(hub_name)
    if not target.private_key:
        raise ConnectionFailure(Stage.AUTH_REJECTED, "The hub has no key for this server.", HINTS[Stage.PROBE_MISSING])
    connection = await open_connection(
        address=target.address,
        port=target.port,
        username=target.username,
        host_keys=pinned(target.host_keys),
        private_key=private_key_read(target.private_key),
    )
    return await open_session(connection)


async def open_session(connection: asyncssh.SSHClientConnection) -> "SSHProbeChannel":
    """The probe behind a connection whose key has it as its forced command. Raises ConnectionFailure."""
    try:
        session = ProbeSession()
        channel, _ = await connection.create_session(lambda: session, encoding=None)
    except (OSError, asyncssh.Error) as error:
        failure = named_failure(error)
        if not connection.is_closed():
            failure = ConnectionFailure(Stage.PROBE_FAILED, f"The server refuses to start the probe: {error}.")
        connection.abort()
        raise failure from None
    return SSHProbeChannel(connection, channel, session)


class ProbeSession(asyncssh.SSHClientSession[bytes]):
    """Hands what arrives to `answers`, and breaks the connection off when that is more than they take."""

    __slots__ = ("_channel", "answers")

    def __init__(self) -> None:
        self.answers = Answers()
        self._channel: asyncssh.SSHClientChannel[bytes] | None = None

    def connection_made(self, chan: "asyncssh.SSHClientChannel[bytes]") -> None:
        """The channel is open."""
        self._channel = chan

    def data_received(self, data: bytes, datatype: asyncssh.DataType) -> None:
        """Standard output, or standard error."""
        if datatype is None:
            self.answers.feed(data)
        else:
            self.answers.complain(data)
        if self.answers.over and self._channel:
            self._channel.get_connection().abort()

    def exit_status_received(self, status: int) -> None:
        """How the probe ended."""
        self.answers.exit_status = status

    def connection_lost(self, exc: Exception | None) -> None:
        """The channel is gone: with an exception the connection broke, without one the probe ended."""
        self.answers.ended(named_failure(exc) if exc else None)


class SSHProbeChannel:
    """The `ProbeChannel` over SSH."""

    __slots__ = ("_answers", "_channel", "_connection")

    def __init__(
        self,
        connection: asyncssh.SSHClientConnection,
        channel: asyncssh.SSHClientChannel[bytes],
        session: ProbeSession,
    ) -> None:
        self._connection, self._channel, self._answers = connection, channel, session.answers

    @property
    def closed(self) -> bool:
        """Whether it can no longer be asked."""
        return self._answers.over

    async def ask(self, request: str, timeout: float) -> bytes:
        """See `ProbeChannel`."""
        try:
            with suppress(OSError):  # it is just being closed: why, comes with the next thing heard
                self._channel.write(request.encode() + b"\n")
            return await self._answers.next(timeout)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Break the connection off: nothing that matters is on its way."""
        self._answers.fail(ConnectionFailure(Stage.UNREACHABLE, "The hub closed the connection."))
        self._connection.abort()
