"""What is deleted along with what it belongs to, and what is deleted because it is old."""

from typing import Any

from django.db.models import QuerySet
from django.db.models.deletion import Collector
from django.db.models.fields.related import ForeignKey


def cascade(collector: Collector, field: "ForeignKey[Any, Any]", sub_objs: Any, _using: str) -> None:
    """`on_delete` as Django's CASCADE, for a nullable key that a check constraint is about.

    Where a database cannot defer its constraints (MySQL), Django empties such keys before it deletes the rows, which
    the constraint forbids. Called not nullable, the rows are deleted first instead, so the tables must be in no circle.
    """
    collector.collect(
        sub_objs,
        source=field.remote_field.model,
        source_attr=field.name,
        nullable=False,
        fail_on_restricted=False,
    )


ROWS = 1000


def batches_delete(rows: QuerySet[Any], batch: int = ROWS) -> int:
    """Delete these rows and what belongs to them, so many in one transaction, so that no table is locked for long.
    Returns how many rows of this table it were."""
    count = 0
    while ids := list(rows.order_by("pk").values_list("pk", flat=True)[:batch]):
        rows.model._default_manager.filter(pk__in=ids).delete()  # noqa: SLF001 - Django documents it
        count += len(ids)
    return count
