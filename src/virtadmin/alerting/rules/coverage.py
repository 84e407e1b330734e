"""Which servers a rule covers, that somebody made for a server, a tag or more. The decisions are pure."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Protocol

from virtadmin.accounts.models import User
from virtadmin.servers.models import Server


@dataclass(frozen=True, slots=True)
class Placed:
    """What decides who sees a server, and which tags' rules are meant for it. All are primary keys."""

    pk: int
    owner: int
    groups: frozenset[int]
    tags: frozenset[int]


@dataclass(frozen=True, slots=True)
class Person:
    """What decides which servers somebody sees."""

    pk: int
    sees_all: bool
    groups: frozenset[int]


class Rule(Protocol):
    """A row that names a server or a tag; neither means all."""

    owner_id: int
    server_id: int | None
    tag_id: int | None


def sees(person: Person, server: Placed) -> bool:
    """Whether they may see it: `accounts.selectors.visible` for rows that are here already."""
    return person.sees_all or person.pk == server.owner or not person.groups.isdisjoint(server.groups)


def governs(person: Person, server: Placed) -> bool:
    """Whether what they say of a tag goes for this server: it is theirs, or they are an admin."""
    return person.sees_all or person.pk == server.owner


def names(rule: Rule, server: Placed) -> bool:
    """Whether the rule is meant for the server, whoever made it."""
    return rule.server_id in (None, server.pk) and (rule.tag_id is None or rule.tag_id in server.tags)


def servers_placed(ids: Collection[int]) -> dict[int, Placed]:
    """The servers, by primary key. Three queries."""
    owners = Server.objects.filter(pk__in=ids).order_by().values_list("pk", "owner_id")
    tags = _pairs(Server.tags.through.objects.filter(server_id__in=ids).values_list("server_id", "tag_id"))
    groups = _pairs(Server.groups.through.objects.filter(server_id__in=ids).values_list("server_id", "group_id"))
    return {pk: Placed(pk, owner, frozenset(groups[pk]), frozenset(tags[pk])) for pk, owner in owners}


def person_of(user: User) -> Person:
    """The user as the decisions see them; `user.groups` should be prefetched."""
    return Person(user.pk, user.sees_all, frozenset(group.pk for group in user.groups.all()))


def people(ids: Iterable[int]) -> dict[int, Person]:
    """The users, by primary key. Two queries."""
    return {user.pk: person_of(user) for user in User.objects.filter(pk__in=set(ids)).prefetch_related("groups")}


def _pairs(rows: Iterable[tuple[int, int]]) -> defaultdict[int, set[int]]:
    found: defaultdict[int, set[int]] = defaultdict(set)
    for one, other in rows:
        found[one].add(other)
    return found
