"""Tasks that wait, and messages that do."""

from datetime import timedelta

from django.utils import timezone

from virtadmin.notifications.models import Delivery
from virtadmin.operations.doctor.check import Asked, Check, Finding, ok, warn
from virtadmin.operations.queues import lengths

LONG = 500
STUCK = timedelta(minutes=15)


def tasks(asked: Asked) -> Finding:
    """How many tasks wait in each queue."""
    return tasks_judge(lengths())


def tasks_judge(waiting: dict[str, int]) -> Finding:
    """What queues of such lengths mean. Pure."""
    said = ", ".join(f"{name} {count}" for name, count in waiting.items())
    if max(waiting.values(), default=0) > LONG:
        return warn(f"tasks wait: {said}", "start more workers; is one running that takes every queue (--queues)?")
    return ok(said)


def deliveries(asked: Asked) -> Finding:
    """Messages that should be out by now, and those that were given up lately."""
    now = timezone.now()
    late = Delivery.objects.filter(status__in=Delivery.UNFINISHED, next_attempt__lt=now - STUCK).count()
    lost = Delivery.objects.filter(
        status=Delivery.Status.GIVEN_UP, notification__timestamp__gt=now - timedelta(days=1)
    ).count()
    if late:
        return warn(
            f"{late} messages have waited for over {STUCK.seconds // 60} min",
            "is a worker with the queue deliver running?",
        )
    if lost:
        return warn(f"{lost} messages were given up in the last 24 h", "the page Channels says why, of each channel")
    return ok("no message waits too long")


CHECKS = (
    Check("queues", tasks, ("valkey",), advice="check CELERY_BROKER_URL"),
    Check("messages", deliveries, ("database", "migrations")),
)
