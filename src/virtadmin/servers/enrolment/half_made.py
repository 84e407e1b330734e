"""Servers whose first enrolment is not through: made once a login worked, gone again when it came to nothing."""

from functools import partial

from django.db import transaction
from django.db.models import Q, QuerySet

from virtadmin.core.retrying import retried
from virtadmin.servers.dispatch import task_send
from virtadmin.servers.events import server_removed
from virtadmin.servers.models import InitialServerProfile, Server, ServerState
from virtadmin.ssh.keys import key_pair_generate

Status = InitialServerProfile.Status


def under_way() -> QuerySet[InitialServerProfile]:
    """Runs a worker has, or is about to take up."""
    return InitialServerProfile.objects.filter(Q(status=Status.RUNNING) | Q(status=Status.PENDING, by_hand=False))


def server_of(profile: InitialServerProfile) -> Server | None:
    """The owner's server at the profile's address, if there is one."""
    return Server.objects.filter(owner_id=profile.owner_id, ip_address=profile.ip_address, port=profile.port).first()


def server_for(profile: InitialServerProfile) -> Server:
    """The server the profile is to make or repair, with a key pair; one that has a key keeps it."""
    with transaction.atomic():
        server, _ = Server.objects.get_or_create(
            owner_id=profile.owner_id,
            ip_address=profile.ip_address,
            port=profile.port,
            defaults={"name": profile.name or profile.ip_address[:100]},
        )
        ServerState.objects.get_or_create(server=server)
        if not server.private_key:
            server.private_key, server.public_key = key_pair_generate()
            server.save(update_fields=["private_key", "public_key"])
    return server


def half_made_remove(server_id: int | None) -> None:
    """Delete the server if its first enrolment never succeeded and no other run is at it."""
    server = Server.objects.filter(pk=server_id or 0, enrolled=False).first()
    if server is None or server.profiles.filter(status__in=(Status.PENDING, Status.RUNNING)).exists():
        return
    server_remove(server)


def server_remove(server: Server) -> None:
    """Delete the server and its private key with it; higher parts hear of it first. Its history goes by a task."""

    pk = server.pk

    def remove() -> None:
        server.pk = pk  # a deletion that is refused at its commit has taken it away
        transaction.on_commit(partial(task_send, "metrics.forget", server.pk))
        server_removed.send(sender=Server, server=server)
        server.delete()

    retried(remove)  # the collector may be writing it just now
