"""Who is told of which server."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet

from virtadmin.accounts.acting import acting
from virtadmin.accounts.models import User
from virtadmin.alerting.models.recipients import Recipients
from virtadmin.alerting.rules.coverage import Person, Placed, governs, names, people, person_of, sees, servers_placed
from virtadmin.alerting.rules.ruling import refuse_changed, require_rule, rules_visible, server_checked, tag_checked
from virtadmin.core.errors import InvalidInput
from virtadmin.servers.models import Server
from virtadmin.servers.rights import require


def audiences(servers: Collection[Server]) -> dict[int, list[User]]:
    """The active users who are told of each server, by its primary key: its owner and everybody it is shared with,
    unless Recipients say who. Nobody who may not see it. A handful of queries."""
    placed = servers_placed({server.pk for server in servers})
    rules = _rules(placed)
    makers = people(rule.owner_id for rule in rules)
    by_default = _by_default(placed)
    chosen = {user.pk: user for rule in rules for user in rule.users.all() if user.is_active}
    persons = {pk: person_of(user) for pk, user in chosen.items()}
    told = {}
    for pk, server in placed.items():
        named = {user.pk for rule in _meant(rules, server, makers) for user in rule.users.all()}
        allowed = sorted(user for user in named if user in persons and sees(persons[user], server))
        told[pk] = [chosen[user] for user in allowed] or by_default[pk]
    return told


def _rules(placed: Mapping[int, Placed]) -> list[Recipients]:
    tags = {tag for server in placed.values() for tag in server.tags}
    rows = Recipients.objects.filter(Q(server__in=list(placed)) | Q(tag__in=tags))
    return list(rows.prefetch_related("users__groups"))


def _meant(rules: Sequence[Recipients], server: Placed, makers: Mapping[int, Person]) -> list[Recipients]:
    """What is said for the server itself, else for its tags."""
    naming = [rule for rule in rules if names(rule, server)]
    by_server = [rule for rule in naming if rule.server_id and sees(makers[rule.owner_id], server)]
    return by_server or [rule for rule in naming if rule.tag_id and governs(makers[rule.owner_id], server)]


def _by_default(placed: Mapping[int, Placed]) -> dict[int, list[User]]:
    """Owners and members of the groups, as `accounts.selectors.server_audience` has it, for many servers at once."""
    owners = {server.owner for server in placed.values()}
    groups = {group for server in placed.values() for group in server.groups}
    users = {user.pk: user for user in User.objects.filter(_is_among(owners, groups), is_active=True).distinct()}
    members: defaultdict[int, set[int]] = defaultdict(set)
    for user, group in User.groups.through.objects.filter(group_id__in=groups).values_list("user_id", "group_id"):
        members[group].add(user)
    told = {pk: {one.owner}.union(*(members[group] for group in one.groups)) for pk, one in placed.items()}
    return {pk: [users[user] for user in sorted(known & users.keys())] for pk, known in told.items()}


def _is_among(owners: set[int], groups: set[int]) -> Q:
    return Q(pk__in=owners) | Q(groups__in=groups)


def recipients_visible(user: User) -> QuerySet[Recipients]:
    """Those this person made, and those of servers they may see."""
    rows = Recipients.objects.select_related("owner", "server", "tag").prefetch_related("users")
    return rules_visible(rows, user)


def people_known(user: User) -> QuerySet[User]:
    """Whom this person may name: themselves and the members of their groups, anybody for admins."""
    active = User.objects.filter(is_active=True).order_by("username")
    return (
        active
        if user.sees_all
        else active.filter(_is_among({user.pk}, {*user.groups.values_list("pk", flat=True)})).distinct()
    )


def recipients_create(*, actor: User, users: Sequence[User], server: Server | None = None, tag: str = "") -> Recipients:
    """Say who is told of a server, or of the servers with a tag. Raises InvalidInput, NotAllowed."""
    require(actor, "alerting.add_recipients")
    row = Recipients(owner=actor, server=server_checked(actor, server), tag=tag_checked(actor, tag))
    if bool(row.server) == bool(row.tag):
        raise InvalidInput("server", "Choose a server or a tag.")
    if Recipients.objects.filter(**{"server": row.server} if row.server else {"owner": actor, "tag": row.tag}).exists():
        raise InvalidInput("server" if row.server else "tag", "It is said already who is told of this; change that.")
    chosen = _users_checked(actor, row, users)
    with acting(actor), transaction.atomic():
        row.save()
        row.users.set(chosen)
    return row


def recipients_update(
    *, row: Recipients, actor: User, users: Sequence[User] | None = None, **fields: Any
) -> Recipients:
    """Say anew who is told (None = as it is), nothing else. Raises InvalidInput, NotAllowed."""
    require_rule(actor, "alerting.change_recipients", recipients_visible(actor), row)
    refuse_changed(row, fields)
    if users is not None:
        chosen = _users_checked(actor, row, users)
        with acting(actor), transaction.atomic():
            row.users.set(chosen)
    return row


def recipients_delete(*, row: Recipients, actor: User) -> None:
    """Everybody who may see the server is told again. Raises NotAllowed."""
    require_rule(actor, "alerting.delete_recipients", recipients_visible(actor), row)
    with acting(actor):
        row.delete()


def _users_checked(actor: User, row: Recipients, users: Sequence[User]) -> list[User]:
    """Whom the actor may name, and those who are named already; for a server none who may not see it."""
    named = {*row.users.values_list("pk", flat=True)} if row.pk else set()
    known = {*people_known(actor).values_list("pk", flat=True)} | named
    placed = servers_placed([row.server.pk]) if row.server else {}
    known |= {user.pk for told in _by_default(placed).values() for user in told}
    if not users:
        raise InvalidInput("users", "Name somebody.")
    if any(user.pk not in known for user in users):
        raise InvalidInput("users", "You may name yourself and the members of your groups.")
    blind = [user for user in users for server in placed.values() if not sees(person_of(user), server)]
    if blind:
        raise InvalidInput("users", f"{blind[0].get_username()} may not see this server.")
    return list(users)
