"""Reads of servers and runs."""

import pytest

from virtadmin.accounts.models import User
from virtadmin.core.errors import InvalidInput
from virtadmin.servers.models import InitialServerProfile, Server, UnknownSystem
from virtadmin.servers.selectors import (
    profiles_visible,
    server_by_word,
    server_target,
    servers_visible,
    unknown_systems_visible,
)
from virtadmin.servers.this_machine import this_machine_watch


def test_everyone_sees_their_own_and_staff_sees_all(alice: User, charlie: User, admin_person: User) -> None:
    for owner in (alice, charlie):
        Server.objects.create(owner=owner, name=owner.username, ip_address="192.0.2.1")
        InitialServerProfile.objects.create(owner=owner, ip_address="192.0.2.1")
        UnknownSystem.objects.create(owner=owner, ip_address="192.0.2.1", system="VMS")
    for selector in (servers_visible, profiles_visible, unknown_systems_visible):
        assert [row.owner for row in selector(alice)] == [alice]
        assert selector(admin_person).count() == 2
    assert [str(row) for row in profiles_visible(alice)] == ["root@192.0.2.1:22"]
    assert [str(row) for row in unknown_systems_visible(alice)] == ["192.0.2.1: VMS"]


def test_a_target_says_how_the_probe_is_reached(alice: User) -> None:
    server = Server.objects.create(owner=alice, ip_address="192.0.2.1", port=2222, private_key="K", host_keys="H")
    target = server_target(Server.objects.get())
    assert (target.address, target.port, target.username) == ("192.0.2.1", 2222, "virtadmin")
    assert (target.private_key, target.host_keys, target.transport) == ("K", "H", "ssh")
    server.delete()
    assert server_target(this_machine_watch(owner=alice)).transport == "local"


def test_the_command_line_finds_a_server_by_every_word_for_it(alice: User) -> None:
    web = Server.objects.create(owner=alice, name="web", ip_address="192.0.2.1")
    Server.objects.create(owner=alice, name="twin", ip_address="192.0.2.2")
    other = Server.objects.create(owner=alice, name="twin", ip_address="192.0.2.2", port=2222)
    assert [server_by_word(word) for word in ("web", "192.0.2.1", "192.0.2.1:22", str(web.pk))] == [web] * 4
    assert server_by_word("192.0.2.2:2222") == other
    for word in ("twin", "192.0.2.2", "nobody"):
        with pytest.raises(InvalidInput):
            server_by_word(word)
