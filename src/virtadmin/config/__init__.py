"""Wiring only: settings, URLs, ASGI, Celery. Nothing below imports it."""

from virtadmin.config.celery import app as celery_app

__all__ = ["celery_app"]
