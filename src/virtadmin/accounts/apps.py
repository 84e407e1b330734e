"""Registers the accounts app."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Users, roles, tokens."""

    name = "virtadmin.accounts"
    verbose_name = "Accounts"

    def ready(self) -> None:
        """Keep a log of changes."""
        from virtadmin.accounts import audit  # models cannot be imported before Django has loaded them

        audit.register()
