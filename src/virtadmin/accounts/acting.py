"""Who is named in the change log as having made a change, and lines of it that no saving of a row writes."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager

from auditlog.context import auditlog_value, set_actor
from auditlog.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db.models import Model

from virtadmin.accounts.models import User

ROWS_A_BATCH = 500


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


def changes_log(changed: Iterable[tuple[Model, Mapping[str, tuple[object, object]]]]) -> None:
    """A line for each row: its fields' values before and after, by whoever acts just now. For what is changed in bulk,
    or is of a table that the hub itself changes all the time and people seldom."""
    context = auditlog_value.get({})
    actor = context.get("actor")
    person = actor if isinstance(actor, User) else None
    entries = [
        LogEntry(
            content_type=ContentType.objects.get_for_model(row),
            object_pk=str(row.pk),
            object_id=row.pk,
            object_repr=str(row),
            action=LogEntry.Action.UPDATE,
            changes={name: [str(before), str(after)] for name, (before, after) in changes.items()},
            actor=person,
            actor_email=person and person.email,
            remote_addr=context.get("remote_addr"),
        )
        for row, changes in changed
    ]
    LogEntry.objects.bulk_create(entries, batch_size=ROWS_A_BATCH)
