"""Registers the websites app."""

from django.apps import AppConfig


class WebsitesConfig(AppConfig):
    """Websites that are checked."""

    name = "virtadmin.websites"
    verbose_name = "Websites"

    def ready(self) -> None:
        """Keep a log of changes."""
        from virtadmin.websites import audit  # models cannot be imported before Django has loaded them

        audit.register()
