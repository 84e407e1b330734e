"""Celery's doors to enrolment."""

from celery import shared_task
from django.utils import timezone

from virtadmin.servers import services
from virtadmin.servers.enrolment import look
from virtadmin.servers.enrolment.run import run


@shared_task(name="servers.enrol")
def enrol(profile_id: int) -> None:
    """Bring one run to its end."""
    run(profile_id)


@shared_task(name="servers.enrolments_reap")
def enrolments_reap() -> None:
    """Fail the runs whose worker was lost."""
    services.enrolments_reap(now=timezone.now())


@shared_task(name="servers.profiles_prune")
def profiles_prune() -> None:
    """Delete old runs and imports, and what is known of systems that nobody tried to add for long."""
    services.profiles_prune(now=timezone.now())
    services.imports_prune(now=timezone.now())
    services.unknown_systems_prune(now=timezone.now())


@shared_task(name="servers.import_look")
def import_look(batch_id: int) -> None:
    """Fetch the keys of an import's hosts."""
    look.import_look(batch_id)
