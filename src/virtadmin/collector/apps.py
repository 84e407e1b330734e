"""Registers the collector app."""

from django.apps import AppConfig


class CollectorConfig(AppConfig):
    """Asks probes and makes observations: rounds, the keeper of open channels, ingest."""

    name = "virtadmin.collector"
    verbose_name = "Collector"

    def ready(self) -> None:
        """Listen to Celery and to what happens to servers; add the channel that goes over the servers' own."""
        from virtadmin.collector import presence, subscriptions  # they need the app registry
        from virtadmin.collector.server_log import ServerLog
        from virtadmin.notifications.registry import CHANNELS

        presence.connect()
        subscriptions.connect()
        CHANNELS.add(
            ServerLog(), after=CHANNELS.names()[-1]
        )  # a server that is slow to answer holds up no other channel
