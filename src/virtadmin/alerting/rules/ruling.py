"""What silences, maintenance windows, recipients and templates share: who may see and change them, and for what."""

from typing import Any, TypeVar

from django.db.models import Model, Q, QuerySet

from virtadmin.accounts.models import User
from virtadmin.alerting.models.quiet import Silence
from virtadmin.alerting.models.recipients import Recipients
from virtadmin.core.errors import InvalidInput, NotAllowed
from virtadmin.servers.models import Server, Tag
from virtadmin.servers.rights import require
from virtadmin.servers.selectors import servers_visible

Row = TypeVar("Row", bound=Model)


def rules_visible(queryset: QuerySet[Row], user: User) -> QuerySet[Row]:
    """Those this person made, and those for a server they may see: it is their messages that are held or sent."""
    if user.sees_all:
        return queryset
    return queryset.filter(Q(owner=user) | Q(server__in=servers_visible(user).order_by().values("pk")))


def require_rule(user: User, permission: str, seen: QuerySet[Any], row: Model) -> None:
    """Raise NotAllowed unless the user has the permission and may see the row."""
    require(user, permission)
    if not seen.filter(pk=row.pk).exists():
        raise NotAllowed("This was made by somebody else, for servers that are not shared with you.")


def server_checked(user: User, server: Server | None) -> Server | None:
    """The server, if the user may see it. Raises InvalidInput."""
    if server is not None and not servers_visible(user).filter(pk=server.pk).exists():
        raise InvalidInput("server", "There is no such server.")
    return server


def tag_checked(user: User, name: str) -> Tag | None:
    """The tag of this name; None for an empty one. Raises InvalidInput if no server the user may see has it."""
    if not name:
        return None
    seen = servers_visible(user).order_by().values("pk")
    found = Tag.objects.filter(name=name.strip(), servers__in=seen).first()
    if found is None:
        raise InvalidInput("tag", "None of your servers has this tag.")
    return found


def refuse_changed(row: Silence | Recipients, given: dict[str, Any]) -> None:
    """Raise InvalidInput for the first field that differs from the row's; a tag is given by name."""
    fixed: dict[str, Any] = {"server": row.server, "tag": row.tag.name if row.tag else ""}
    if isinstance(row, Silence):
        fixed |= {"kind": row.kind, "starts": row.starts}
    for name, value in given.items():
        if name not in fixed or fixed[name] != value:
            raise InvalidInput(name, "This cannot be changed: end it, and make another.")
