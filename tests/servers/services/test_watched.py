"""Watched servers: changed and deleted."""

from typing import Any

import pytest
from auditlog.models import LogEntry
from django.contrib.auth.models import Group

from virtadmin.accounts.models import User
from virtadmin.core.errors import Conflict, InvalidInput, NotAllowed
from virtadmin.metrics.catalogue import CATALOGUE
from virtadmin.servers import dispatch, services
from virtadmin.servers.models import InitialServerProfile, Server, ServerState
from virtadmin.servers.this_machine import this_machine_watch


def server(owner: User, address: str = "192.0.2.1", **fields: Any) -> Server:
    defaults = {"name": address, "enrolled": True, "has_root_install": True, "private_key": "K"}
    return Server.objects.create(owner=owner, ip_address=address, **{**defaults, **fields})


def test_what_people_set_is_changed_and_nothing_else(alice: User) -> None:
    watched = server(alice)
    Server.objects.update(host_keys="pinned meanwhile")
    services.server_update(
        server=watched,
        actor=alice,
        name=" web ",
        interval=10,
        enabled=False,
        link_speed=1000,
        metrics_enabled=["cpu_usage"],
        tags=["web", "paris"],
    )
    stored = Server.objects.get()
    assert (stored.name, stored.interval, stored.enabled, stored.link_speed) == ("web", 10, False, 1000)
    assert stored.metrics_disabled == [name for name in CATALOGUE.names() if name != "cpu_usage"]
    assert [tag.name for tag in stored.tags.all()] == ["paris", "web"]
    assert stored.host_keys == "pinned meanwhile"
    assert stored.status == "paused"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("interval", 4),
        ("link_speed", 0),
        ("metrics_enabled", ["nonsense"]),
        ("tags", ["x" * 51]),
        ("private_key", "stolen"),
        ("ip_address", "192.0.2.2"),
    ],
)
def test_it_names_the_field_that_is_wrong_and_changes_nothing(alice: User, field: str, value: Any) -> None:
    watched = server(alice)
    with pytest.raises(InvalidInput) as caught:
        services.server_update(server=watched, actor=alice, **{field: value, "enabled": False})
    assert caught.value.field == field
    assert Server.objects.get().enabled


def test_a_server_hangs_on_one_that_is_seen_and_never_on_itself(alice: User, charlie: User) -> None:
    gateway, middle, leaf = (server(alice, f"192.0.2.{n}") for n in (1, 2, 3))
    foreign = server(charlie)
    services.server_update(server=middle, actor=alice, parent=gateway)
    services.server_update(server=leaf, actor=alice, parent=middle)
    for parent in (foreign, gateway, leaf):
        with pytest.raises(InvalidInput, match="server"):
            services.server_update(server=gateway, actor=alice, parent=parent)
    assert services.server_update(server=leaf, actor=alice, parent=None).parent is None


def test_it_is_shared_with_own_groups_alone(alice: User, bob: User, admin_person: User) -> None:
    ours, theirs = Group.objects.create(name="ours"), Group.objects.create(name="theirs")
    alice.groups.add(ours)
    bob.groups.add(ours)
    watched = server(alice)
    services.server_update(server=watched, actor=alice, groups=[ours])
    with pytest.raises(InvalidInput, match="own groups"):
        services.server_update(server=watched, actor=alice, groups=[ours, theirs])
    services.server_update(server=watched, actor=admin_person, groups=[theirs])
    services.server_update(server=watched, actor=alice, groups=[theirs, ours])  # it was shared with them already
    with pytest.raises(NotAllowed):
        services.server_update(server=watched, actor=bob, name="bob's")


def test_strangers_and_viewers_change_and_remove_nothing(alice: User, bob: User, charlie: User) -> None:
    watched = server(alice)
    for actor in (bob, charlie):
        with pytest.raises(NotAllowed):
            services.server_update(server=watched, actor=actor, name="x")
        with pytest.raises(NotAllowed):
            services.server_delete(server=watched, actor=actor)
        with pytest.raises(NotAllowed):
            services.server_unenrol(server=watched, actor=actor, username="root", password="x")
        with pytest.raises(NotAllowed):
            services.server_accept_host_key(server=watched, actor=actor, fingerprint="x")


@pytest.mark.parametrize(("root", "who"), [(True, "as root"), (False, "as ops")])
def test_deleting_destroys_the_key_and_says_what_stays(alice: User, root: bool, who: str) -> None:
    watched = server(alice, has_root_install=root, username="virtadmin" if root else "ops")
    left = services.server_delete(server=watched, actor=alice)
    assert not Server.objects.exists()
    assert who in left
    assert "sed -i" in left
    assert "\n" not in left


def test_a_deleted_servers_history_goes_with_it(
    alice: User, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    sent: list[Any] = []
    monkeypatch.setattr(dispatch.current_app, "send_task", lambda name, args: sent.append((name, args)))
    watched = server(alice)
    known_as = watched.pk
    with django_capture_on_commit_callbacks(execute=True):
        services.server_delete(server=watched, actor=alice)
    assert ("metrics.forget", (known_as,)) in sent


def test_nothing_is_removed_while_a_run_is_at_it(alice: User) -> None:
    watched = server(alice)
    run = services.server_unenrol(server=watched, actor=alice, username="root", password="s3cret")
    assert (run.action, run.server, run.owner, run.status) == ("unenrol", watched, alice, "pending")
    with pytest.raises(Conflict):
        services.server_delete(server=watched, actor=alice)
    with pytest.raises(Conflict):
        services.server_unenrol(server=watched, actor=alice, username="root", password="s3cret")
    InitialServerProfile.objects.update(status="failed")
    services.server_delete(server=watched, actor=alice)


def test_the_hubs_own_machine_needs_no_login(alice: User) -> None:
    here = this_machine_watch(owner=alice)
    with pytest.raises(Conflict):
        services.server_unenrol(server=here, actor=alice, username="root", password="x")
    with pytest.raises(Conflict):
        services.server_accept_host_key(server=here, actor=alice, fingerprint="x")
    assert "Nothing stays" in services.server_delete(server=here, actor=alice)


def test_a_server_lost_before_a_pause_is_looked_at_anew_when_it_goes_on(alice: User) -> None:
    """Or it would stay "down" from before, and nobody would be told that it is lost."""
    watched = server(alice)
    ServerState.objects.create(server=watched, status="down", status_reason="timeout: …", failures=9, cpu_usage=5.0)
    services.server_update(server=watched, actor=alice, enabled=False)
    services.server_update(server=watched, actor=alice, name="renamed")
    assert ServerState.objects.get().status == "down"
    services.server_update(server=watched, actor=alice, enabled=True)
    state = ServerState.objects.get()
    assert (state.status, state.status_reason, state.failures, state.cpu_usage) == ("pending", "", 0, 5.0)


def test_the_log_of_changes_names_who_did_it(alice: User) -> None:
    watched = server(alice)
    services.server_update(server=watched, actor=alice, name="renamed")
    entry = LogEntry.objects.get_for_object(watched).latest("pk")
    assert (entry.actor, entry.changes_dict["name"]) == (alice, ["192.0.2.1", "renamed"])


def test_a_member_may_leave_a_parent_it_cannot_see_as_it_is(alice: User, charlie: User) -> None:
    parent = server(alice, "192.0.2.2")
    watched = server(alice, parent=parent)
    group = Group.objects.create(name="ops")
    charlie.groups.add(group)
    watched.groups.add(group)
    services.server_update(server=watched, actor=charlie, parent=parent, name="renamed")
    assert Server.objects.get(pk=watched.pk).parent == parent
