"""Collects the bytes of one answer of the probe (probe/README.md), whoever carries them."""

import asyncio
import re

from virtadmin.ssh.stages import ConnectionFailure, Stage

FIRST, END = re.compile(rb"^virtadmin-probe \d+ ", re.MULTILINE), b"virtadmin-probe end\n"
ANSWER_MAX = 4 * 1024 * 1024
UNASKED_MAX = 64 * 1024
"""Bytes that may come without a question: a greeting, the rest of an answer. Else a server could fill the memory."""
COMPLAINT_MAX = 2000
NOT_FOUND = 127
"""A shell's exit status for a program that is not there (POSIX, shell command language, 2.8.2)."""
MISSING_WORDS = ("not found", "no such file", "cannot open", "can't open")


class Answers:
    """What comes from one probe: at most one answer is awaited at a time.

    Noise before the first line (a login banner, an echo in a shell's start-up file) is dropped.
    """

    __slots__ = ("_buffer", "_complaint", "_failure", "_heard", "_waiter", "exit_status")

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._complaint = b""
        self._heard = 0
        self._waiter: asyncio.Future[bytes] | None = None
        self._failure: ConnectionFailure | None = None
        self.exit_status: int | None = None

    @property
    def over(self) -> bool:
        """Whether nothing more can come."""
        return self._failure is not None

    @property
    def kept(self) -> int:
        """Bytes that are held of what came."""
        return len(self._buffer) + len(self._complaint)

    async def next(self, timeout: float) -> bytes:
        """The next whole answer, from its first line to its end line. Raises ConnectionFailure."""
        if self._failure:
            raise self._failure
        if self._waiter:
            raise RuntimeError("an answer is awaited already")
        self._waiter = asyncio.get_running_loop().create_future()
        self._heard = 0
        try:
            async with asyncio.timeout(timeout):
                return await self._waiter
        except TimeoutError:
            raise ConnectionFailure(Stage.PROBE_TIMEOUT, f"The probe did not answer in {timeout:g} seconds.") from None
        finally:
            self._waiter = None

    def feed(self, data: bytes) -> None:
        """Bytes of the probe's standard output."""
        if self._too_much(data):
            return
        self._buffer += data
        if self._buffer.endswith(END):
            self._complete()

    def _too_much(self, data: bytes) -> bool:
        """Count what comes, and give up a probe that says more than it was asked. What comes after that is dropped."""
        if self._failure:
            return True
        self._heard += len(data)
        if self._waiter and self._heard > ANSWER_MAX:
            self.fail(ConnectionFailure(Stage.PROBE_FAILED, "The probe's answer is longer than 4 MB."))
        elif not self._waiter and self._heard > UNASKED_MAX:
            self.fail(ConnectionFailure(Stage.PROBE_FAILED, "The server goes on talking without being asked."))
        if self._failure:
            self._buffer = bytearray()
        return self._failure is not None

    def _complete(self) -> None:
        self._heard = 0 if self._waiter else self._heard
        answer, self._buffer = bytes(self._buffer), bytearray()
        answer = answer[: answer.index(END) + len(END)]  # what came unasked after it is dropped
        start = FIRST.search(answer)
        if self._waiter and not self._waiter.done():
            self._waiter.set_result(answer[start.start() :] if start else answer)

    def complain(self, data: bytes) -> None:
        """Bytes of the probe's standard error."""
        if self._too_much(data):
            return
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
