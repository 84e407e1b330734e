"""What containers and load balancers ask."""

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from virtadmin.operations import readiness, schema

pytestmark = pytest.mark.usefixtures("valkey")


@pytest.fixture(autouse=True)
def _not_seen_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readiness, "_migrated", set())


@pytest.mark.django_db
def test_it_lives_whoever_asks_and_asks_nobody(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries, settings: Settings
) -> None:
    settings.ALLOWED_HOSTS = ["hub.example.org"]
    settings.SECURE_SSL_REDIRECT = True
    settings.REDIS_URL = "unix:///nowhere/valkey.sock"
    with django_assert_num_queries(0):
        answer = client.get("/healthz", headers={"host": "10.0.0.9:8000"})
    assert (answer.status_code, answer.json()) == (200, {"status": "alive"})
    assert answer["Cache-Control"] == "no-store"
    assert client.head("/healthz").status_code == 200
    assert client.post("/healthz").status_code != 200


@pytest.mark.django_db
def test_it_is_ready(client: Client, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    assert client.get("/readyz").json() == {"status": "ready"}
    with django_assert_num_queries(1):
        client.get("/readyz")


@pytest.mark.django_db
def test_without_the_bus_it_says_that_alone(
    client: Client, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.REDIS_URL = "redis://:a-password@127.0.0.1:1/0"
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()) == (503, {"status": "not ready", "failed": ["bus"]})
    assert "a-password" not in caplog.text


@pytest.mark.django_db
def test_before_the_migrations_it_is_not_ready(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schema, "pending", lambda: ["servers.0099_later"])
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["failed"]) == (503, ["migrations"])
    monkeypatch.undo()
    assert client.get("/readyz").status_code == 200


def test_without_the_database(client: Client) -> None:
    """Tests that are not marked may not use it, which fails as a database that is away does: by raising."""
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["failed"]) == (503, ["database", "migrations"])
