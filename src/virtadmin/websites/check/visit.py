"""One request and its answer: from a name to a body that was read as far as it matters."""

import ssl
import time
from collections.abc import Callable, Sequence

from virtadmin.websites.check import diagnosis, guard, judge
from virtadmin.websites.check.answer import Answer
from virtadmin.websites.check.channel import Channel, PlainChannel
from virtadmin.websites.check.connection import connect
from virtadmin.websites.check.course import Course
from virtadmin.websites.check.failure import CheckFailure
from virtadmin.websites.check.message import request_bytes
from virtadmin.websites.check.opening import Opener
from virtadmin.websites.check.outcome import Request
from virtadmin.websites.check.redirects import leads_on
from virtadmin.websites.check.resolve import Resolve
from virtadmin.websites.check.search import Search
from virtadmin.websites.check.stages import Stage

READ_MOST = 64 * 1024
"""Bytes of a body that are read when no text is looked for: enough to see that the server sends one."""


class Visitor:
    """Makes the requests of checks. `clock` gives Unix seconds."""

    def __init__(self, resolve: Resolve, opener: Opener, clock: Callable[[], float]) -> None:
        self._resolve, self._opener, self._clock = resolve, opener, clock

    async def visit(self, request: Request, course: Course) -> Answer:
        """The answer to the course's newest step: one that leads on, or one that is as the request expects. Raises
        CheckFailure."""
        step, own = course.step, course.step.address.origin == course.website.address.origin
        message = request_bytes(request, step.address, method=step.method, cookies=step.cookie_header, trusted=own)
        ips = await self._ips(course, private_allowed=request.private_allowed)
        course.doing, course.ip = Stage.CONNECT_TIMEOUT, ips[0]
        sock, course.ip = await connect(ips, step.address.port)
        course.connected_at = time.monotonic()
        channel: Channel = (plain := PlainChannel(sock))
        answer = Answer(step.method)
        try:
            if step.address.scheme == "https":
                course.doing = Stage.TLS_TIMEOUT
                channel = await self._opener.open(plain, request, course)
            await self._exchange(channel, message, answer, request, course)
        except ssl.SSLError as error:
            raise _broken_tls(error) from None
        except OSError as error:
            raise CheckFailure(Stage.CLOSED, f"The connection broke: {error.strerror or error}.") from None
        finally:
            channel.close()
            answer.close()
        return answer

    async def _ips(self, course: Course, *, private_allowed: bool) -> Sequence[str]:
        """Those of the newest step that may be asked. Raises CheckFailure."""
        address = course.step.address
        found: Sequence[str] = (address.host,)
        if not address.is_ip:
            found = await self._resolve(address.host)
            course.resolved_at = time.monotonic()
        allowed = [ip for ip in found if guard.refusal(ip, private_allowed=private_allowed) is None]
        if allowed:
            return allowed
        if not found:
            raise CheckFailure(Stage.DNS, f"The name {address.host} has no address.")
        why = guard.refusal(found[0], private_allowed=private_allowed)
        raise CheckFailure(Stage.FORBIDDEN_ADDRESS, f"The hub does not ask {found[0]}: it is {why}.")

    async def _exchange(
        self, channel: Channel, message: bytes, answer: Answer, request: Request, course: Course
    ) -> None:
        course.doing = Stage.HEADERS_TIMEOUT
        await channel.send(message)
        course.sent_at = time.monotonic()
        while not answer.head_done:
            data = await channel.receive()
            course.answered_at = course.answered_at or time.monotonic()
            if not data:
                answer.ended()
            answer.feed(data)
        course.status, course.phrase = answer.status, answer.phrase
        course.retry_after = judge.retry_after(answer.status, answer.header(b"retry-after"), self._clock())
        if request.follow_redirects and leads_on(answer):
            return
        if not judge.expected(answer.status, request.statuses):
            withheld = course.step.address.origin != course.website.address.origin
            raise judge.unexpected(answer.status, answer.phrase, request.statuses, withheld=withheld)
        course.doing = Stage.BODY_TIMEOUT
        if request.text_present or request.text_absent:
            await _searched(channel, answer, request)
        else:
            await _read(channel, answer)


async def _read(channel: Channel, answer: Answer) -> None:
    """Read the body to its end, or as far as it matters."""
    size = 0
    while True:
        size += sum(map(len, answer.pieces))
        answer.pieces.clear()
        if answer.complete or size >= READ_MOST:
            return
        await _more(channel, answer)


async def _searched(channel: Channel, answer: Answer, request: Request) -> None:
    """Read the body until it is known whether the texts are in it."""
    search = Search(request, answer.header(b"content-type"), answer.header(b"content-encoding"))
    while True:
        for piece in answer.pieces:
            search.feed(piece)
            if search.decided:
                return
        answer.pieces.clear()
        if answer.complete:
            search.ended()
            return
        await _more(channel, answer)


async def _more(channel: Channel, answer: Answer) -> None:
    data = await channel.receive()
    if data:
        answer.feed(data)
    else:
        answer.ended()


def _broken_tls(error: ssl.SSLError) -> CheckFailure:
    """With TLS 1.3 a server says only after the handshake that it wants a client certificate."""
    word = error.reason or ""
    if "CERTIFICATE_REQUIRED" in word:
        return diagnosis.client_certificate()
    return CheckFailure(Stage.TLS_FAILED, f"TLS failed: {diagnosis.in_words(word)}.")
