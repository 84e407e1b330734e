"""Registers the websites app."""

from django.apps import AppConfig


class WebsitesConfig(AppConfig):
    """Websites that are checked."""

    name = "virtadmin.websites"
    verbose_name = "Websites"
