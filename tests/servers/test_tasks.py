"""Celery's doors."""

from datetime import timedelta

import redis
from django.utils import timezone

from virtadmin.accounts.models import User
from virtadmin.servers import tasks
from virtadmin.servers.models import EnrolmentLog, InitialServerProfile, Server, ServerState, Tag, UnknownSystem


def test_every_door_leads_to_its_service(alice: User, valkey: redis.Redis) -> None:
    refused = InitialServerProfile.objects.create(owner=alice, ip_address="127.0.1.250", password="s3cret")
    tasks.enrol(refused.pk)
    refused.refresh_from_db()
    assert (refused.status, refused.password) == ("failed", "")
    InitialServerProfile.objects.update(status="running", heartbeat=timezone.now() - timedelta(minutes=2))
    tasks.enrolments_reap()
    refused.refresh_from_db()
    assert refused.status == "failed"
    InitialServerProfile.objects.update(finished=timezone.now() - timedelta(days=31))
    for days, address in ((731, "192.0.2.1"), (1, "192.0.2.2")):
        seen = timezone.now() - timedelta(days=days)
        UnknownSystem.objects.create(owner=alice, ip_address=address, system="Windows", tried="sh", seen=seen)
    tasks.profiles_prune()
    assert not InitialServerProfile.objects.exists()
    assert UnknownSystem.objects.get().ip_address == "192.0.2.2"


def test_rows_name_themselves(alice: User) -> None:
    server = Server.objects.create(owner=alice, name="web", ip_address="192.0.2.1")
    rows = (server, ServerState(server=server), EnrolmentLog(server=server), Tag(name="paris"))
    assert [str(row) for row in rows] == [
        "web",
        f"state of server {server.pk}",
        f"enrolment of server {server.pk}",
        "paris",
    ]
