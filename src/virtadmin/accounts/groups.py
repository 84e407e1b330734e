"""Groups: who shares servers and websites with whom."""

from collections.abc import Iterable

from django.contrib.auth.models import Group
from django.db import transaction

from virtadmin.accounts.models import User
from virtadmin.accounts.rights import only_admins
from virtadmin.core.errors import InvalidInput

NAME_LENGTH = 150


def group_create(*, actor: User, name: str, members: Iterable[User] = ()) -> Group:
    """Make a group. Raises NotAllowed, InvalidInput."""
    only_admins(actor)
    with transaction.atomic():
        group = Group.objects.create(name=_free_name(name))
        _members_set(group, members)
    return group


def group_update(*, group: Group, actor: User, name: str | None = None, members: Iterable[User] | None = None) -> Group:
    """Rename it, or say who is in it. Raises NotAllowed, InvalidInput."""
    only_admins(actor)
    with transaction.atomic():
        if name is not None and name.strip() != group.name:
            group.name = _free_name(name, group)
            group.save()
        if members is not None:
            _members_set(group, members)
    return group


def group_delete(*, group: Group, actor: User) -> None:
    """Delete it; what was shared with it stays with its owners. Raises NotAllowed."""
    only_admins(actor)
    group.delete()


def _free_name(name: str, group: Group | None = None) -> str:
    name = name.strip()
    if not name or len(name) > NAME_LENGTH or "\0" in name:
        raise InvalidInput("name", f"Give it a name of {NAME_LENGTH} characters at most.")
    if Group.objects.filter(name=name).exclude(pk=group.pk if group else 0).exists():
        raise InvalidInput("name", "There is a group of this name already.")
    return name


def _members_set(group: Group, members: Iterable[User]) -> None:
    """By each user's own side, which the log of changes has."""
    wanted, present = {*members}, {*group.user_set.all()}
    for user in wanted - present:
        user.groups.add(group)
    for user in present - wanted:
        user.groups.remove(group)
