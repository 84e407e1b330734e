"""A worker's keeper, and servers that it really can connect to."""

import time
from collections.abc import Callable, Iterator

import pytest

from tests.collector.fleet import served
from tests.collector.odd_hosts import OddHosts
from virtadmin.accounts.models import User
from virtadmin.alerting.models import Threshold
from virtadmin.collector import errands, loop, rounds
from virtadmin.collector import keeper as keeping
from virtadmin.collector.keeper import Keeper
from virtadmin.collector.pacing import Pace
from virtadmin.collector.presence import presence
from virtadmin.collector.workers import Announcer
from virtadmin.servers.models import Server, ServerState


@pytest.fixture
def hosts() -> Iterator[OddHosts]:
    with served() as running:
        yield running


@pytest.fixture
def keeper(monkeypatch: pytest.MonkeyPatch) -> Iterator[Keeper]:
    monkeypatch.setattr(keeping, "FIRST_PAIR_SECONDS", 0.05)
    made = Keeper("test-hub", Pace(same_place=0.0))
    for module in (rounds, errands):
        monkeypatch.setattr(module, "keeper", lambda: made)
    yield made
    loop.run(made.close(), 5)


@pytest.fixture
def make_server(alice: User, hosts: OddHosts) -> Callable[..., Server]:
    def make(user: str, number: int = 1, **fields: object) -> Server:
        there = hosts.target(user, f"127.0.5.{number}")
        server = Server.objects.create(
            name=user, owner=alice, enrolled=True, ip_address=there.address, port=there.port, username=user,
            **{"private_key": there.private_key, "host_keys": there.host_keys, **fields},
        )  # fmt: skip
        ServerState.objects.create(server=server)
        Threshold.objects.create(server=server)
        return server

    return make


@pytest.fixture
def worker(valkey: object) -> Iterator[str]:
    """This process is a worker that asks servers, the only one; its name."""
    presence.announcer = Announcer("me@here")
    presence.announcer.announce({}, now=time.time())
    yield "me@here"
    presence.announcer.leave()
    presence.announcer = None


@pytest.fixture
def answering(make_server: Callable[..., Server], keeper: Keeper, worker: str) -> Server:
    """A server of Alice's that answers."""
    server = make_server("well")
    ServerState.objects.filter(server=server).update(status=ServerState.Status.UP)
    return server
