"""Registers the collector app."""

from django.apps import AppConfig


class CollectorConfig(AppConfig):
    """Asks probes and makes observations: rounds, the keeper of open channels, ingest."""

    name = "virtadmin.collector"
    verbose_name = "Collector"
