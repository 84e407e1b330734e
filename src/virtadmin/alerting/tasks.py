"""Doors for Celery to the services of alerting."""

from celery import shared_task

from virtadmin.alerting import telling


@shared_task(name="alerting.tell")
def tell() -> None:
    """Tell people what was waiting or held back and is not any more."""
    telling.tell()
