"""Registers the accounts app."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Users, roles, tokens."""

    name = "virtadmin.accounts"
    verbose_name = "Accounts"

    def ready(self) -> None:
        """Keep a log of changes, and of where sessions were begun."""
        from virtadmin.accounts import audit, sessions  # models cannot be imported before Django has loaded them

        audit.register()
        sessions.note_origins()
