"""What is known of a check while it runs, so that wherever it ends there is an outcome."""

import time
from typing import NamedTuple

from virtadmin.websites.check.address import Address
from virtadmin.websites.check.failure import CheckFailure
from virtadmin.websites.check.outcome import Certificate, Hop, Outcome, Phases
from virtadmin.websites.check.redirects import Step
from virtadmin.websites.check.stages import Stage

WAITED_FOR = {
    Stage.DNS: "The name server did not answer",
    Stage.CONNECT_TIMEOUT: "No answer to the connection",
    Stage.TLS_TIMEOUT: "The TLS handshake did not end",
    Stage.HEADERS_TIMEOUT: "The server took the request, but did not answer",
    Stage.BODY_TIMEOUT: "The answer began, but did not end",
}


class Unjudged(NamedTuple):
    """A chain of which nobody knows yet whether it is trusted: what stands for it, and where it came from."""

    mark: bytes
    address: Address
    ip: str


class Course:
    """One check. Times of the clock that only goes forward."""

    __slots__ = (
        "answered_at", "began", "certificate", "connected_at", "doing", "hops", "ip", "phrase", "resolved_at",
        "retry_after", "secured_at", "sent_at", "status", "step_began", "steps", "suspected", "total",
        "unjudged",
    )  # fmt: skip

    def __init__(self, first: Step) -> None:
        self.began = time.monotonic()
        self.steps = [first]
        self.hops: list[Hop] = []
        self.certificate: Certificate | None = None
        self.suspected: CheckFailure | None = None
        """The failure, should there be no time left to find out more about it."""
        self.total: float | None = None
        self.unjudged: Unjudged | None = None
        self.begin_step()

    def begin_step(self) -> None:
        """Forget what is known of the step before."""
        self.step_began = time.monotonic()
        self.resolved_at = self.connected_at = self.secured_at = self.sent_at = self.answered_at = 0.0
        self.doing = Stage.DNS
        self.ip = self.phrase = ""
        self.status: int | None = None
        self.retry_after: float | None = None

    @property
    def website(self) -> Step:
        """The first step: the website itself."""
        return self.steps[0]

    @property
    def step(self) -> Step:
        """The newest."""
        return self.steps[-1]

    @property
    def is_own(self) -> bool:
        """Whether the newest step asks the website's own host, and the first time so by TLS: not after a redirect."""
        return self.certificate is None and self.step.address.host == self.website.address.host

    def timed_out(self, seconds: float) -> CheckFailure:
        """The failure when the time is over."""
        if self.suspected:
            return self.suspected
        return CheckFailure(self.doing, f"{WAITED_FOR[self.doing]} within {seconds:g} s.")

    def end(self) -> None:
        """The verdict is there: what follows does not count as the website's time."""
        self.total = time.monotonic() - self.began

    def outcome(self, failure: CheckFailure | None) -> Outcome:
        """What came of it."""
        phases = Phases(
            dns=_between(self.step_began, self.resolved_at),
            tcp=_between(self.resolved_at or self.step_began, self.connected_at),
            tls=_between(self.connected_at, self.secured_at),
            first_byte=_between(self.sent_at, self.answered_at),
            total=self.total,
        )
        stage, reason, hint = (failure.stage, self._told(failure), failure.hint) if failure else (None, "", "")
        return Outcome(
            stage, reason, hint, self.status, self.phrase, phases, self.ip, tuple(self.hops), self.certificate,
            self.retry_after,
        )  # fmt: skip

    def _told(self, failure: CheckFailure) -> str:
        """The reason; where it happened, if that is not the website itself."""
        host = self.step.address.authority
        if not self.hops or self.step.address.origin == self.website.address.origin:
            return failure.reason
        return f"Redirected to {host}: {failure.reason}"


def _between(begin: float, end: float) -> float | None:
    return end - begin if begin and end else None
