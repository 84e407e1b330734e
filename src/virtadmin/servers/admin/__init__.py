"""Servers and what belongs to them in the admin site."""

from virtadmin.servers.admin.profile import InitialServerProfileAdmin
from virtadmin.servers.admin.server import ServerAdmin

__all__ = ["InitialServerProfileAdmin", "ServerAdmin"]
