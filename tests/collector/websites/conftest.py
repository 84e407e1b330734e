"""Websites, and a desk whose checker says what the test wants."""

import asyncio
from collections.abc import Callable, Iterator

import pytest

from tests.websites.sites import website
from virtadmin.accounts.models import User
from virtadmin.collector import loop
from virtadmin.collector.websites import rounds
from virtadmin.collector.websites.checks import Desk
from virtadmin.collector.websites.rounds import Results
from virtadmin.websites.check.outcome import Outcome, Phases, Request
from virtadmin.websites.check.stages import Stage
from virtadmin.websites.models import Url

GOOD = Outcome(status=200, phrase="OK", phases=Phases(dns=0.001, total=0.1234))


class Scripted:
    """A checker that does what the address says: `good`, `bad`, `slow`, `never`, `broken`; and counts how often."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.most = self.now = 0
        """Checks under way at the same time."""
        self.closed = False

    async def check(self, request: Request) -> Outcome:
        self.asked.append(request.uri)
        self.now += 1
        self.most = max(self.most, self.now)
        try:
            return await self._answer(request.uri)
        finally:
            self.now -= 1

    async def _answer(self, uri: str) -> Outcome:
        if "slow" in uri:
            await asyncio.sleep(0.2)
        if "never" in uri:
            await asyncio.sleep(3600)
        if "broken" in uri:
            raise RuntimeError("secret")
        return Outcome(Stage.STATUS, "HTTP 503", status=503) if "bad" in uri else GOOD

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def scripted() -> Scripted:
    return Scripted()


@pytest.fixture
def results(scripted: Scripted, monkeypatch: pytest.MonkeyPatch) -> Iterator[Results]:
    """This process's results, of a desk with the scripted checker."""
    made = Results(Desk(lambda: scripted))
    monkeypatch.setattr(rounds, "results", lambda: made)
    yield made
    loop.run(made.desk.close(), 5)


@pytest.fixture
def make_url(alice: User) -> Callable[..., Url]:
    def make(uri: str = "http://good.example/", **fields: object) -> Url:
        return website(alice, uri, **fields)

    return make
