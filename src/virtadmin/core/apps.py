"""Registers the kernel with Django."""

from django.apps import AppConfig


class CoreConfig(AppConfig):
    """The kernel's one table is the hub's identity."""

    name = "virtadmin.core"

    def ready(self) -> None:
        """Make the kernel's lookups known."""
        from virtadmin.core import lookups  # noqa: F401  # being imported is all it takes
