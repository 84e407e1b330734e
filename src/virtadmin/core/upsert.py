"""One way to insert-or-update many rows, for every database."""

from collections.abc import Collection, Sequence
from typing import TypeVar

from django.db import connection
from django.db.models import Model

Row = TypeVar("Row", bound=Model)
BATCH = 500


def upsert(model: type[Row], rows: Sequence[Row], unique: Collection[str], columns: Collection[str]) -> None:
    """Insert the rows, or update `columns` of those that are there by the `unique` fields. One statement a batch.

    MySQL takes no `unique_fields`: there any unique key of the table decides.
    """
    target = unique if connection.features.supports_update_conflicts_with_target else None
    model._default_manager.bulk_create(  # noqa: SLF001 - Django's documented way to a model's manager
        rows, update_conflicts=True, unique_fields=target, update_fields=columns, batch_size=BATCH
    )
