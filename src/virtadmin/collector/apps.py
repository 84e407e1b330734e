"""Registers the collector app."""

from django.apps import AppConfig


class CollectorConfig(AppConfig):
    """Asks probes and makes observations: rounds, the keeper of open channels, ingest."""

    name = "virtadmin.collector"
    verbose_name = "Collector"

    def ready(self) -> None:
        """Listen to Celery and to what happens to servers."""
        from virtadmin.collector import presence, subscriptions  # they need the app registry

        presence.connect()
        subscriptions.connect()
