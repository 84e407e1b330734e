"""What is deleted along with what it belongs to."""

from typing import Any

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
