"""What becomes of rows when a row they refer to is deleted."""

from typing import Any

from django.db.models.deletion import Collector


def cascade_whole(collector: Collector, field: Any, sub_objs: Any, using: str) -> None:  # noqa: ARG001 - Django's call
    """An `on_delete`: they go too, as with CASCADE, and their reference is never empty in between.

    Django's own first sets a nullable one to NULL on databases that check references at once (MySQL, MariaDB). A row of
    which a check constraint says that it has one of several references would be refused there.
    """
    model = field.remote_field.model
    collector.collect(sub_objs, source=model, source_attr=field.name, nullable=False, fail_on_restricted=False)
