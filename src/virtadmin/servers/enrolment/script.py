"""Uploads a script to a private temporary file, runs it, and hands over its lines as they come."""

import asyncio
import re

import asyncssh

from virtadmin.servers.enrolment.failures import RunFailed
from virtadmin.servers.enrolment.privilege import Way
from virtadmin.servers.enrolment.remote import RAW_TERMINAL, run
from virtadmin.ssh.failures import named_failure

PLACES = ("/tmp", "/var/tmp", "/dev/shm", "$HOME")  # nosec B108 # noqa: S108 - mktemp makes it private
"""Tried in turn: any of them may be full or read-only."""
END_SECONDS = 5.0
OUTPUT_MAX = 4 * 1024 * 1024
"""Characters that a script may say: ours say some thousand, and a server may be hostile."""
UPLOADED = re.compile(r"^@file (/[\w./-]+)$", re.MULTILINE)


class RunningScript:
    """A script that runs on the server."""

    def __init__(self, process: "asyncssh.SSHClientProcess[str]") -> None:
        self._process = process
        self._rest = ""
        self._heard = 0
        self.ended = False
        self.lost = ""
        """Why the connection broke, if it did."""

    @property
    def status(self) -> int | None:
        """Its exit status, once ended; None if there is none because the connection broke."""
        return self._process.exit_status

    async def lines(self, within: float) -> list[str]:
        """The lines that came in the next `within` seconds; at once when it ended. Raises RunFailed."""
        loop = asyncio.get_running_loop()
        until = loop.time() + within
        while not self.ended and (left := until - loop.time()) > 0:
            try:
                async with asyncio.timeout(left):
                    chunk = await self._process.stdout.read(8192)
            except TimeoutError:
                break
            except (OSError, asyncssh.Error) as error:
                self.lost, chunk = named_failure(error).message, ""
            self.ended = not chunk
            self._rest += chunk
            self._heard += len(chunk)
            if self._heard > OUTPUT_MAX:
                raise RunFailed("The script on the server said more than 4 MB, so it was given up.")
        *lines, self._rest = self._rest.split("\n")
        if self.ended:
            lines, self._rest = [*lines, self._rest], ""
            await self._settle()
        return [line.rstrip("\r") for line in lines if line.strip()]

    async def _settle(self) -> None:
        """After the last line: wait a moment for the exit status."""
        try:
            async with asyncio.timeout(END_SECONDS):
                await self._process.wait_closed()
        except TimeoutError:
            self.lost = self.lost or "The script's end was not reported."


async def start_script(connection: asyncssh.SSHClientConnection, way: Way, text: str) -> RunningScript:
    """Upload the script and start it. It is deleted when it ends, also if the connection breaks. Raises RunFailed."""
    path = await _upload(connection, text)
    command = f"{way.prefix} sh {path}".strip()
    try:
        process = await connection.create_process(
            f"exec sh -c '{command}; s=$?; rm -f {path}; exit $s'",
            stderr=asyncssh.STDOUT,
            encoding="utf-8",
            errors="replace",
            term_type="dumb" if way.terminal else None,
            term_modes=RAW_TERMINAL if way.terminal else {},
        )
        process.stdin.write(way.given)
        if not way.terminal:
            process.stdin.write_eof()
    except (OSError, asyncssh.Error) as error:
        raise named_failure(error) from None
    return RunningScript(process)


async def _upload(connection: asyncssh.SSHClientConnection, text: str) -> str:
    complaint = ""
    for place in PLACES:
        command = (
            f"exec sh -c 'umask 077; f=$(mktemp {place}/virtadmin.XXXXXX) || exit 1; "
            'cat >"$f" && echo "@file $f" && exit 0; rm -f "$f"; exit 1\''
        )
        ran = await run(connection, command, given=text)
        uploaded = UPLOADED.search(ran.output)
        if uploaded:
            return uploaded[1]
        complaint = complaint or ran.said
    raise RunFailed(f"The script could not be put on the server: {complaint[:200] or 'no reason given'}")
