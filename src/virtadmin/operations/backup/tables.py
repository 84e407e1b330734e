"""What is backed up: every table of every app, column by column, in a form that no database has for itself."""

import base64
from collections.abc import Callable, Iterable
from datetime import timedelta
from decimal import Decimal
from typing import Any, TypeAlias

from django.apps.registry import Apps
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils.duration import duration_iso_string

from virtadmin.core.secrets import EncryptedTextField

LEFT_OUT = {"accounts_session", "django_session", "core_process"}
"""Everybody signs in again: whoever gets hold of a backup should get no session with it. The processes are of the hub
that the backup was taken of, not of the one it is restored into."""
AS_THEY_ARE = (
    models.IntegerField,
    models.FloatField,
    models.BooleanField,
    models.CharField,
    models.TextField,
    models.AutoField,
    models.BigAutoField,
)
"""Kinds of columns whose values JSON, Python and every database have alike. Stored secrets are among them: they stay
encrypted, and are neither read nor written as anything but text."""
Model = type[models.Model]
Column: TypeAlias = "models.Field[Any, Any]"
Convert = Callable[[Any], Any]


def tables(registry: Apps) -> list[Model]:
    """The models with a table that is backed up, by the table's name."""
    found = {
        model._meta.db_table: model  # noqa: SLF001 - Django's documented way to what a model is
        for model in registry.get_models(include_auto_created=True)
        if model._meta.managed and not model._meta.proxy and model._meta.db_table not in LEFT_OUT  # noqa: SLF001
    }
    return [found[name] for name in sorted(found)]


def columns(model: Model) -> list[Column]:
    """The columns of its table."""
    return [field for field in model._meta.local_concrete_fields if not getattr(field, "generated", False)]  # noqa: SLF001


def reading(field: Column) -> Any:
    """What to select of it: a stored secret as it is stored."""
    name = models.F(field.attname)
    stored = isinstance(field, EncryptedTextField)
    return models.ExpressionWrapper(name, output_field=models.TextField()) if stored else name


def as_json(value: Any) -> Any:
    """What JSON has no form for by itself; times and UUIDs are written as everybody writes them. Pure."""
    if isinstance(value, bytes | memoryview):
        return base64.b64encode(value).decode()
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, timedelta):
        return duration_iso_string(value)
    raise TypeError(f"no form for {type(value).__name__}")


def writing(fields: Iterable[Column], connection: BaseDatabaseWrapper) -> list[Convert | None]:
    """For each column what makes of a value in JSON one for this database; None where it is the same already."""
    return [_written(field, connection) for field in fields]


def _written(field: Column, connection: BaseDatabaseWrapper) -> Convert | None:
    target = getattr(field, "target_field", field)
    if isinstance(target, AS_THEY_ARE):
        return None

    def convert(value: Any) -> Any:
        return None if value is None else target.get_db_prep_save(target.to_python(value), connection)

    return convert
