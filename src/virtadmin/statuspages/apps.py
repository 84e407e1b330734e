"""Registers the statuspages app."""

from django.apps import AppConfig


class StatusPagesConfig(AppConfig):
    """Public status pages."""

    name = "virtadmin.statuspages"
    verbose_name = "Status pages"

    def ready(self) -> None:
        """Keep a log of changes."""
        from virtadmin.statuspages import audit  # models cannot be imported before Django has loaded them

        audit.register()
