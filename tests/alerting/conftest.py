"""A watched server, and a collector that tells alerting what it saw."""

from collections.abc import Callable

import pytest
import redis
from django.contrib.auth.models import Group

from virtadmin.accounts.models import User
from virtadmin.alerting.contracts import Observed, Reachability
from virtadmin.alerting.models import Threshold
from virtadmin.alerting.services import round_evaluate
from virtadmin.metrics.observation import Observation
from virtadmin.servers.models import Server

START = 1_800_000_000.0


class Collector:
    """Feeds observations of one server, one interval after the other."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.now = START

    def sees(self, *, after: float | None = None, details: dict[str, object] | None = None, **values: float) -> None:
        """One observation, `after` seconds after the one before."""
        self.now += self.server.interval if after is None else after
        observation = Observation(self.now, values, details or {})
        round_evaluate(
            observed=[Observed(self.server.pk, self.server.interval, observation)], reachability=[], now=self.now
        )

    def loses(self, stage: str = "timeout", reason: str = "No answer within 5 s.", hint: str = "Is it on?") -> None:
        """News that the server is lost."""
        self.now += self.server.interval
        news = Reachability(self.server.pk, lost=True, stage=stage, reason=reason, hint=hint)
        round_evaluate(observed=[], reachability=[news], now=self.now)

    def finds(self) -> None:
        """News that it is back."""
        self.now += self.server.interval
        round_evaluate(observed=[], reachability=[Reachability(self.server.pk, lost=False)], now=self.now)


@pytest.fixture
def server_of() -> Callable[..., Server]:
    """Makes a server with limits."""

    def make(owner: User, name: str = "web1", **fields: object) -> Server:
        limits = {key: fields.pop(key) for key in [*fields] if key.endswith("_usage") or key == "window"}
        server = Server.objects.create(owner=owner, name=name, **{"ip_address": f"{name}.example.org", **fields})
        Threshold.objects.create(server=server, **limits)
        return server

    return make


@pytest.fixture
def team(alice: User, bob: User) -> Group:
    """A group that Bob is in; Alice shares servers with it."""
    group = Group.objects.create(name="team")
    bob.groups.add(group)
    return group


@pytest.fixture
def server(alice: User, server_of: Callable[..., Server]) -> Server:
    """Alice's server, asked every minute, judged over 5 minutes."""
    return server_of(alice)


@pytest.fixture
def collector(server: Server, valkey: redis.Redis) -> Collector:
    """What watches Alice's server."""
    return Collector(server)
