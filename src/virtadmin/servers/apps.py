"""Registers the servers app."""

from django.apps import AppConfig


class ServersConfig(AppConfig):
    """Servers and their enrolment."""

    name = "virtadmin.servers"
    verbose_name = "Servers"

    def ready(self) -> None:
        """Keep a log of changes."""
        from virtadmin.servers import audit  # models cannot be imported before Django has loaded them

        audit.register()
