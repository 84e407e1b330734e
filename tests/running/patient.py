"""The hub's settings, but a worker waits for a task for an hour."""

from virtadmin.config.settings import *  # noqa: F403
from virtadmin.config.settings import CELERY_BROKER_TRANSPORT_OPTIONS

CELERY_BROKER_TRANSPORT_OPTIONS = {**CELERY_BROKER_TRANSPORT_OPTIONS, "polling_interval": 3600}
