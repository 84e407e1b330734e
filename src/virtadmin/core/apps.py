"""Registers the kernel with Django."""

from django.apps import AppConfig


class CoreConfig(AppConfig):
    """The kernel's one table is the hub's identity."""

    name = "virtadmin.core"
