"""Who is named in the change log as having made a change."""

from collections.abc import Iterator
from contextlib import contextmanager

from auditlog.context import auditlog_value, set_actor

from virtadmin.accounts.models import User


@contextmanager
def acting(user: User | None) -> Iterator[None]:
    """Log the changes made inside as this user's; None leaves it as it is. May be nested, also in a request."""
    if user is None:
        yield
        return
    outer = auditlog_value.get({})
    token = auditlog_value.set({})  # set_actor leaves its own behind, which would blind a request's around it
    try:
        with set_actor(user, remote_addr=outer.get("remote_addr"), remote_port=outer.get("remote_port")):
            yield
    finally:
        auditlog_value.reset(token)


def who_acts() -> User | None:
    """Who is named just now, for lines of the change log that are written in bulk; None = the hub itself."""
    actor = auditlog_value.get({}).get("actor")
    return actor if isinstance(actor, User) else None
