"""Many servers, a clock, and what people are told: through the real services."""

from collections.abc import Iterable
from datetime import UTC, datetime

from tests.alerting.conftest import START
from virtadmin.accounts.models import User
from virtadmin.alerting.contracts import Observed, Reachability
from virtadmin.alerting.models import Threshold
from virtadmin.alerting.services import round_evaluate
from virtadmin.alerting.telling.tell import tell
from virtadmin.metrics.observation import Observation
from virtadmin.notifications.models import Notification
from virtadmin.servers.models import Server, ServerState

TICK = 5.0
"""Seconds between two runs of the task `alerting.tell`."""


class Fleet:
    """Servers of one owner. Time goes on by `wait` alone; the task runs as beat has it run."""

    def __init__(self, owner: User, count: int = 1, **fields: object) -> None:
        self.owner = owner
        self.now = START
        names = [f"s{number:03}" for number in range(count)]
        rows = [Server(owner=owner, name=name, ip_address=f"{name}.example.org", **fields) for name in names]
        Server.objects.bulk_create(rows)
        self.ids = list(Server.objects.filter(owner=owner).order_by("name").values_list("pk", flat=True))
        Threshold.objects.bulk_create(Threshold(server_id=pk, window=0) for pk in self.ids)
        ServerState.objects.bulk_create(ServerState(server_id=pk, status="up") for pk in self.ids)

    @property
    def at(self) -> datetime:
        return datetime.fromtimestamp(self.now, UTC)

    def wait(self, seconds: float, every: float = TICK) -> None:
        """Let the time pass, with the task run every so many seconds of it."""
        end = self.now + seconds
        while self.now + every <= end:
            self.now += every
            self.tell()
        self.now = end

    def tell(self) -> None:
        tell(clock=lambda: self.at)

    def lose(self, ids: Iterable[int], stage: str = "timeout") -> None:
        ids = list(ids)
        ServerState.objects.filter(server_id__in=ids).update(status="down", failures=3)
        hint = "Is it on?"
        news = [Reachability(pk, lost=True, stage=stage, reason="No answer.", hint=hint) for pk in ids]
        round_evaluate(observed=[], reachability=news, now=self.now)

    def find(self, ids: Iterable[int]) -> None:
        ids = list(ids)
        ServerState.objects.filter(server_id__in=ids).update(status="up", failures=0, last_update=self.at)
        round_evaluate(observed=[], reachability=[Reachability(pk, lost=False) for pk in ids], now=self.now)

    def see(self, ids: Iterable[int], **values: float) -> None:
        observed = [Observed(pk, 60, Observation(self.now, values, {"hdd_mount": "/"})) for pk in ids]
        round_evaluate(observed=observed, reachability=[], now=self.now)

    def told(self, person: User | None = None) -> list[Notification]:
        """What the owner (or somebody else) was told, the oldest first."""
        return list(Notification.objects.filter(recipient=person or self.owner).order_by("pk"))

    def titles(self, person: User | None = None) -> list[str]:
        return [row.title for row in self.told(person)]
