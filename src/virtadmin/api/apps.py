"""Registers the api app."""

from django.apps import AppConfig


class ApiConfig(AppConfig):
    """The REST API: one resource per file."""

    name = "virtadmin.api"
    verbose_name = "Api"
