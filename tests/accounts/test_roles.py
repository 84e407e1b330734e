"""What each role may do, and who sees which server."""

import pytest
from django.contrib.auth.models import AnonymousUser, Group, Permission
from hypothesis import given
from hypothesis import strategies as st

from virtadmin.accounts.backend import RoleBackend
from virtadmin.accounts.models import User
from virtadmin.accounts.roles import OPERATED, READ, Role, role_allows
from virtadmin.accounts.selectors import owner_by_name, server_audience, visible
from virtadmin.servers.models import Server, ServerState

ACTIONS = ("view", "add", "change", "delete")


@given(st.sampled_from(READ), st.sampled_from(ACTIONS))
def test_a_wider_role_may_never_do_less(subject: str, action: str) -> None:
    app, model = subject.split(".")
    permission = f"{app}.{action}_{model}"
    ladder = [role_allows(role, permission) for role in (Role.VIEWER, Role.OPERATOR, Role.ADMIN)]
    assert ladder == sorted(ladder)
    assert role_allows(Role.VIEWER, permission) == (
        action == "view" or (subject == "notifications.notification" and action != "add")
    )


@pytest.mark.parametrize("subject", OPERATED)
def test_an_operator_changes_servers_and_limits_but_not_users(subject: str) -> None:
    app, model = subject.split(".")
    assert role_allows(Role.OPERATOR, f"{app}.change_{model}")
    assert not role_allows(Role.OPERATOR, "accounts.change_user")
    assert not role_allows(Role.OPERATOR, "accounts.view_user")


def test_permissions_come_from_the_role_and_can_be_added_to(alice: User, bob: User, admin_person: User) -> None:
    assert alice.has_perm("servers.add_server")
    assert not bob.has_perm("servers.add_server")
    assert admin_person.has_perm("knox.delete_authtoken")
    assert admin_person.has_module_perms("knox")
    assert bob.has_module_perms("servers")
    assert not bob.has_module_perms("accounts")
    assert not AnonymousUser().has_perm("servers.view_server")
    assert not RoleBackend().has_perm(AnonymousUser(), "servers.view_server")
    assert not RoleBackend().has_module_perms(AnonymousUser(), "servers")
    bob.is_active = False
    assert not bob.has_perm("servers.view_server")
    assert not bob.has_module_perms("servers")


def test_an_admin_is_let_into_the_admin_site_however_it_became_one(bob: User) -> None:
    bob.role = Role.ADMIN
    bob.save(update_fields=["role"])
    bob.refresh_from_db()
    assert bob.is_staff


def test_owner_member_and_staff_see_a_server_and_a_stranger_does_not(
    alice: User, bob: User, charlie: User, admin_person: User
) -> None:
    group = Group.objects.create(name="ops")
    bob.groups.add(group)
    server = Server.objects.create(name="web1", ip_address="192.0.2.1", owner=alice)
    ServerState.objects.create(server=server)
    server.groups.add(group)
    for person, sees in ((alice, True), (bob, True), (charlie, False), (admin_person, True)):
        assert visible(Server.objects.all(), person).exists() == sees, person
        assert visible(ServerState.objects.all(), person, "server").exists() == sees, person
    assert set(server_audience(alice.pk, [group.pk])) == {alice, bob}


def test_a_server_shared_by_two_groups_is_seen_once(alice: User, bob: User) -> None:
    server = Server.objects.create(name="web1", ip_address="192.0.2.1", owner=alice)
    for name in ("one", "two"):
        group = Group.objects.create(name=name)
        bob.groups.add(group)
        server.groups.add(group)
    assert visible(Server.objects.all(), bob).count() == 1


def test_the_command_line_acts_for_the_first_admin_unless_told(alice: User, admin_person: User) -> None:
    assert owner_by_name(None) == admin_person
    assert owner_by_name("alice") == alice


def test_a_permission_of_another_kind_is_the_admins_until_it_is_given(alice: User, admin_person: User) -> None:
    assert not alice.has_perm("websites.private_url")
    assert not alice.has_perm("notifications.export_userchannel")
    assert admin_person.has_perm("websites.private_url")
    alice.user_permissions.add(Permission.objects.get(codename="private_url"))
    assert User.objects.get(pk=alice.pk).has_perm("websites.private_url")
