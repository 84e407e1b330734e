"""Runs: made from what a person entered, verified, reaped, pruned."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet

from virtadmin.accounts.acting import acting
from virtadmin.accounts.models import User
from virtadmin.core.deleting import batches_delete
from virtadmin.core.errors import Conflict
from virtadmin.core.models import Hub
from virtadmin.core.rates import rate_take
from virtadmin.servers.addresses import address_checked
from virtadmin.servers.checks import fingerprint_checked, line_checked, port_checked, secrets_checked, tags_checked
from virtadmin.servers.enrol_script import enrol_script
from virtadmin.servers.enrolment.half_made import half_made_remove, server_for, under_way
from virtadmin.servers.enrolment.outcome import run_fail
from virtadmin.servers.enrolment.start import run_start
from virtadmin.servers.enrolment.turns import turns_give
from virtadmin.servers.models import InitialServerProfile, UnknownSystem
from virtadmin.servers.rights import require

Action, Status = InitialServerProfile.Action, InitialServerProfile.Status
QUEUE_PATIENCE = timedelta(hours=1)
"""How long a run may wait for a worker before its secret is erased."""
PRUNE_BATCH = 500
ENROLMENTS_A_MINUTE = 60
"""Enrolments and verifications of one person, through whatever door; an import has a limit of its own."""


def profile_create(
    *,
    owner: User,
    ip_address: str,
    port: int = 22,
    username: str = "root",
    password: str = "",
    ssh_key: str = "",
    ssh_key_passphrase: str = "",
    name: str = "",
    tags: Iterable[str] = (),
    host_key_fingerprint: str = "",
    by_hand: bool = False,
) -> InitialServerProfile:
    """Enrol a server, or repair one already watched at this address; the run starts after commit.

    `by_hand`: no login is given; the server's key is made at once, for `profile_script`, and the run starts with
    `profile_verify`. Raises InvalidInput, NotAllowed, TooOften, Conflict (a run for this address is under way).
    """
    require(owner, "servers.add_server")
    rate_take("enrolment", owner.pk, a_minute=ENROLMENTS_A_MINUTE)
    profile = InitialServerProfile(
        owner=owner,
        ip_address=address_checked(ip_address),
        port=port_checked(port),
        username=line_checked("username", username),
        name=line_checked("name", name, may_be_empty=True),
        tags=tags_checked(tags),
        host_key_fingerprint=fingerprint_checked(host_key_fingerprint),
        by_hand=by_hand,
    )
    if not by_hand:
        return profile_begin(profile, secrets_checked(password, ssh_key, ssh_key_passphrase))
    with acting(owner), transaction.atomic():
        profile.server = server_for(profile)
        profile.log = "Waiting until the script has been run on the server.\n"
        profile.save()
    return profile


def profile_begin(profile: InitialServerProfile, secrets: tuple[str, str, str]) -> InitialServerProfile:
    """Save a run whose fields and secrets are checked, and start it after commit. Raises Conflict."""
    profile.password, profile.ssh_key, profile.ssh_key_passphrase = secrets
    _refuse_second_run(profile)
    with acting(profile.owner), transaction.atomic():
        profile.save()
        run_start(profile.pk)
    return profile


def _refuse_second_run(profile: InitialServerProfile) -> None:
    same = under_way().filter(owner=profile.owner, ip_address=profile.ip_address, port=profile.port)
    if same.exists():
        raise Conflict("A run for this address is under way; wait until it has ended.")


def profile_script(*, profile: InitialServerProfile) -> str:
    """The script to run by hand on the server, as root or as any user. Raises Conflict if none is waited for."""
    if not profile.by_hand or profile.server is None:
        raise Conflict("This run waits for no script.")
    return enrol_script(
        hub_id=Hub.identity(),
        hub_name=settings.HUB_NAME,
        server_id=str(profile.server.pk),
        public_key=profile.server.public_key,
    )


def profile_verify(*, profile: InitialServerProfile, actor: User) -> None:
    """The script was run: let the hub connect and verify. May be tried again.

    Raises NotAllowed, Conflict, TooOften.
    """
    require(actor, "servers.add_server")
    rate_take("enrolment", actor.pk, a_minute=ENROLMENTS_A_MINUTE)
    if not profile.by_hand or profile.server is None:
        raise Conflict("This run waits for no script.")
    again = InitialServerProfile.objects.filter(pk=profile.pk, status__in=(Status.PENDING, Status.FAILED))
    with transaction.atomic():
        if not again.update(status=Status.PENDING, finished=None):
            raise Conflict("This server is being verified, or is verified already.")
        run_start(profile.pk)
    profile.refresh_from_db()


def profile_delete(*, profile: InitialServerProfile) -> None:
    """Forget a run that has ended or not begun, with the server only it was making. Raises Conflict while it runs."""
    with transaction.atomic():
        ended = InitialServerProfile.objects.filter(pk=profile.pk).exclude(status=Status.RUNNING)
        server_id = profile.server_id
        if not ended.delete()[0]:
            raise Conflict("This run is under way; wait until it has ended.")
        half_made_remove(server_id)


def profiles_prune(*, now: datetime) -> int:
    """Delete runs that ended (or were to be done by hand and never were) `PROFILE_KEEP_DAYS` ago; how many."""
    before = now - timedelta(days=settings.PROFILE_KEEP_DAYS)
    old = InitialServerProfile.objects.filter(
        Q(finished__lt=before) | Q(status=Status.PENDING, by_hand=True, created__lt=before)
    )
    total = 0
    while batch := list(old.order_by("pk")[:PRUNE_BATCH]):
        for profile in batch:
            profile_delete(profile=profile)
        total += len(batch)
    return total


def unknown_systems_prune(*, now: datetime) -> int:
    """Forget systems that nobody tried to add for `LOG_ENTRY_KEEP_DAYS`; how many."""
    return batches_delete(UnknownSystem.objects.filter(seen__lt=now - timedelta(days=settings.LOG_ENTRY_KEEP_DAYS)))


def enrolments_reap(*, now: datetime) -> int:
    """Fail runs whose worker was lost, or that no worker took; how many. Their secrets are erased."""
    patience = timedelta(seconds=settings.ENROLMENT_HEARTBEAT_SECONDS)
    running = InitialServerProfile.objects.filter(status=Status.RUNNING)
    running.filter(heartbeat__gt=now + patience).update(heartbeat=now)  # by a clock that was put back since
    lost = running.filter(Q(heartbeat__lt=now - patience) | Q(heartbeat=None))
    untaken = InitialServerProfile.objects.filter(
        status=Status.PENDING, by_hand=False, created__lt=now - QUEUE_PATIENCE
    )
    reaped = [run_fail(profile_id, "The hub's worker was lost in the middle. Try again.") for profile_id in _ids(lost)]
    reaped += [
        run_fail(profile_id, "No worker of the hub took this up. Is one running?") for profile_id in _ids(untaken)
    ]
    turns_give()
    return sum(reaped)


def _ids(profiles: QuerySet[InitialServerProfile]) -> list[int]:
    return list(profiles.values_list("pk", flat=True))
