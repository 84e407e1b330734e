"""What of servers the change log keeps: what people set, never a secret, nor what changes by itself."""

from auditlog.registry import auditlog

from virtadmin.accounts.log import log_shows
from virtadmin.servers.models import InitialServerProfile, Server, Tag
from virtadmin.servers.selectors import profiles_visible, servers_visible


def register() -> None:
    """Log changes of servers, their enrolments and tags."""
    auditlog.register(Server, exclude_fields=["private_key"], m2m_fields={"tags", "groups"})
    auditlog.register(
        InitialServerProfile,
        exclude_fields=["password", "ssh_key", "ssh_key_passphrase", "log", "heartbeat", "step"],
    )
    auditlog.register(Tag)
    log_shows(servers_visible, profiles_visible)
