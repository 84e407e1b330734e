"""Who may see which server or website, in one place. Every list of what belongs to one goes through it."""

from typing import Any, TypeVar

from django.db.models import Q, QuerySet

from virtadmin.accounts.models import User
from virtadmin.accounts.roles import Role
from virtadmin.core.errors import InvalidInput

Rows = TypeVar("Rows", bound=QuerySet[Any, Any])


def visible(queryset: Rows, user: User, path: str = "") -> Rows:
    """The rows whose server or website (at the lookup path `path`) this user may see, each once.

    Its owner may, members of the groups it is shared with, and staff.
    """
    if user.sees_all:
        return queryset
    prefix = f"{path}__" if path else ""
    return queryset.filter(Q(**{f"{prefix}owner": user}) | Q(**{f"{prefix}groups__user": user})).distinct()


def server_audience(server_owner_id: int, group_ids: list[int]) -> QuerySet[User]:
    """The active users who are told about a server: its owner and the members of the groups it is shared with."""
    return User.objects.filter(Q(pk=server_owner_id) | Q(groups__in=group_ids), is_active=True).distinct()


def owner_by_name(username: str | None) -> User:
    """The named user, else the first admin; for the command line. Raises InvalidInput."""
    named = Q(username=username) if username else Q(role=Role.ADMIN, is_active=True)
    found = User.objects.filter(named).order_by("pk").first()
    if found is None:
        raise InvalidInput("owner", f"There is no user {username}." if username else "There is no admin yet.")
    return found


def nobody_yet() -> bool:
    """Whether this hub has no user at all, so that nobody can sign in."""
    return not User.objects.exists()
