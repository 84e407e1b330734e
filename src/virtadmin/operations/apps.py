"""Registers the hub's own upkeep with Django."""

from django.apps import AppConfig


class OperationsConfig(AppConfig):
    """It has no tables of its own."""

    name = "virtadmin.operations"
