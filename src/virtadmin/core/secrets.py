"""Secrets at rest: encrypted with the installation's keys, never shown by repr, forms or logs.

Format: Fernet tokens (https://github.com/fernet/spec): AES-128-CBC and HMAC-SHA256, keys derived from each entry of
`SECRETS_KEY` by SHA-256. The first key encrypts, every key decrypts.
"""

import base64
import hashlib
from functools import lru_cache
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.db import models

from virtadmin.core.errors import VirtadminError


class UnreadableSecret(VirtadminError):
    """A stored secret was encrypted with a key that `SECRETS_KEY` no longer holds."""


@lru_cache(maxsize=8)
def box(key: str) -> Fernet:
    """What encrypts and decrypts with this key."""
    return Fernet(base64.urlsafe_b64encode(hashlib.sha256(key.encode()).digest()))


@lru_cache(maxsize=4)
def _boxes(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet(list(map(box, keys)))


def encrypt(text: str) -> str:
    """The text as a Fernet token."""
    return _boxes(tuple(settings.SECRETS_KEY)).encrypt(text.encode()).decode()


def decrypt(token: str) -> str:
    """The text of a Fernet token. Raises UnreadableSecret when none of the keys fits."""
    try:
        return _boxes(tuple(settings.SECRETS_KEY)).decrypt(token.encode()).decode()
    except InvalidToken:
        raise UnreadableSecret(
            "A stored secret cannot be read: SECRETS_KEY is not the one it was saved with."
        ) from None


class EncryptedTextField(models.TextField):  # type: ignore[type-arg]
    """Text that is encrypted in the database and plain in Python; empty stays empty."""

    def get_prep_value(self, value: Any) -> Any:
        return encrypt(value) if value else value

    def from_db_value(self, value: str | None, expression: object, connection: object) -> str | None:
        return decrypt(value) if value else value
