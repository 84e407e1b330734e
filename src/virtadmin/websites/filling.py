"""What a person wants of a website, judged and filled in: every rule about its fields is asked here."""

from collections.abc import Mapping
from typing import Any

from virtadmin.accounts.models import User
from virtadmin.core.errors import InvalidInput
from virtadmin.servers.checks import tags_checked
from virtadmin.servers.rights import groups_checked
from virtadmin.servers.tags import tags_named
from virtadmin.websites.addresses import uri_checked
from virtadmin.websites.checks import PLAIN, together_checked
from virtadmin.websites.headers import PLAIN as HEADERS
from virtadmin.websites.headers import SECRET, headers_together
from virtadmin.websites.models import Url
from virtadmin.websites.requests import secrets_of
from virtadmin.websites.rights import private_decided, server_checked
from virtadmin.websites.secrets import secret_columns

FIELDS = frozenset({*PLAIN, "uri", "password", SECRET, "private_allowed", "server", "tags", "groups"})


def columns_filled(url: Url, actor: User, fields: Mapping[str, Any]) -> set[str]:
    """Set the columns that the fields name, in memory; which they are. Raises InvalidInput."""
    for name in sorted(fields.keys() - FIELDS):
        raise InvalidInput(name, "This cannot be changed.")
    columns = {name: PLAIN[name](fields[name]) for name in PLAIN.keys() & fields.keys()}
    if "server" in fields:
        columns["server"] = server_checked(actor, fields["server"], before=url.server_id)
    columns |= _address(url, actor, fields)
    to = {"uri": columns.get("uri", url.uri), "username": columns.get("username", url.username)}
    columns |= secret_columns(url, fields, **to)
    for name, value in columns.items():
        setattr(url, name, value)
    together_checked(url)
    blamed = HEADERS if HEADERS in fields else SECRET if SECRET in fields else "username"
    headers_together(blamed, url.headers, secrets_of(url), basic=bool(url.username))
    return {*columns}


def _address(url: Url, actor: User, fields: Mapping[str, Any]) -> dict[str, Any]:
    """Where it is, and whether that may be a private address."""
    moved = "uri" in fields and fields["uri"] != url.uri
    wanted = fields.get("private_allowed")
    private = private_decided(actor, before=url.private_allowed, moved=moved, wanted=wanted)
    uri = {"uri": uri_checked(fields["uri"], private_allowed=private)} if moved else {}
    return {"private_allowed": private, **uri}


def relations_filled(url: Url, actor: User, fields: Mapping[str, Any]) -> None:
    """Store tags (names; new ones are made) and groups, where they are given. Raises InvalidInput."""
    if "tags" in fields:
        url.tags.set(tags_named(tags_checked(fields["tags"])))
    if "groups" in fields:
        url.groups.set(groups_checked(actor, fields["groups"], shared=url.groups.all(), what="website"))
