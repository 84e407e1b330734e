"""Which messages of the inbox a person asked for."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlencode

from django.db.models import Prefetch, Q, QuerySet
from django.http import QueryDict

from virtadmin.accounts.models import User
from virtadmin.alerting.models import Telling
from virtadmin.notifications.models import Notification
from virtadmin.notifications.selectors import notifications_visible

NEWS = timedelta(minutes=1)
"""A message is announced in open pages for so long: what came before is in the inbox, and no news."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What the list is narrowed by."""

    unread: bool = False
    level: str = ""
    words: str = ""

    @classmethod
    def of(cls, query: QueryDict) -> "Asked":
        """As asked for; what does not exist is left out."""
        level = query.get("level", "")
        known = level if level in Notification.Level.values else ""
        return cls(query.get("unread") == "1", known, query.get("q", "").strip()[:100])

    def address(self, **changed: str) -> str:
        """The query string with some of it changed; empty without any."""
        given = {"unread": "1" if self.unread else "", "level": self.level, "q": self.words, **changed}
        query = urlencode({name: value for name, value in given.items() if value})
        return query and f"?{query}"


def notices_listed(user: User, asked: Asked) -> QuerySet[Notification]:
    """Those asked for of the person's own, the newest first, each with the incidents it tells of."""
    rows = notifications_visible(user).select_related("server", "url")
    if asked.unread:
        rows = rows.filter(unread=True)
    if asked.level:
        rows = rows.filter(level=asked.level)
    for word in asked.words.split():
        of_server = Q(server__name__icontains=word) | Q(server__ip_address__icontains=word)
        of_website = Q(url__name__icontains=word) | Q(url__uri__icontains=word)
        rows = rows.filter(of_server | of_website | Q(title__icontains=word))
    tellings = Telling.objects.filter(recipient=user).order_by("pk")
    return rows.prefetch_related(Prefetch("tellings", tellings, to_attr="told"))


def news(user: User, now: datetime) -> Notification | None:
    """The newest unread message, if it came just now."""
    return notifications_visible(user).filter(unread=True, timestamp__gte=now - NEWS).first()
