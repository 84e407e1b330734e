"""Where stored secrets are: every encrypted column of every table, as it is stored."""

from collections.abc import Iterator
from dataclasses import dataclass

from cryptography.fernet import Fernet, InvalidToken
from django.apps import apps
from django.conf import settings
from django.db import models

from virtadmin.core.secrets import EncryptedTextField, UnreadableSecret, box, decrypt


@dataclass(frozen=True)
class Place:
    """An encrypted column."""

    model: type[models.Model]
    column: str


@dataclass
class Tally:
    """How many secrets are stored, and by which key."""

    total: int = 0
    older: int = 0
    """Not by the first key."""
    unreadable: int = 0
    """By none of the keys."""


def places() -> list[Place]:
    """Every encrypted column."""
    return [
        Place(model, field.attname)
        for model in apps.get_models()
        for field in model._meta.local_concrete_fields  # noqa: SLF001 - Django's documented way to what a model is
        if isinstance(field, EncryptedTextField)
    ]


def tokens(place: Place) -> Iterator[tuple[int, str]]:
    """The primary key of each row that has a secret, and the secret as it is stored."""
    stored = models.ExpressionWrapper(models.F(place.column), output_field=models.TextField())
    rows = place.model._base_manager.annotate(stored_secret=stored).exclude(stored_secret="")  # noqa: SLF001
    yield from rows.exclude(stored_secret=None).order_by("pk").values_list("pk", "stored_secret").iterator()


def is_newest(token: str, newest: Fernet) -> bool:
    """Whether the secret was stored with this key."""
    try:
        newest.decrypt(token.encode())
    except InvalidToken:
        return False
    return True


def is_readable(token: str) -> bool:
    """Whether any of the keys fits."""
    try:
        decrypt(token)
    except UnreadableSecret:
        return False
    return True


def tally() -> Tally:
    """Look at every stored secret."""
    found, newest = Tally(), box(settings.SECRETS_KEY[0])
    for place in places():
        for _, token in tokens(place):
            found.total += 1
            if not is_newest(token, newest):
                found.older += 1
                found.unreadable += not is_readable(token)
    return found
