"""Collects the bytes of one answer of the probe (probe/README.md), whoever carries them."""

import asyncio
import re

from virtadmin.ssh.stages import ConnectionFailure, Stage

FIRST, END = re.compile(rb"^virtadmin-probe \d+ ", re.MULTILINE), b"virtadmin-probe end\n"
ANSWER_MAX = 4 * 1024 * 1024
COMPLAINT_MAX = 2000
NOT_FOUND = 127
"""A shell's exit status for a program that is not there (POSIX, shell command language, 2.8.2)."""
MISSING_WORDS = ("not found", "no such file", "cannot open", "can't open")


class Answers:
    """What comes from one probe: at most one answer is awaited at a time.

    Noise before the first line (a login banner, an echo in a shell's start-up file) is dropped.
    """

    __slots__ = ("_buffer", "_complaint", "_failure", "_waiter", "exit_status")

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._complaint = b""
        self._waiter: asyncio.Future[bytes] | None = None
        self._failure: ConnectionFailure | None = None
        self.exit_status: int | None = None

    @property
    def over(self) -> bool:
        """Whether nothing more can come."""
        return self._failure is not None

    async def next(self, timeout: float) -> bytes:
        """The next whole answer, from its first line to its end line. Raises ConnectionFailure."""
        if self._failure:
            raise self._failure
        if self._waiter:
            raise RuntimeError("an answer is awaited already")
        self._waiter = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(timeout):
                return await self._waiter
        except TimeoutError:
            raise ConnectionFailure(Stage.PROBE_TIMEOUT, f"The probe did not answer in {timeout:g} seconds.") from None
        finally:
            self._waiter = None

    def feed(self, data: bytes) -> None:
        """Bytes of the probe's standard output."""
        self._buffer += data
        if self._buffer.endswith(END):
            self._complete()
        elif len(self._buffer) > ANSWER_MAX:
            self.fail(ConnectionFailure(Stage.PROBE_FAILED, "The probe's answer is longer than 4 MB."))

    def _complete(self) -> None:
        answer, self._buffer = bytes(self._buffer), bytearray()
        answer = answer[: answer.index(END) + len(END)]  # what came unasked after it is dropped
        start = FIRST.search(answer)
        if self._waiter and not self._waiter.done():
            self._waiter.set_result(answer[start.start() :] if start else answer)

    def complain(self, data: bytes) -> None:
        """Bytes of the probe's standard error."""
        self._complaint = (self._complaint + data)[:COMPLAINT_MAX]

    def ended(self, lost: ConnectionFailure | None = None) -> None:
        """Nothing more will come: the probe ended, or the connection to it was lost."""
        self.fail(lost or self._ending())

    def fail(self, failure: ConnectionFailure) -> None:
        """End with this failure; the first one stays."""
        self._failure = self._failure or failure
        if self._waiter and not self._waiter.done():
            self._waiter.set_exception(self._failure)

    def _ending(self) -> ConnectionFailure:
        said = (self._complaint or bytes(self._buffer)).decode("utf-8", "replace")
        line = "".join(c if c.isprintable() else "?" for c in next(iter(said.strip().splitlines()), ""))[:200]
        if self.exit_status == NOT_FOUND or any(words in line.lower() for words in MISSING_WORDS):
            return ConnectionFailure(Stage.PROBE_MISSING, f"The probe is not there any more: {line or 'status 127'}")
        how = "without a word" if self.exit_status is None else f"with exit status {self.exit_status}"
        return ConnectionFailure(Stage.PROBE_FAILED, f"The probe ended {how}{': ' + line if line else ''}")
