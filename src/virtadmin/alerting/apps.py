"""Registers the alerting app."""

from django.apps import AppConfig


class AlertingConfig(AppConfig):
    """Limits, lost servers and the incidents that come of them."""

    name = "virtadmin.alerting"
    verbose_name = "Alerting"

    def ready(self) -> None:
        """Listen to what happens to servers."""
        from virtadmin.alerting import subscriptions  # models cannot be imported before Django has loaded them

        subscriptions.subscribe()
