"""Sessions: their keys are in cookies alone, so that who reads the database or a copy of it is signed in as nobody."""

from importlib import import_module
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.apps import apps
from django.conf import settings
from django.db import connection
from django.test import Client

from virtadmin.accounts.models import Session, User
from virtadmin.accounts.sessions import SessionStore, sessions_of

pytestmark = pytest.mark.usefixtures("valkey")


def rows() -> list[dict[str, Any]]:
    """What is in the table, whatever the model makes of it."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {Session._meta.db_table}")
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def signed_in(name: str = "alice") -> Client:
    client = Client()
    client.post("/login/", {"username": name, "password": f"{name}-password"})
    return client


def with_key(key: str) -> Client:
    client = Client()
    client.cookies[settings.SESSION_COOKIE_NAME] = key
    return client


def test_the_key_is_in_the_cookie_and_nowhere_in_the_table(alice: User) -> None:
    client = signed_in()
    key = client.cookies[settings.SESSION_COOKIE_NAME].value
    [row] = rows()
    assert key not in str(row)
    assert with_key(key).get("/account/").status_code == 200


def test_what_the_table_holds_signs_nobody_in(alice: User) -> None:
    signed_in()
    [row] = rows()
    thief = with_key(row["session_key"])
    assert thief.get("/account/").status_code == 302
    assert thief.get("/api/me/").status_code == 401
    assert len(rows()) == 1


def test_a_session_is_used_changed_and_ended_as_ever(alice: User) -> None:
    client = signed_in()
    key = client.cookies[settings.SESSION_COOKIE_NAME].value
    store = SessionStore(key)
    assert store.exists(key)
    assert not store.exists(sessions_of(alice).get().session_key)
    store["seen"] = "something"
    store.save()
    assert SessionStore(key)["seen"] == "something"
    client.post("/logout/")
    assert rows() == []
    assert not store.exists(key)
    store.delete()
    SessionStore().delete()


def test_signing_in_gives_another_key_and_leaves_no_row_behind(alice: User) -> None:
    before = SessionStore()
    before["anonymous"] = True
    before.save()
    client = with_key(before.session_key or "")
    client.post("/login/", {"username": "alice", "password": "alice-password"})
    assert client.cookies[settings.SESSION_COOKIE_NAME].value != before.session_key
    assert len(rows()) == 1
    assert not SessionStore().exists(before.session_key or "")


def test_a_key_that_was_made_up_is_never_taken_over(alice: User) -> None:
    client = with_key("a" * 32)
    client.post("/login/", {"username": "alice", "password": "alice-password"})
    assert client.cookies[settings.SESSION_COOKIE_NAME].value != "a" * 32


@pytest.mark.django_db(transaction=True)
def test_the_same_where_django_asks_asynchronously() -> None:
    async def course() -> None:
        store = SessionStore()
        await store.aset("word", "kept")
        await store.asave()
        key = store.session_key or ""
        row = await Session.objects.aget()
        assert key not in (row.session_key, row.session_data)
        assert await SessionStore(key).aget("word") == "kept"
        assert await store.aexists(key)
        assert await SessionStore(row.session_key).aget("word") is None
        await store.adelete()
        await SessionStore().adelete()
        assert not await store.aexists(key)

    async_to_sync(course)()


def test_sessions_begun_before_keys_were_hashed_are_ended(alice: User) -> None:
    signed_in()
    migration = import_module("virtadmin.accounts.migrations.0004_session_keys_hashed").Migration
    migration.operations[0].code(apps, connection.schema_editor())
    assert rows() == []
