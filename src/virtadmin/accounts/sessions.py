"""Sessions in the database, with whose they are: `SESSION_ENGINE`. They can be listed and ended one by one.

The key is in the browser's cookie alone; the table has its hash."""

from datetime import datetime
from functools import partial
from typing import Any

from django.contrib.auth import SESSION_KEY
from django.contrib.auth.signals import user_logged_in
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from virtadmin.accounts.address import client_address
from virtadmin.accounts.models import Session, User, session_public_id
from virtadmin.core import bus

ORIGIN = "_origin"
"""Where in the session's data it is noted when and from where it was begun."""


class SessionStore(DatabaseStore):
    """Django's, in a table that names the user, and has the hash of each key where Django has the key itself."""

    seen: datetime | None = None
    """When the loaded session had last been used."""

    @classmethod
    def get_model_class(cls) -> type[Session]:
        return Session

    def exists(self, session_key: str) -> bool:
        return super().exists(session_public_id(session_key))

    async def aexists(self, session_key: str) -> bool:
        return await super().aexists(session_public_id(session_key))

    def delete(self, session_key: str | None = None) -> None:
        if key := session_key or self.session_key:
            super().delete(session_public_id(key))

    async def adelete(self, session_key: str | None = None) -> None:
        if key := session_key or self.session_key:
            await super().adelete(session_public_id(key))

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        return self._kept(super().create_model_instance(data), data)

    async def acreate_model_instance(self, data: dict[str, Any]) -> Session:
        return self._kept(await super().acreate_model_instance(data), data)

    def _get_session_from_db(self) -> Session | None:
        return self._noted(self._rows().first())

    async def _aget_session_from_db(self) -> Session | None:
        return self._noted(await self._rows().afirst())

    def _rows(self) -> QuerySet[Session]:
        """The session of the cookie's key, while it lasts."""
        kept = session_public_id(self.session_key or "")
        return Session.objects.filter(session_key=kept, expire_date__gt=timezone.now())

    def _noted(self, row: Session | None) -> Session | None:
        self.seen = row.seen if row else None
        if row is None:
            self._session_key = None  # so that a key somebody made up is never taken over
        return row

    @staticmethod
    def _kept(row: Any, data: dict[str, Any]) -> Session:
        origin = data.get(ORIGIN, {})
        row.session_key = session_public_id(row.session_key)
        row.user_id = int(data[SESSION_KEY]) if SESSION_KEY in data else None
        row.begun = datetime.fromisoformat(origin["begun"]) if origin else None
        row.seen = timezone.now()
        row.address, row.agent = origin.get("address", ""), origin.get("agent", "")
        session: Session = row
        return session


def note_origin(request: HttpRequest, **_: Any) -> None:
    """Remember when, from where and by which browser a session was begun. A receiver of `user_logged_in`."""
    if not isinstance(request, HttpRequest):
        return  # the API gave a token, which is no session
    request.session[ORIGIN] = {
        "begun": timezone.now().isoformat(),
        "address": client_address(request)[:45],
        "agent": request.headers.get("User-Agent", "")[:300],
    }


def note_origins() -> None:
    """Do so from now on."""
    user_logged_in.connect(note_origin, dispatch_uid="virtadmin.accounts.sessions")


def sessions_of(user: User) -> QuerySet[Session]:
    """The person's sessions that have not expired, the newest used first."""
    return Session.objects.filter(user=user, expire_date__gt=timezone.now()).order_by("-seen", "pk")


def session_seen(*, session_key: str, now: datetime) -> None:
    """Note that the session of this key is in use."""
    Session.objects.filter(session_key=session_public_id(session_key)).update(seen=now)


def session_end(*, user: User, public_id: str) -> bool:
    """End one of the person's sessions, wherever its browser is. Returns whether there was such a one."""
    return bool(_end(sessions_of(user).filter(session_key=public_id)))


def sessions_end(*, user: User, keep: str | None = None) -> int:
    """End all of the person's sessions but the one of the key `keep`. Returns how many."""
    rows = Session.objects.filter(user=user)
    return _end(rows.exclude(session_key=session_public_id(keep)) if keep else rows)


def _end(rows: QuerySet[Session]) -> int:
    """Delete them, and tell the pages open in them. Returns how many."""
    ended = list(rows.values_list("session_key", flat=True))
    Session.objects.filter(pk__in=ended).delete()
    if ended:
        transaction.on_commit(partial(bus.publish, "sessions", {"ended": ended}))
    return len(ended)
