"""Secrets at rest."""

import pytest
from django.db import connection
from pytest_django import Settings

from virtadmin.accounts.models import User
from virtadmin.core.secrets import UnreadableSecret, decrypt, encrypt
from virtadmin.servers.models import InitialServerProfile


def test_what_is_encrypted_can_be_read_again_and_not_otherwise() -> None:
    token = encrypt("s3cret é")
    assert "s3cret" not in token
    assert decrypt(token) == "s3cret é"


def test_keys_can_be_rotated(settings: Settings) -> None:
    settings.SECRETS_KEY = ["old"]
    token = encrypt("kept")
    settings.SECRETS_KEY = ["new", "old"]
    assert decrypt(token) == "kept"
    settings.SECRETS_KEY = ["new"]
    with pytest.raises(UnreadableSecret, match="SECRETS_KEY"):
        decrypt(token)


def test_the_database_never_sees_the_plain_text(alice: User) -> None:
    profile = InitialServerProfile.objects.create(owner=alice, ip_address="192.0.2.1", password="hunter2hunter2")
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM servers_initialserverprofile")
        assert "hunter2" not in str(cursor.fetchall())
    profile.refresh_from_db()
    assert profile.password == "hunter2hunter2"
    assert profile.ssh_key == ""
