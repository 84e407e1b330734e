"""Registers the notifications app."""

from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    """Messages for people: who gets them, over which channel, and that they arrive."""

    name = "virtadmin.notifications"
    verbose_name = "Notifications"
