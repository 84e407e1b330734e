"""TLS to a website: one handshake with OpenSSL's own verification, and a second look only where that fails."""

import asyncio
import hashlib
import ssl
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace

from virtadmin.websites.check import diagnosis
from virtadmin.websites.check.address import Address
from virtadmin.websites.check.certificate import Facts, Memory, described
from virtadmin.websites.check.channel import PlainChannel
from virtadmin.websites.check.connection import connect
from virtadmin.websites.check.course import Course, Unjudged
from virtadmin.websites.check.diagnosis import Shown
from virtadmin.websites.check.failure import CheckFailure
from virtadmin.websites.check.outcome import Request
from virtadmin.websites.check.secure import HandshakeFailed, SecureChannel
from virtadmin.websites.check.tls import Contexts

LEARNED_MOST = 4096
LEARNED_SECONDS = 3600.0
LEARN_SECONDS = 5.0
"""How long finding out may take, after the check."""


class Opener:
    """Opens TLS for the checks of one loop. `clock` gives Unix seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock, self._contexts, self._memory = clock, Contexts(clock), Memory()
        self._learned: dict[bytes, tuple[bool, float]] = {}
        """Whether a chain that was not verified is trusted, and until when to believe it."""

    async def open(self, plain: PlainChannel, request: Request, course: Course) -> SecureChannel:
        """TLS over the channel; the certificate is noted in the course. Raises CheckFailure."""
        address = course.step.address
        context = self._contexts.strict(request.ca_certificates) if request.verify_tls else self._contexts.lax()
        channel = SecureChannel(plain, context, address.host)
        try:
            await channel.handshake()
        except HandshakeFailed as failed:
            plain.close()
            raise await self._why(failed, request, course) from None
        course.secured_at = time.monotonic()
        if course.is_own and request.verify_tls:
            facts = self._memory.facts(channel.certificate())
            if facts:
                course.certificate = described(
                    facts, address.host, channel.tls.version() or "", trusted=True, chain_complete=True
                )
        elif course.is_own:
            self._note_unverified(channel, request, course)
        return channel

    async def learn(self, request: Request, course: Course) -> None:
        """Find out whether a certificate that nobody verified would be trusted. The check is over by then: nothing of
        this counts for it. It is asked once an hour and chain."""
        if not course.unjudged or not course.certificate:
            return
        mark, address, ip = course.unjudged
        try:
            strict = self._contexts.strict(request.ca_certificates)
            async with asyncio.timeout(LEARN_SECONDS):
                (await _reached(address, ip, strict)).close()
            trusted = True
        except HandshakeFailed as failed:
            trusted = _code(failed.error) in diagnosis.CHAIN_WAS_FOUND
        except (CheckFailure, TimeoutError):
            return
        while len(self._learned) >= LEARNED_MOST:
            del self._learned[next(iter(self._learned))]
        self._learned[mark] = trusted, self._clock() + LEARNED_SECONDS
        complete = trusted or course.certificate.chain_complete
        course.certificate = replace(course.certificate, trusted=trusted, chain_complete=complete)

    def _note_unverified(self, channel: SecureChannel, request: Request, course: Course) -> None:
        chain = channel.chain()
        mark = hashlib.sha256(b"\0".join([request.ca_certificates.encode(), *chain])).digest()
        trusted, until = self._learned.get(mark, (False, 0.0))
        if until <= self._clock():
            course.unjudged = Unjudged(mark, course.step.address, course.ip)
        course.certificate = self._shown(chain, channel, course.step.address.host, trusted=trusted).certificate

    async def _why(self, failed: HandshakeFailed, request: Request, course: Course) -> CheckFailure:
        """The failure of that handshake; what the server shows to those who verify nothing tells more."""
        address, code = course.step.address, _code(failed.error)
        course.suspected = self._failure(failed, code, address, Shown())
        if not request.verify_tls:
            return course.suspected
        shown = Shown()
        with suppress(HandshakeFailed, CheckFailure):
            channel = await _reached(address, course.ip, self._contexts.lax())
            shown = self._shown(channel.chain(), channel, address.host, trusted=code in diagnosis.CHAIN_WAS_FOUND)
            channel.close()
        if course.is_own:
            course.certificate = shown.certificate
        return self._failure(failed, code, address, shown)

    def _failure(self, failed: HandshakeFailed, code: int | None, address: Address, shown: Shown) -> CheckFailure:
        if code is None:
            return diagnosis.of_handshake(failed.error, failed.heard, shown, address.port)
        said = getattr(failed.error, "verify_message", "")
        return diagnosis.of_certificate(code, said, address.host, shown, self._clock())

    def _shown(self, chain: Sequence[bytes], channel: SecureChannel, host: str, *, trusted: bool) -> Shown:
        protocol = channel.tls.version() or ""
        facts: list[Facts] = [found for der in chain if (found := self._memory.facts(der))]
        if not facts:
            return Shown(protocol)
        complete = diagnosis.chain_complete(facts, trusted=trusted)
        certificate = described(facts[0], host, protocol, trusted=trusted, chain_complete=complete)
        return Shown(protocol, certificate, facts[0])


async def _reached(address: Address, ip: str, context: ssl.SSLContext) -> SecureChannel:
    """A connection of its own to that IP address, which was judged. Raises HandshakeFailed, CheckFailure."""
    sock, _ = await connect([ip], address.port)
    plain = PlainChannel(sock)
    channel = SecureChannel(plain, context, address.host)
    try:
        await channel.handshake()
    except BaseException:
        plain.close()
        raise
    return channel


def _code(error: OSError | None) -> int | None:
    """OpenSSL's code of what is wrong with the certificate, if that is it."""
    return error.verify_code if isinstance(error, ssl.SSLCertVerificationError) else None
