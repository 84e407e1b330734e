"""Registers the metrics app."""

from django.apps import AppConfig


class MetricsConfig(AppConfig):
    """What is measured: the catalogue, parsing of samples, derivation of observations, history and its stores."""

    name = "virtadmin.metrics"
    verbose_name = "Metrics"
