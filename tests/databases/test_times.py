"""Times, where the database knows no time zones: a MySQL or MariaDB does only if somebody filled its tables."""

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib import admin
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from virtadmin.accounts.models import User
from virtadmin.alerting.models import Incident
from virtadmin.servers.models import Server

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _elsewhere(settings: Settings) -> None:
    """A hub in Berlin, on a database as its packages leave it."""
    settings.TIME_ZONE = "Europe/Berlin"
    if connection.vendor == "mysql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT CONVERT_TZ('2025-07-01 12:00:00', 'UTC', 'Europe/Berlin')")
            assert cursor.fetchone() == (None,)


def test_the_hour_that_comes_twice_is_two_and_microseconds_are_kept(alice: User) -> None:
    server = Server.objects.create(owner=alice, name="s", ip_address="192.0.2.1")
    first = datetime(2025, 10, 26, 0, 30, 0, 123456, UTC)  # 02:30 in Berlin, as an hour later
    moments = [first + timedelta(hours=number) for number in range(3)]
    for number, moment in enumerate(moments):
        Incident.objects.create(server=server, kind="lost", opened=moment, open_key=f"k{number}")
    assert list(Incident.objects.order_by("opened").values_list("opened", flat=True)) == moments
    assert Incident.objects.filter(opened__gt=first, opened__lte=moments[1]).count() == 1


@pytest.mark.usefixtures("valkey")
def test_every_list_of_the_admin_site_and_the_log_by_days(admin_person: User, client: Client) -> None:
    client.force_login(admin_person)
    Server.objects.create(owner=admin_person, name="s", ip_address="192.0.2.1")
    lists = [f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist" for model in admin.site._registry]
    assert len(lists) > 15
    for name in lists:
        assert client.get(reverse(name)).status_code == 200, name
    today = timezone.localdate()
    for query in (f"?from={today}&to={today}", f"?from={today - timedelta(days=3)}"):
        assert "server" in client.get(f"/log/{query}").content.decode()
