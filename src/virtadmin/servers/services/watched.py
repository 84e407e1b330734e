"""Watched servers: changed, taken away with a login, or deleted without one."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from django.contrib.auth.models import Group
from django.db import transaction

from virtadmin.accounts.acting import acting
from virtadmin.accounts.models import User
from virtadmin.core.errors import Conflict, InvalidInput
from virtadmin.core.models import Hub
from virtadmin.core.retrying import retried
from virtadmin.metrics.catalogue import CATALOGUE
from virtadmin.servers.checks import (
    interval_checked,
    line_checked,
    link_speed_checked,
    metrics_checked,
    secrets_checked,
    tags_checked,
)
from virtadmin.servers.enrol_script import cleanup_line
from virtadmin.servers.enrolment.half_made import server_remove, under_way
from virtadmin.servers.enrolment.start import run_start
from virtadmin.servers.models import InitialServerProfile, Server, ServerState
from virtadmin.servers.rights import groups_checked, require_for, require_ssh
from virtadmin.servers.selectors import servers_visible
from virtadmin.servers.tags import tags_named
from virtadmin.servers.watched import REACH, revised

PLAIN: dict[str, Callable[[Any], Any]] = {
    "name": lambda value: line_checked("name", value),
    "interval": interval_checked,
    "enabled": bool,
    "link_speed": link_speed_checked,
}
"""The fields that are one column each, and how each is checked."""


def server_update(*, server: Server, actor: User, **fields: Any) -> Server:
    """Change what people set: name, interval, enabled, link_speed, metrics_enabled, tags (names), groups, parent.

    Raises InvalidInput, NotAllowed.
    """
    require_for(actor, "servers.change_server", server)
    for name in fields.keys() - {*PLAIN, "metrics_enabled", "tags", "groups", "parent"}:
        raise InvalidInput(name, "This cannot be changed.")
    columns = {name: PLAIN[name](fields[name]) for name in fields.keys() & PLAIN.keys()}
    if "metrics_enabled" in fields:
        enabled = metrics_checked(fields["metrics_enabled"], CATALOGUE.names())
        columns["metrics_disabled"] = [name for name in CATALOGUE.names() if name not in enabled]
    if "parent" in fields and fields["parent"] != server.parent:  # a member need not see what it hangs on already
        columns["parent"] = _parent_checked(server, actor, fields["parent"])
    tags = tags_checked(fields["tags"]) if "tags" in fields else None
    groups = groups_checked(actor, fields["groups"], shared=server.groups.all()) if "groups" in fields else None
    resumed = columns.get("enabled", False) and not server.enabled
    with acting(actor):
        retried(partial(_write, server, columns, tags, groups, resumed=resumed))
    return server


def _write(
    server: Server, columns: Mapping[str, Any], tags: list[str] | None, groups: list[Group] | None, *, resumed: bool
) -> None:
    for name, value in columns.items():
        setattr(server, name, value)
    server.save(update_fields=columns.keys())  # nothing else: an enrolment may be writing the keys
    if tags is not None:
        server.tags.set(tags_named(tags))
    if groups is not None:
        server.groups.set(groups)
    if resumed:
        _state_forget(server)


def _state_forget(server: Server) -> None:
    """Begin anew: what was known of its reachability before a pause must not hide that it is lost now."""
    ServerState.objects.filter(server=server).update(**revised(ServerState(), *REACH))


def _parent_checked(server: Server, actor: User, parent: Server | None) -> Server | None:
    """What the server hangs on: one the actor may see, and not itself, however many steps away."""
    if parent is None:
        return None
    if not servers_visible(actor).filter(pk=parent.pk).exists():
        raise InvalidInput("parent", "There is no such server.")
    above: Server | None = parent
    seen: set[int] = set()
    while above is not None and above.pk not in seen:
        if above.pk == server.pk:
            raise InvalidInput("parent", "A server cannot hang on itself.")
        seen.add(above.pk)
        above = above.parent
    return parent


def server_delete(*, server: Server, actor: User) -> str:
    """Stop watching and destroy the hub's key. Returns what stays on the host, with the line that removes it.

    Raises NotAllowed, Conflict (a run on it is under way).
    """
    require_for(actor, "servers.delete_server", server)
    refuse_while_run(server)
    left = _left_on_host(server)
    with acting(actor):
        server_remove(server)
    return left


def _left_on_host(server: Server) -> str:
    if server.transport == Server.Transport.LOCAL:
        return "Nothing stays on this machine."
    who = "root" if server.has_root_install else server.username
    return (
        f"The probe stays on {server.ip_address}; the hub's key to it is destroyed. "
        f"To remove it, as {who}: {server_cleanup_line(server)}"
    )


def server_cleanup_line(server: Server) -> str:
    """The one line that takes the hub off the host without the hub; empty for the hub's own machine."""
    if server.transport == Server.Transport.LOCAL:
        return ""
    return cleanup_line(hub_id=Hub.identity(), server_id=str(server.pk), as_root=server.has_root_install)


def refuse_while_run(server: Server) -> None:
    """Raise Conflict while an enrolment, a repair or a removal is at it."""
    if under_way().filter(server=server).exists():
        raise Conflict("A run on this server is under way; wait until it has ended.")


def server_unenrol(
    *,
    server: Server,
    actor: User,
    username: str,
    password: str = "",
    ssh_key: str = "",
    ssh_key_passphrase: str = "",
) -> InitialServerProfile:
    """Take the hub off the host by a login there; when that succeeded the server goes. The run starts after commit.

    Raises InvalidInput, NotAllowed, Conflict.
    """
    require_for(actor, "servers.delete_server", server)
    require_ssh(server)
    refuse_while_run(server)
    secrets = secrets_checked(password, ssh_key, ssh_key_passphrase)
    profile = InitialServerProfile(
        action=InitialServerProfile.Action.UNENROL,
        owner=actor,
        server=server,
        name=server.name,
        ip_address=server.ip_address,
        port=server.port,
        username=line_checked("username", username),
    )
    profile.password, profile.ssh_key, profile.ssh_key_passphrase = secrets
    with transaction.atomic():
        profile.save()
        run_start(profile.pk)
    return profile
