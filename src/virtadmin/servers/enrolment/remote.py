"""One command over an open connection."""

import asyncio
from typing import NamedTuple

import asyncssh

from virtadmin.ssh.failures import named_failure
from virtadmin.ssh.stages import ConnectionFailure, Stage

COMMAND_SECONDS = 15.0
OUTPUT_MAX = 256 * 1024
"""Characters that a command may say; the greeting of a login may be among them."""
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
            process = await connection.create_process(
                command,
                input=given,
                encoding="utf-8",
                errors="replace",
                term_type="dumb" if terminal else None,
                term_modes=RAW_TERMINAL if terminal else {},
            )
            output, errors = await asyncio.gather(_all_of(process.stdout), _all_of(process.stderr))
            await process.wait_closed()
    except TimeoutError:
        raise ConnectionFailure(Stage.TIMEOUT, "The server did not finish a simple command in time.") from None
    except (OSError, asyncssh.Error) as error:
        raise named_failure(error) from None
    return Ran(process.exit_status, output, errors)


async def _all_of(stream: "asyncssh.SSHReader[str]") -> str:
    """What comes, to its end. Raises ConnectionFailure where there is none to be seen: a server may be hostile."""
    parts, size = list[str](), 0
    while chunk := await stream.read(8192):
        parts.append(chunk)
        size += len(chunk)
        if size > OUTPUT_MAX:
            raise ConnectionFailure(Stage.UNREACHABLE, "The server answers a simple command with more than 256 KB.")
    return "".join(parts)
