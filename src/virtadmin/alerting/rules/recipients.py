"""Who is told of which server or website."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet

from virtadmin.accounts.acting import acting
from virtadmin.accounts.models import User
from virtadmin.alerting.models.recipients import Recipients
from virtadmin.alerting.rules.coverage import Person, Placed, governs, names, people, person_of, sees, subjects_placed
from virtadmin.alerting.rules.ruling import (
    meant_checked,
    refuse_changed,
    require_rule,
    rules_visible,
)
from virtadmin.alerting.subject import SERVER, URL, Subject, subject_of
from virtadmin.core.errors import InvalidInput
from virtadmin.servers.models import Server
from virtadmin.servers.rights import require
from virtadmin.websites.models import Url


def audiences(subjects: Collection[Subject]) -> dict[Subject, list[User]]:
    """The active users who are told of each server or website: its owner and everybody it is shared with, unless
    Recipients say who. Nobody who may not see it. A handful of queries."""
    placed = subjects_placed(subjects)
    rules = _rules(placed)
    makers = people(rule.owner_id for rule in rules)
    by_default = _by_default(placed)
    chosen = {user.pk: user for rule in rules for user in rule.users.all() if user.is_active}
    persons = {pk: person_of(user) for pk, user in chosen.items()}
    told = {}
    for subject, one in placed.items():
        named = {user.pk for rule in _meant(rules, one, makers) for user in rule.users.all()}
        allowed = sorted(user for user in named if user in persons and sees(persons[user], one))
        told[subject] = [chosen[user] for user in allowed] or by_default[subject]
    return told


def _rules(placed: Mapping[Subject, Placed]) -> list[Recipients]:
    tags = {tag for one in placed.values() for tag in one.tags}
    servers, urls = ([subject.pk for subject in placed if subject.what == what] for what in (SERVER, URL))
    rows = Recipients.objects.filter(Q(server__in=servers) | Q(url__in=urls) | Q(tag__in=tags))
    return list(rows.prefetch_related("users__groups"))


def _meant(rules: Sequence[Recipients], placed: Placed, makers: Mapping[int, Person]) -> list[Recipients]:
    """What is said for it itself, else for its tags. Whom a server's websites concern is said for those."""
    subject = placed.subject
    itself = [rule for rule in rules if (rule.server_id, rule.url_id) == (subject.server_id, subject.url_id)]
    meant = [rule for rule in itself if sees(makers[rule.owner_id], placed)]
    by_tag = [rule for rule in rules if rule.tag_id and names(rule, placed)]
    return meant or [rule for rule in by_tag if governs(makers[rule.owner_id], placed)]


def _by_default(placed: Mapping[Subject, Placed]) -> dict[Subject, list[User]]:
    """Owners and members of the groups, as `accounts.selectors.server_audience` has it, for many servers at once."""
    owners = {one.owner for one in placed.values()}
    groups = {group for one in placed.values() for group in one.groups}
    users = {user.pk: user for user in User.objects.filter(_is_among(owners, groups), is_active=True).distinct()}
    members: defaultdict[int, set[int]] = defaultdict(set)
    for user, group in User.groups.through.objects.filter(group_id__in=groups).values_list("user_id", "group_id"):
        members[group].add(user)
    told = {subject: {one.owner}.union(*(members[group] for group in one.groups)) for subject, one in placed.items()}
    return {subject: [users[user] for user in sorted(known & users.keys())] for subject, known in told.items()}


def _is_among(owners: set[int], groups: set[int]) -> Q:
    return Q(pk__in=owners) | Q(groups__in=groups)


def recipients_visible(user: User) -> QuerySet[Recipients]:
    """Those this person made, and those of what they may see."""
    rows = Recipients.objects.select_related("owner", "server", "url", "tag").prefetch_related("users")
    return rules_visible(rows, user)


def people_known(user: User) -> QuerySet[User]:
    """Whom this person may name: themselves and the members of their groups, anybody for admins."""
    active = User.objects.filter(is_active=True).order_by("username")
    return (
        active
        if user.sees_all
        else active.filter(_is_among({user.pk}, {*user.groups.values_list("pk", flat=True)})).distinct()
    )


def recipients_create(
    *, actor: User, users: Sequence[User], server: Server | None = None, url: Url | None = None, tag: str = ""
) -> Recipients:
    """Say who is told of a server, of a website, or of what has a tag. Raises InvalidInput, NotAllowed."""
    require(actor, "alerting.add_recipients")
    row = Recipients(owner=actor, **meant_checked(actor, server, url, tag))
    meant = {name: value for name in ("server", "url", "tag") if (value := getattr(row, name))}
    if len(meant) != 1:
        raise InvalidInput("server", "Choose a server, a website or a tag.")
    if Recipients.objects.filter(**meant, **({"owner": actor} if row.tag else {})).exists():
        raise InvalidInput(next(iter(meant)), "It is said already who is told of this; change that.")
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
    """Everybody who may see it is told again. Raises NotAllowed."""
    require_rule(actor, "alerting.delete_recipients", recipients_visible(actor), row)
    with acting(actor):
        row.delete()


def _users_checked(actor: User, row: Recipients, users: Sequence[User]) -> list[User]:
    """Whom the actor may name, and those who are named already; for a server or website none who may not see it."""
    named = {*row.users.values_list("pk", flat=True)} if row.pk else set()
    known = {*people_known(actor).values_list("pk", flat=True)} | named
    about = row.server or row.url
    placed = subjects_placed([subject_of(about)]) if about else {}
    known |= {user.pk for told in _by_default(placed).values() for user in told}
    if not users:
        raise InvalidInput("users", "Name somebody.")
    if any(user.pk not in known for user in users):
        raise InvalidInput("users", "You may name yourself and the members of your groups.")
    blind = [user for user in users for one in placed.values() if not sees(person_of(user), one)]
    if blind:
        raise InvalidInput(
            "users", f"{blind[0].get_username()} may not see this {'server' if row.server else 'website'}."
        )
    return list(users)
