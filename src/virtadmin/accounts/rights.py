"""Who may change accounts."""

from virtadmin.accounts.models import User
from virtadmin.accounts.roles import Role
from virtadmin.core.errors import NotAllowed


def rules_accounts(user: User) -> bool:
    """Whether this user makes and changes the accounts of others."""
    return user.role == Role.ADMIN or user.is_superuser


def only_admins(actor: User) -> None:
    """Raise NotAllowed for all others."""
    if not rules_accounts(actor):
        raise NotAllowed("Only admins change accounts.")
