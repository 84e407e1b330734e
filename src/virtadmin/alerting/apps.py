"""Registers the alerting app."""

from django.apps import AppConfig


class AlertingConfig(AppConfig):
    """Limits, lost servers and the incidents that come of them."""

    name = "virtadmin.alerting"
    verbose_name = "Alerting"
