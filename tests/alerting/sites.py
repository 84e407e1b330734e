"""Websites, a clock, and what people are told: through the real services."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from tests.alerting.conftest import START
from tests.alerting.fleet import TICK
from virtadmin.accounts.models import User
from virtadmin.alerting.contracts import UrlSeen
from virtadmin.alerting.services import urls_evaluate
from virtadmin.alerting.telling.tell import tell
from virtadmin.notifications.models import Notification
from virtadmin.websites.models import Url, UrlState

DAY = 86_400.0
MONTHS = 90 * DAY
"""For how long certificates are issued."""


class Sites:
    """Websites of one owner. Time goes on by `wait` alone; the task runs as beat has it run."""

    def __init__(self, owner: User, count: int = 1, **fields: Any) -> None:
        self.owner = owner
        self.now = START
        hosts = [f"shop{number:03}.example.org" for number in range(count)]
        Url.objects.bulk_create([Url(owner=owner, **{"uri": f"https://{host}/", **fields}) for host in hosts])
        self.ids = list(Url.objects.filter(owner=owner).order_by("pk").values_list("pk", flat=True))
        UrlState.objects.bulk_create(UrlState(url_id=pk, status="up") for pk in self.ids)

    @property
    def at(self) -> datetime:
        return datetime.fromtimestamp(self.now, UTC)

    def wait(self, seconds: float, every: float = TICK) -> None:
        """Let the time pass, with the task run every so many seconds of it."""
        end = self.now + seconds
        while self.now + every <= end:
            self.now += every
            tell(clock=lambda: self.at)
        self.now = end

    def see(self, ids: Iterable[int] | None = None, **news: Any) -> None:
        """What a check says of them all."""
        seen = [UrlSeen(pk, **{"down": False, **news}) for pk in (self.ids if ids is None else ids)]
        urls_evaluate(seen=seen, now=self.now)

    def fall(self, ids: Iterable[int] | None = None, stage: str = "status", **news: Any) -> None:
        """They are down: HTTP 503 unless something else is said."""
        told = {"reason": "The server answered 503.", "hint": "Look at the web server's log.", "status": 503}
        self.see(ids, down=True, stage=stage, **{**told, **news})

    def certified(self, left: float, lifetime: float | None = MONTHS, **news: Any) -> None:
        """They are up, with a certificate that expires in so many seconds."""
        self.see(expires=self.now + left, lifetime=lifetime, **news)

    def told(self, person: User | None = None) -> list[Notification]:
        return list(Notification.objects.filter(recipient=person or self.owner).order_by("pk"))

    def titles(self, person: User | None = None) -> list[str]:
        return [row.title for row in self.told(person)]
