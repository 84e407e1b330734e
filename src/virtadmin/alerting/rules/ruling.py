"""What silences, maintenance windows, recipients and templates share: who may see and change them, and for what."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from django.db.models import Model, Q, QuerySet

from virtadmin.accounts.models import User
from virtadmin.alerting.models.quiet import Silence
from virtadmin.alerting.models.recipients import Recipients
from virtadmin.alerting.subject import about_visible, sees_watched
from virtadmin.core.errors import InvalidInput, NotAllowed
from virtadmin.notifications.selectors import tags_choosable
from virtadmin.servers.models import Server, Tag
from virtadmin.servers.rights import require
from virtadmin.websites.models import Url

Row = TypeVar("Row", bound=Model)


def rules_visible(queryset: QuerySet[Row], user: User) -> QuerySet[Row]:
    """Those this person made, and those for a server or website they may see: it is their messages that are held or
    sent."""
    return queryset if user.sees_all else queryset.filter(Q(owner=user) | about_visible(user))


def require_rule(user: User, permission: str, seen: QuerySet[Any], row: Model) -> None:
    """Raise NotAllowed unless the user has the permission and may see the row."""
    require(user, permission)
    if not seen.filter(pk=row.pk).exists():
        raise NotAllowed("This was made by somebody else, for what is not shared with you.")


def server_checked(user: User, server: Server | None) -> Server | None:
    """The server, if the user may see it. Raises InvalidInput."""
    if server is not None and not sees_watched(user, server):
        raise InvalidInput("server", "There is no such server.")
    return server


def url_checked(user: User, url: Url | None) -> Url | None:
    """The website, if the user may see it. Raises InvalidInput."""
    if url is not None and not sees_watched(user, url):
        raise InvalidInput("url", "There is no such website.")
    return url


def tag_checked(user: User, name: str) -> Tag | None:
    """The tag of this name; None for an empty one. Raises InvalidInput if nothing the user may see has it."""
    if not name:
        return None
    found = tags_choosable(user).filter(name=name.strip()).first()
    if found is None:
        raise InvalidInput("tag", "None of your servers and websites has this tag.")
    return found


CHECKS: dict[str, Callable[[User, Any], Any]] = {"server": server_checked, "url": url_checked, "tag": tag_checked}


def meant_of(row: Any) -> dict[str, Any]:
    """What a rule is for, as people give it: a tag by name."""
    return {"server": row.server, "url": row.url, "tag": row.tag.name if row.tag else ""}


def meant_checked(user: User, server: Server | None, url: Url | None, tag: str) -> dict[str, Any]:
    """What a rule is for, by its columns; a tag is given by name. Raises InvalidInput for what they may not see."""
    return {"server": server_checked(user, server), "url": url_checked(user, url), "tag": tag_checked(user, tag)}


def meant_changed(user: User, row: Any, given: Mapping[str, Any]) -> dict[str, Any]:
    """What of the given a rule is to be for instead of what it is for now, by its columns. Raises InvalidInput for what
    the user may not see; what stays as it is may be such."""
    now = meant_of(row)
    changed = {name: given[name] for name in CHECKS if name in given and given[name] != now[name]}
    return {name: CHECKS[name](user, value) for name, value in changed.items()}


def refuse_changed(row: Silence | Recipients, given: dict[str, Any]) -> None:
    """Raise InvalidInput for the first field that differs from the row's; a tag is given by name."""
    fixed = meant_of(row)
    if isinstance(row, Silence):
        fixed |= {"kind": row.kind, "starts": row.starts}
    for name, value in given.items():
        if name not in fixed or fixed[name] != value:
            raise InvalidInput(name, "This cannot be changed: end it, and make another.")
