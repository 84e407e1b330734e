"""Who may do what to which website."""

from django.conf import settings

from virtadmin.accounts.models import User
from virtadmin.core.errors import InvalidInput, NotAllowed
from virtadmin.servers.models import Server
from virtadmin.servers.rights import require
from virtadmin.servers.selectors import servers_visible
from virtadmin.websites.models import Url
from virtadmin.websites.selectors import urls_visible


def require_for(user: User, permission: str, url: Url) -> None:
    """Raise NotAllowed unless the user has the permission and may see the website."""
    require(user, permission)
    if not urls_visible(user).filter(pk=url.pk).exists():
        raise NotAllowed("This website is not shared with you.")


def server_checked(actor: User, server: Server | None, *, before: int | None) -> Server | None:
    """The server a website runs on: one the actor may see, or the one it belonged to `before` (an id). Else
    InvalidInput."""
    if server is None or server.pk == before or servers_visible(actor).filter(pk=server.pk).exists():
        return server
    raise InvalidInput("server", "There is no such server.")


def may_allow_private(user: User) -> bool:
    """Whether the user may have loopback and private addresses asked."""
    return settings.PRIVATE_WEBSITES or user.has_perm("websites.private_url")


def private_decided(actor: User, *, before: bool, moved: bool, wanted: bool | None) -> bool:
    """Whether a website may have private addresses asked, of which that was so `before`. Raises InvalidInput.

    `moved`: it is new or gets another address, and then it counts who gives that. `wanted`: what the actor says of it,
    if anything; everybody may forbid it.
    """
    may = may_allow_private(actor)
    if wanted is None:
        return may if moved else before
    if wanted and not may and (moved or not before):
        raise InvalidInput("private_allowed", "Only admins, and whom they let, allow private addresses.")
    return wanted
