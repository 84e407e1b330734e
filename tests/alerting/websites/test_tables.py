"""What the tables hold together, and that what was there before websites came is still what it was."""

from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.migrations.executor import MigrationExecutor

from virtadmin.accounts.models import User
from virtadmin.alerting.models import Incident
from virtadmin.alerting.subject import Subject, subject_of
from virtadmin.servers.models import Server
from virtadmin.websites.models import Url

BEFORE = [("alerting", "0003_quiet_recipients_templates"), ("notifications", "0003_default_channels")]
AFTER = [("alerting", "0004_websites"), ("notifications", "0004_websites")]


@pytest.mark.parametrize("both", [True, False])
def test_an_incident_is_about_a_server_or_a_website(alice: User, server: Server, both: bool) -> None:
    url = Url.objects.create(owner=alice, uri="https://example.org/")
    about = {"server": server, "url": url} if both else {}
    with pytest.raises(IntegrityError), transaction.atomic():
        Incident.objects.create(kind="lost", **about)


def test_it_goes_with_what_it_is_about(alice: User, server: Server) -> None:
    url = Url.objects.create(owner=alice, uri="https://example.org/", name="shop", server=server)
    made = Incident.objects.create(url=url, kind="url_down", open_key=subject_of(url).key("url_down"))
    assert (made.subject, made.about, str(made)) == (Subject("url", url.pk), url, "website down of shop")
    server.delete()
    assert Incident.objects.get() == made, "the website stays without its server"
    url.refresh_from_db()
    url.delete()
    assert not Incident.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_what_is_open_and_who_was_told_survive_the_change_of_tables(valkey: Any) -> None:
    executor = MigrationExecutor(connection)
    leaves = executor.loader.graph.leaf_nodes()
    executor.migrate(BEFORE)
    try:
        old = executor.loader.project_state(BEFORE).apps
        owner = old.get_model("accounts", "User").objects.create(username="old")
        host = old.get_model("servers", "Server").objects.create(owner=owner, name="web1", ip_address="192.0.2.1")
        kept = {"server_id": host.pk, "kind": "lost", "open_key": f"{host.pk}:lost", "stage": "timeout"}
        incident = old.get_model("alerting", "Incident").objects.create(**kept)
        old.get_model("alerting", "Pace").objects.create(recipient_id=owner.pk, joined=3)
        old.get_model("alerting", "Silence").objects.create(owner_id=owner.pk, server_id=host.pk)
        old.get_model("notifications", "Notification").objects.create(recipient_id=owner.pk, server_id=host.pk)
    finally:
        executor = MigrationExecutor(connection)
        executor.migrate(AFTER)
        MigrationExecutor(connection).migrate(leaves)
    found = Incident.objects.get()
    assert (found.pk, found.server_id, found.open_key, found.url) == (incident.pk, host.pk, f"{host.pk}:lost", None)
    assert found.about.silences.get().url is None
    assert found.about.notifications.get().url is None
