"""The door of this package: a request in, its outcome out."""

import asyncio
import logging
import time
from collections.abc import Callable

from virtadmin.websites.check import address, redirects
from virtadmin.websites.check.course import Course
from virtadmin.websites.check.failure import CheckFailure
from virtadmin.websites.check.opening import Opener
from virtadmin.websites.check.outcome import Outcome, Request
from virtadmin.websites.check.redirects import Step
from virtadmin.websites.check.resolve import Resolve, Resolver
from virtadmin.websites.check.stages import HINTS, Stage
from virtadmin.websites.check.turns import Turns
from virtadmin.websites.check.visit import Visitor

log = logging.getLogger(__name__)


class Checker:
    """Checks websites, any number at once, for one asyncio loop. Keeps what is dear to make: TLS contexts, certificates
    it has read, threads of the resolver. `clock` gives Unix seconds."""

    def __init__(self, *, resolve: Resolve | None = None, clock: Callable[[], float] = time.time) -> None:
        self._resolver = None if resolve else Resolver()
        self._opener = Opener(clock)
        self._visitor = Visitor(resolve or self._resolver or Resolver(), self._opener, clock)
        self._turns = Turns()

    async def check(self, request: Request) -> Outcome:
        """What comes of asking the website once. Never raises; a cancellation passes through."""
        await self._turns.mine()
        try:
            first = Step(address.parse(request.uri), request.method)
        except address.AddressInvalid as error:
            return Outcome(Stage.ADDRESS, str(error), HINTS[Stage.ADDRESS])
        course = Course(first)
        failure = await self._failure(request, course)
        course.end()
        if course.unjudged:
            await self._opener.learn(request, course)
        return course.outcome(failure)

    def close(self) -> None:
        """Let its threads end."""
        if self._resolver:
            self._resolver.close()

    async def _failure(self, request: Request, course: Course) -> CheckFailure | None:
        """Why the check fails, if it does."""
        try:
            async with asyncio.timeout(request.timeout):
                await self._follow(request, course)
        except CheckFailure as failure:
            return failure
        except TimeoutError:
            return course.timed_out(request.timeout)
        except Exception:  # one website must not cost the others their checks
            log.exception("The check of a website failed by itself.")
            return CheckFailure(Stage.INTERNAL, "The check itself failed.")
        return None

    async def _follow(self, request: Request, course: Course) -> None:
        """Ask, and go on where redirects lead. Raises CheckFailure."""
        while True:
            answer = await self._visitor.visit(request, course)
            if not (request.follow_redirects and redirects.leads_on(answer)):
                return
            after, hop = redirects.following(course.step, answer)
            course.hops.append(hop)
            course.steps.append(after)
            redirects.judged(course.steps)
            course.begin_step()
