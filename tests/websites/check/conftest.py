"""What the tests of checks share: somebody who checks, and the tests' own CA."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from tests.websites import tls_authority
from tests.websites.tls_authority import Issued
from virtadmin.websites.check.checker import Checker
from virtadmin.websites.check.outcome import Outcome, Request
from virtadmin.websites.check.resolve import Resolve

Check = Callable[..., Awaitable[Outcome]]


@pytest.fixture
async def check() -> AsyncIterator[Check]:
    """Check an address; `resolve` and any field of a request by name. Any 2xx is expected."""
    made: list[Checker] = []

    async def one(uri: str, *, resolve: Resolve | None = None, **fields: Any) -> Outcome:
        made.append(Checker(resolve=resolve))
        usual: dict[str, Any] = {"private_allowed": True, "statuses": ((200, 299),), "timeout": 10.0}
        return await made[-1].check(Request(uri, **(usual | fields)))

    yield one
    for checker in made:
        checker.close()
    await asyncio.sleep(0)


@pytest.fixture(scope="session")
def root() -> Issued:
    """The tests' own CA."""
    return tls_authority.root()


@pytest.fixture(scope="session")
def below(root: Issued) -> Issued:
    """An intermediate CA."""
    return tls_authority.intermediate(root)
