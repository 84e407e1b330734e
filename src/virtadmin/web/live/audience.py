"""What of the bus one person may hear."""

from collections.abc import Callable, Iterable
from typing import Any

from asgiref.sync import sync_to_async
from django.db import connections
from django.db.models import QuerySet

from virtadmin.accounts.models import User
from virtadmin.servers.selectors import profiles_visible, servers_visible
from virtadmin.web.live import events
from virtadmin.web.live.relay import Said
from virtadmin.websites.selectors import urls_visible

WATCHED: dict[str, Callable[[User], QuerySet[Any]]] = {"servers": servers_visible, "urls": urls_visible}
"""Topics whose messages name servers or websites, and which of them a person sees."""
FOLLOWED_MOST = 100
"""Enrolments one stream can follow."""


class Audience:
    """One person listening: which topics, and of each message only what is theirs to know."""

    def __init__(self, user: User, profiles: Iterable[int] = (), session: str = "") -> None:
        self.user = user
        self.session = session
        """The public id of the session the stream is open in."""
        self.over = False
        """That session was ended: nothing more may be sent."""
        self.topics = [
            *WATCHED,
            "notifications",
            "incidents",
            "chats",
            "imports",
            "sessions",
            *(f"profile:{pk}" for pk in profiles),
        ]
        self._may_see: dict[tuple[str, int], bool] = {}

    async def hears(self, said: Said) -> bytes | None:
        """The event as this person may have it, or None."""
        if said.topic in WATCHED:
            return await self._of_watched(said)
        if said.topic == "incidents":
            return await self._of_incidents(said)
        if said.topic == "notifications":
            mine = said.message.get("user") == self.user.pk
            return events.event("notifications", {"id": said.message.get("id")}) if mine else None
        if said.topic == "chats":
            return events.event("chats", {}) if said.message.get("user") == self.user.pk else None
        if said.topic == "imports":
            follows = self.user.sees_all or said.message.get("user") == self.user.pk
            return events.event("imports", {"id": said.message.get("id")}) if follows else None
        if said.topic == "sessions":
            self.over = self.session in said.message.get("ended", [])
            return events.event("out", {}) if self.over else None
        topic, _, pk = said.topic.partition(":")
        return events.event(topic, {"profile": int(pk), **said.message})

    async def _of_watched(self, said: Said) -> bytes | None:
        if self.user.sees_all:
            return said.text
        ids = await self._visible(said.topic, said.message.get("ids", []))
        return events.event(said.topic, {"ids": ids}) if ids else None

    async def _of_incidents(self, said: Said) -> bytes | None:
        """That some changed, if they are of what the person may see; which ones the page asks itself."""
        if not self.user.sees_all:
            seen = [await self._visible(topic, said.message.get(topic, [])) for topic in WATCHED]
            if not any(seen):
                return None
        return events.event("incidents", {})

    async def _visible(self, topic: str, ids: list[int]) -> list[int]:
        """Those of the servers, or websites, this person may see. Each is asked of the database once in a stream's
        life."""
        asked = [pk for pk in ids if (topic, pk) not in self._may_see]
        if asked:
            seen = await sync_to_async(self._query)(topic, asked)
            self._may_see.update({(topic, pk): pk in seen for pk in asked})
        return [pk for pk in ids if self._may_see[topic, pk]]

    def _query(self, topic: str, ids: list[int]) -> set[int]:
        try:
            return set(WATCHED[topic](self.user).filter(pk__in=ids).values_list("pk", flat=True))
        finally:
            let_go_of_databases()


def profiles_followed(user: User, asked: Iterable[str]) -> list[int]:
    """Those of the enrolments asked for that the person may follow."""
    ids = {int(number) for number in asked if number.isdecimal() and len(number) < 19}
    seen = profiles_visible(user).filter(pk__in=sorted(ids)[:FOLLOWED_MOST])
    return sorted(seen.values_list("pk", flat=True)) if ids else []


def let_go_of_databases() -> None:
    """Give this thread's database connections back: a stream is open for minutes and asks almost nothing.

    Django itself would hold one for each stream until it ends.
    """
    for connection in connections.all(initialized_only=True):
        if not connection.in_atomic_block:
            connection.close()
