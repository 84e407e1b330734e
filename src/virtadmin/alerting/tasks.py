"""Doors for Celery to the services of alerting."""

import time

from celery import shared_task
from django.utils import timezone

from virtadmin.alerting.forecasts import incidents as forecasts
from virtadmin.alerting.pruning import alerting_prune
from virtadmin.alerting.telling import tell as telling


@shared_task(name="alerting.tell")
def tell() -> None:
    """Tell people what was waiting or held back and is not any more."""
    telling.tell()


@shared_task(name="alerting.forecast")
def forecast() -> None:
    """Each minute: look ahead for a sixtieth of the servers."""
    forecasts.forecasts_judge(now=time.time())


@shared_task(name="alerting.prune")
def prune() -> None:
    """Hourly: let go of old incidents, of what was noted of telling people, and of silences that are over."""
    alerting_prune(now=timezone.now())
