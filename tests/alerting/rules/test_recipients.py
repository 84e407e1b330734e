"""Who is told of which server."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.test.utils import CaptureQueriesContext

from virtadmin.accounts.models import User
from virtadmin.alerting.models import Recipients
from virtadmin.alerting.rules.recipients import (
    audiences,
    people_known,
    recipients_create,
    recipients_delete,
    recipients_update,
    recipients_visible,
)
from virtadmin.alerting.subject import subject_of
from virtadmin.core.errors import InvalidInput, NotAllowed
from virtadmin.servers.models import Server, Tag

MakeServer = Callable[..., Server]


@pytest.fixture
def team(alice: User, bob: User) -> Group:
    """Alice's and Bob's."""
    made = Group.objects.create(name="team")
    made.user_set.add(alice, bob)
    return made


@pytest.fixture
def web(alice: User, team: Group, server_of: MakeServer) -> Server:
    """Alice's server, tagged "web" and "prod", shared with the team."""
    server = server_of(alice)
    server.tags.add(Tag.objects.create(name="web"), Tag.objects.create(name="prod"))
    server.groups.add(team)
    return server


def told(server: Server) -> list[str]:
    return [user.username for user in audiences([subject_of(server)])[subject_of(server)]]


def say(owner: User, *users: User, server: Server | None = None, tag: str = "") -> Recipients:
    row = Recipients.objects.create(owner=owner, server=server, tag=Tag.objects.get(name=tag) if tag else None)
    row.users.set(users)
    return row


def test_everybody_who_shares_it_is_told_by_default(web: Server, bob: User, charlie: User, admin_person: User) -> None:
    assert told(web) == ["alice", "bob"]
    User.objects.filter(pk=bob.pk).update(is_active=False)
    assert told(web) == ["alice"]


def test_a_server_s_own_recipients_come_before_those_of_its_tags_and_those_add_up(
    web: Server, alice: User, bob: User
) -> None:
    say(alice, alice, tag="web")
    assert told(web) == ["alice"]
    say(alice, bob, tag="prod")
    assert told(web) == ["alice", "bob"]
    say(alice, bob, server=web)
    assert told(web) == ["bob"]


def test_nobody_is_told_who_may_not_see_it_and_never_nobody(
    web: Server, alice: User, bob: User, charlie: User, admin_person: User
) -> None:
    row = say(alice, bob, charlie, admin_person, server=web)
    assert told(web) == ["bob", "root"]
    row.users.set([charlie])
    assert told(web) == ["alice", "bob"]
    row.users.set([bob])
    User.objects.filter(pk=bob.pk).update(is_active=False)
    assert told(web) == ["alice"]


def test_what_others_say_of_a_tag_is_for_their_own_servers_but_an_admins_for_all(
    web: Server, alice: User, bob: User, admin_person: User, server_of: MakeServer
) -> None:
    say(bob, bob, tag="web")
    assert told(web) == ["alice", "bob"]
    bobs = server_of(bob, "bobs")
    bobs.tags.add(Tag.objects.get(name="web"))
    say(admin_person, admin_person, tag="prod")
    assert (told(web), told(bobs)) == (["root"], ["bob"])


def test_who_no_longer_sees_a_server_no_longer_says_who_is_told(
    web: Server, alice: User, bob: User, team: Group
) -> None:
    say(bob, bob, alice, server=web).users.set([bob])
    assert told(web) == ["bob"]
    team.user_set.remove(bob)
    assert told(web) == ["alice"]


def test_many_servers_take_a_handful_of_queries(alice: User, bob: User, team: Group, server_of: MakeServer) -> None:
    servers = [server_of(alice, f"s{n}") for n in range(20)]
    for server in servers:
        server.groups.add(team)
    say(alice, bob, server=servers[3])
    with CaptureQueriesContext(connection) as asked:
        found = audiences([subject_of(server) for server in servers])
    assert len(asked) <= 10
    assert [len(found[subject_of(server)]) for server in servers] == [2, 2, 2, 1, *([2] * 16)]
    assert audiences([]) == {}


def test_an_operator_names_people_of_their_groups_and_changes_it_again(
    web: Server, alice: User, bob: User, charlie: User
) -> None:
    row = recipients_create(actor=alice, server=web, users=[bob])
    assert told(web) == ["bob"]
    recipients_update(row=row, actor=alice, users=[alice, bob])
    assert told(web) == ["alice", "bob"]
    assert [user.username for user in people_known(alice)] == ["alice", "bob"]
    assert [*recipients_visible(charlie)] == []
    recipients_delete(row=row, actor=alice)
    assert not Recipients.objects.exists()


def test_what_is_wrong_is_refused_by_name(
    web: Server, alice: User, bob: User, charlie: User, admin_person: User
) -> None:
    def refused(actor: User = alice, **fields: object) -> str:
        with pytest.raises(InvalidInput) as refusal:
            recipients_create(actor=actor, **{"users": [alice], **fields})  # type: ignore[arg-type]
        return refusal.value.field

    assert refused() == "server"
    assert refused(server=web, tag="web") == "server"
    assert refused(tag="nowhere") == "tag"
    assert refused(server=web, users=[]) == "users"
    assert refused(server=web, users=[charlie]) == "users"
    assert refused(server=web, users=[charlie], actor=admin_person) == "users"
    assert refused(server=web, users=[alice], actor=charlie) == "server"
    recipients_create(actor=alice, server=web, users=[bob])
    recipients_create(actor=alice, tag="web", users=[bob])
    assert refused(server=web) == "server"
    assert refused(tag="web") == "tag"


def test_viewers_and_strangers_say_nothing(web: Server, alice: User, bob: User, charlie: User) -> None:
    row = recipients_create(actor=alice, server=web, users=[bob])
    for person in (bob, charlie):
        with pytest.raises(NotAllowed):
            recipients_update(row=row, actor=person, users=[person])
        with pytest.raises(NotAllowed):
            recipients_delete(row=row, actor=person)
    with pytest.raises(NotAllowed):
        recipients_create(actor=bob, server=web, users=[bob])
