"""Sessions in the database, with whose they are: `SESSION_ENGINE`. They can be listed and ended one by one."""

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
from virtadmin.accounts.models import Session, User
from virtadmin.core import bus

ORIGIN = "_origin"
"""Where in the session's data it is noted when and from where it was begun."""


class SessionStore(DatabaseStore):
    """Django's, in a table that names the user."""

    seen: datetime | None = None
    """When the loaded session had last been used."""

    @classmethod
    def get_model_class(cls) -> type[Session]:
        return Session

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        return self._with_origin(super().create_model_instance(data), data)

    async def acreate_model_instance(self, data: dict[str, Any]) -> Session:
        return self._with_origin(await super().acreate_model_instance(data), data)

    def _get_session_from_db(self) -> Session | None:
        return self._noted(super()._get_session_from_db())  # type: ignore[misc]  # the stubs lack it

    async def _aget_session_from_db(self) -> Session | None:
        return self._noted(await super()._aget_session_from_db())  # type: ignore[misc]  # the stubs lack it

    def _noted(self, row: Session | None) -> Session | None:
        self.seen = row.seen if row else None
        return row

    @staticmethod
    def _with_origin(row: Any, data: dict[str, Any]) -> Session:
        origin = data.get(ORIGIN, {})
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
    """Note that a session is in use."""
    Session.objects.filter(session_key=session_key).update(seen=now)


def session_end(*, user: User, public_id: str) -> bool:
    """End one of the person's sessions, wherever its browser is. Returns whether there was such a one."""
    for row in sessions_of(user):
        if row.public_id == public_id:
            _end([row])
            return True
    return False


def sessions_end(*, user: User, keep: str | None = None) -> int:
    """End all of the person's sessions but the one of the key `keep`. Returns how many."""
    rows = [row for row in Session.objects.filter(user=user) if row.session_key != keep]
    _end(rows)
    return len(rows)


def _end(rows: list[Session]) -> None:
    """Delete them, and tell the pages open in them."""
    Session.objects.filter(pk__in=[row.pk for row in rows]).delete()
    if rows:
        transaction.on_commit(partial(bus.publish, "sessions", {"ended": [row.public_id for row in rows]}))
