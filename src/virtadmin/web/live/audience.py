"""What of the bus one person may hear."""

from typing import Any

from asgiref.sync import sync_to_async
from django.db import connections

from virtadmin.accounts.models import User
from virtadmin.servers.selectors import profiles_visible, servers_visible


class Audience:
    """One person listening: which topics, and of each message only what is theirs to know."""

    def __init__(self, user: User, profile: int | None = None) -> None:
        self.user = user
        self.topics = ["servers", "notifications"] + ([f"profile:{profile}"] if profile else [])
        self._may_see: dict[int, bool] = {}

    async def hears(self, topic: str, message: dict[str, Any]) -> dict[str, Any] | None:
        """The message as this person may have it, or None."""
        if topic == "servers":
            ids = await self._visible(message.get("ids", []))
            return {"ids": ids} if ids else None
        if topic == "notifications":
            return {"id": message.get("id")} if message.get("user") == self.user.pk else None
        return message

    async def _visible(self, ids: list[int]) -> list[int]:
        """Those of the servers this person may see. Each is asked of the database once in a stream's life."""
        if self.user.sees_all:
            return ids
        asked = [pk for pk in ids if pk not in self._may_see]
        if asked:
            seen = await sync_to_async(self._query)(asked)
            self._may_see.update({pk: pk in seen for pk in asked})
        return [pk for pk in ids if self._may_see[pk]]

    def _query(self, ids: list[int]) -> set[int]:
        try:
            return set(servers_visible(self.user).filter(pk__in=ids).values_list("pk", flat=True))
        finally:
            let_go_of_databases()


def profile_is_visible(user: User, profile: int) -> bool:
    """Whether the person may follow this enrolment."""
    return profiles_visible(user).filter(pk=profile).exists()


def let_go_of_databases() -> None:
    """Give this thread's database connections back: a stream is open for minutes and asks almost nothing.

    Django itself would hold one for each stream until it ends.
    """
    for connection in connections.all(initialized_only=True):
        if not connection.in_atomic_block:
            connection.close()
