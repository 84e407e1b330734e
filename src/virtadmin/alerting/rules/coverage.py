"""What a rule covers, that somebody made for a server, a website, a tag or more. The decisions are pure."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Protocol

from virtadmin.accounts.models import User
from virtadmin.alerting.subject import SERVER, URL, Subject
from virtadmin.servers.models import Server
from virtadmin.websites.models import Url


@dataclass(frozen=True, slots=True)
class Placed:
    """What decides who sees a server or website, and which rules are meant for it. All are primary keys."""

    subject: Subject
    server: int | None
    """Itself, or what the website runs on."""
    owner: int
    groups: frozenset[int]
    tags: frozenset[int]


@dataclass(frozen=True, slots=True)
class Person:
    """What decides what somebody sees."""

    pk: int
    sees_all: bool
    groups: frozenset[int]


class Rule(Protocol):
    """A row that names a server, a website or a tag; none means all."""

    owner_id: int
    server_id: int | None
    url_id: int | None
    tag_id: int | None


def sees(person: Person, placed: Placed) -> bool:
    """Whether they may see it: `accounts.selectors.visible` for rows that are here already."""
    return person.sees_all or person.pk == placed.owner or not person.groups.isdisjoint(placed.groups)


def governs(person: Person, placed: Placed) -> bool:
    """Whether what they say of a tag goes for this one: it is theirs, or they are an admin."""
    return person.sees_all or person.pk == placed.owner


def names(rule: Rule, placed: Placed) -> bool:
    """Whether the rule is meant for it, whoever made it. What is meant for a server is for its websites too."""
    named = rule.server_id in (None, placed.server) and rule.url_id in (None, placed.subject.url_id)
    return named and (rule.tag_id is None or rule.tag_id in placed.tags)


def subjects_placed(subjects: Collection[Subject]) -> dict[Subject, Placed]:
    """Servers and websites, those that there are. Three queries for each of both."""
    return _placed(SERVER, Server, "pk", subjects) | _placed(URL, Url, "server_id", subjects)


def _placed(what: str, model: type[Server | Url], server: str, subjects: Collection[Subject]) -> dict[Subject, Placed]:
    ids = {subject.pk for subject in subjects if subject.what == what}
    if not ids:
        return {}
    here, own = {f"{what}_id__in": ids}, f"{what}_id"
    rows = model._default_manager.filter(pk__in=ids).order_by().values_list("pk", server, "owner_id")  # noqa: SLF001
    tags = _pairs(model.tags.through.objects.filter(**here).values_list(own, "tag_id"))
    groups = _pairs(model.groups.through.objects.filter(**here).values_list(own, "group_id"))
    found = {Subject(what, pk): (runs_on, owner) for pk, runs_on, owner in rows}
    return {
        subject: Placed(subject, runs_on, owner, frozenset(groups[subject.pk]), frozenset(tags[subject.pk]))
        for subject, (runs_on, owner) in found.items()
    }


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
