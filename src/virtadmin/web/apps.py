"""Registers the web app."""

from django.apps import AppConfig


class WebConfig(AppConfig):
    """Pages, their fragments and the live stream."""

    name = "virtadmin.web"
    verbose_name = "Web"
