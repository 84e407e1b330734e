"""One command over an open connection."""

import asyncio
from typing import NamedTuple

import asyncssh

from virtadmin.ssh.failures import named_failure
from virtadmin.ssh.stages import ConnectionFailure, Stage

COMMAND_SECONDS = 15.0
RAW_TERMINAL = {asyncssh.PTY_ECHO: 0, asyncssh.PTY_ECHONL: 0, asyncssh.PTY_ONLCR: 0}
"""Nothing typed comes back: what is typed is a password."""


class Ran(NamedTuple):
    """How a command ended. `status` is None when no exit status came."""

    status: int | None
    output: str
    errors: str

    @property
    def said(self) -> str:
        """All it said, errors first."""
        return f"{self.errors}\n{self.output}".strip()


async def run(
    connection: asyncssh.SSHClientConnection, command: str, *, given: str = "", terminal: bool = False
) -> Ran:
    """Run a command with `given` on its input. Raises ConnectionFailure."""
    try:
        async with asyncio.timeout(COMMAND_SECONDS):
            ended = await connection.run(
                command,
                input=given,
                encoding="utf-8",
                errors="replace",
                term_type="dumb" if terminal else None,
                term_modes=RAW_TERMINAL if terminal else {},
            )
    except TimeoutError:
        raise ConnectionFailure(Stage.TIMEOUT, "The server did not finish a simple command in time.") from None
    except (OSError, asyncssh.Error) as error:
        raise named_failure(error) from None
    return Ran(ended.exit_status, str(ended.stdout), str(ended.stderr))
