"""The fixture `make_host`: real servers for a test, stopped however it ends."""

import os
from collections.abc import Callable, Iterator

import pytest

from tests.hosts.maker import Host, what_is_missing

MakeHost = Callable[..., Host]


def hosts_or_skip() -> None:
    """Skip where this machine cannot make hosts; where all tests have to run (CI=true), fail instead."""
    missing = what_is_missing()
    if missing and os.environ.get("CI") == "true":
        pytest.fail(missing)
    if missing:
        pytest.skip(missing)


def _of_this_worker(name: str, address: str) -> tuple[str, str]:
    """Workers of pytest-xdist share the machine: the second's 127.0.1.5 is 127.0.2.5, and so on."""
    number = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    first, second, third, last = address.split(".")
    return (f"{name}-{number}" if number else name), f"{first}.{second}.{int(third) + number}.{last}"


def _maker() -> Iterator[MakeHost]:
    hosts_or_skip()
    made: list[Host] = []

    def make(name: str, address: str, suite: str = "bookworm", variant: str = "bare") -> Host:
        host = Host(*_of_this_worker(name, address), suite, variant)
        made.append(host)
        return host.start()

    yield make
    for host in made:
        host.stop()


@pytest.fixture
def make_host() -> Iterator[MakeHost]:
    """`make_host(name, address, suite="bookworm", variant="bare")` starts a fresh server for this test.

    Ask the host for its name and address: they differ from those given where tests run side by side.
    """
    yield from _maker()


@pytest.fixture(scope="module")
def make_module_host() -> Iterator[MakeHost]:
    """The same for servers that the tests of a file share."""
    yield from _maker()
