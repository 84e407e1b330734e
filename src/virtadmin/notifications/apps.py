"""Registers the notifications app."""

from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    """Messages for people: who gets them, over which channel, and that they arrive."""

    name = "virtadmin.notifications"
    verbose_name = "Notifications"

    def ready(self) -> None:
        """Listen to people being made."""
        from virtadmin.notifications import subscriptions  # models cannot be imported before Django has loaded them

        subscriptions.subscribe()
