"""How a run ends. Whatever the outcome, the entered secrets are erased in the transaction that writes it."""

from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import F, TextField, Value
from django.db.models.functions import Concat
from django.utils import timezone

from virtadmin.servers.dispatch import task_send
from virtadmin.servers.enrolment.failures import RunAbandoned
from virtadmin.servers.enrolment.half_made import half_made_remove, server_remove
from virtadmin.servers.events import server_enrolled
from virtadmin.servers.live import run_moved, run_said
from virtadmin.servers.models import EnrolmentLog, InitialServerProfile, Server, ServerState, UnknownSystem
from virtadmin.servers.tags import tags_named
from virtadmin.servers.watched import revised

Status = InitialServerProfile.Status
NO_SECRETS = {"password": "", "ssh_key": "", "ssh_key_passphrase": ""}


def run_fail(profile_id: int, why: str) -> bool:
    """Fail a run that has not ended; whether it had not. A server only it was making goes again."""
    with transaction.atomic():
        if not _end(profile_id, Status.FAILED, f"Failed: {why}", (Status.PENDING, Status.RUNNING)):
            return False
        profile = InitialServerProfile.objects.get(pk=profile_id)
        if not profile.by_hand:  # by hand, the key is on the server already: it may be verified again
            half_made_remove(profile.server_id)
    _tell(profile_id, Status.FAILED, f"Failed: {why}")
    return True


def run_succeed(
    profile: InitialServerProfile, server: Server, *, changes: dict[str, Any], facts: dict[str, Any], fingerprint: str
) -> None:
    """The server is watched from now on: `changes` are written to it. Raises RunAbandoned.

    `fingerprint` is that of the host key which was trusted, for people to compare later where they gave none.
    """
    created, line = not server.enrolled, "Succeeded: the server is watched now."
    with transaction.atomic():
        if not _end(profile.pk, Status.SUCCEEDED, line, (Status.RUNNING,)):
            raise RunAbandoned
        if not Server.objects.filter(pk=server.pk).update(enrolled=True, **changes):
            raise RunAbandoned
        InitialServerProfile.objects.filter(pk=profile.pk).update(host_key_fingerprint=fingerprint)
        server.refresh_from_db()
        ServerState.objects.filter(server=server).update(facts=facts, **revised(ServerState(), "retry_at"))
        text = InitialServerProfile.objects.values_list("log", flat=True).get(pk=profile.pk)
        EnrolmentLog.objects.update_or_create(server=server, defaults={"text": text, "finished": timezone.now()})
        UnknownSystem.objects.filter(
            owner_id=profile.owner_id, ip_address=profile.ip_address, port=profile.port
        ).delete()
        server.tags.add(*tags_named(profile.tags))
        server_enrolled.send(sender=Server, server=server, created=created)
        transaction.on_commit(lambda: _poll_soon(server.pk))
    _tell(profile.pk, Status.SUCCEEDED, line)


def removal_succeed(profile: InitialServerProfile, server: Server) -> None:
    """The host has nothing of the hub any more: the server goes. Raises RunAbandoned."""
    line = "Succeeded: nothing of the hub is left there, and its key is destroyed."
    with transaction.atomic():
        if not _end(profile.pk, Status.SUCCEEDED, line, (Status.RUNNING,)):
            raise RunAbandoned
        server_remove(server)
    _tell(profile.pk, Status.SUCCEEDED, line)


def unknown_system_record(profile: InitialServerProfile, *, system: str, tried: str) -> None:
    """Remember a system that the probe cannot run on; the newest attempt counts."""
    UnknownSystem.objects.update_or_create(
        owner_id=profile.owner_id,
        ip_address=profile.ip_address,
        port=profile.port,
        defaults={"system": system[:300] or "unknown", "tried": tried, "seen": timezone.now()},
    )


def appended(text: str) -> Concat:
    """The expression "the log with this line after it", so that no line is lost to a row read earlier."""
    return Concat(F("log"), Value(text + "\n"), output_field=TextField())


def _end(profile_id: int, status: str, line: str, from_states: tuple[str, ...]) -> int:
    return InitialServerProfile.objects.filter(pk=profile_id, status__in=from_states).update(
        status=status, finished=timezone.now(), log=appended(line), **NO_SECRETS
    )


def _tell(profile_id: int, status: str, line: str) -> None:
    step = InitialServerProfile.objects.filter(pk=profile_id).values_list("step", flat=True).first()
    transaction.on_commit(partial(run_said, profile_id, step=step or "", line=line, status=status))
    transaction.on_commit(partial(run_moved, profile_id))


def _poll_soon(server_id: int) -> None:
    task_send("collector.poll_now", server_id)  # if it cannot be sent, the next round asks
