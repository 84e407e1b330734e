"""Registers the servers app."""

from django.apps import AppConfig


class ServersConfig(AppConfig):
    """Servers and their enrolment."""

    name = "virtadmin.servers"
    verbose_name = "Servers"
