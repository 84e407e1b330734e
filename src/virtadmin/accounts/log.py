"""The log of changes as people may read it: what they did themselves, and what was done to objects they may see."""

from collections.abc import Callable, Collection
from functools import reduce
from operator import or_
from typing import Any

from auditlog.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db.models import Model, Q, QuerySet

from virtadmin.accounts.models import User

Seen = Callable[[User], QuerySet[Any]]
_seen: list[Seen] = []


def log_shows(*selectors: Seen) -> None:
    """People may read of changes of the objects these selectors give them. Each app says so at start-up."""
    _seen.extend(selector for selector in selectors if selector not in _seen)


def log_visible(user: User) -> QuerySet[LogEntry]:
    """Changes the person made, and those of objects they may see; everything for admins and staff. The newest first."""
    rows: QuerySet[LogEntry] = LogEntry.objects.select_related("actor", "content_type")
    if user.sees_all:
        return rows
    return rows.filter(reduce(or_, (_about(seen(user)) for seen in _seen), Q(actor=user)))


def log_names(user: User, model: type[Model], keys: Collection[object]) -> dict[str, str]:
    """What the objects of this kind with these keys are called, by key: of people all, of others those that the person
    may see."""
    whole: QuerySet[Any] = model._default_manager.all()  # noqa: SLF001  # public by Django's documentation
    if not user.sees_all and model is not User:
        whole = next((rows for seen in _seen if (rows := seen(user)).model is model), whole.none())
    return {str(row.pk): str(row) for row in whole.filter(pk__in=keys)}


def _about(rows: QuerySet[Any]) -> Q:
    """Entries about these objects."""
    model: type[Model] = rows.model
    return Q(content_type=ContentType.objects.get_for_model(model), object_id__in=rows.order_by().values("pk"))
