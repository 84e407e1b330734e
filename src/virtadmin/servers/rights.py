"""Who may do what to which server."""

from collections.abc import Iterable

from django.contrib.auth.models import Group

from virtadmin.accounts.models import User
from virtadmin.core.errors import Conflict, InvalidInput, NotAllowed
from virtadmin.servers.models import Server
from virtadmin.servers.selectors import servers_visible


def require(user: User, permission: str) -> None:
    """Raise NotAllowed unless the user has the permission, such as "servers.add_server"."""
    if not user.has_perm(permission):
        raise NotAllowed("Your role does not allow this.")


def require_for(user: User, permission: str, server: Server) -> None:
    """Raise NotAllowed unless the user has the permission and may see the server."""
    require(user, permission)
    if not servers_visible(user).filter(pk=server.pk).exists():
        raise NotAllowed("This server is not shared with you.")


def require_ssh(server: Server) -> None:
    """Raise Conflict for the machine the hub runs on: nothing is installed there, no key and no login are used."""
    if server.transport != Server.Transport.SSH:
        raise Conflict("This is the hub's own machine: it is watched without SSH.")


def groups_checked(
    actor: User, groups: Iterable[Group], *, shared: Iterable[Group], what: str = "server"
) -> list[Group]:
    """Groups to share something with: the actor's own, and those it is `shared` with already. Raises InvalidInput."""
    wanted = list(groups)
    if not actor.sees_all and not {*wanted} <= {*actor.groups.all(), *shared}:
        raise InvalidInput("groups", f"A {what} can be shared with your own groups alone.")
    return wanted
