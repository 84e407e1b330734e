"""Registers the kernel with Django."""

from django.apps import AppConfig


class CoreConfig(AppConfig):
    """Its tables say who the hub is, and which processes of it are there."""

    name = "virtadmin.core"

    def ready(self) -> None:
        """Make the kernel's lookups known, and listen to Celery."""
        from virtadmin.core import lookups, passing  # noqa: F401  # of lookups, being imported is all it takes

        passing.connect()
