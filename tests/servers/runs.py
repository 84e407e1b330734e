"""What the tests of runs share: entering a profile and bringing its run to an end in this thread."""

from typing import Any

from tests.hosts.maker import LOGINS, Host
from virtadmin.accounts.models import User
from virtadmin.servers import services
from virtadmin.servers.enrolment.run import run
from virtadmin.servers.models import InitialServerProfile, Server
from virtadmin.servers.selectors import server_target
from virtadmin.ssh.channel import open_channel


def ended(profile: InitialServerProfile) -> InitialServerProfile:
    """The profile after its run, as a worker would do it."""
    run(profile.pk)
    profile.refresh_from_db()
    assert (profile.password, profile.ssh_key, profile.ssh_key_passphrase) == ("", "", "")
    assert profile.finished
    return profile


def enrolled(owner: User, host: Host, username: str = "root", **fields: Any) -> InitialServerProfile:
    """Enter the host with a login (its password by default) and run it to the end."""
    if not fields.keys() & {"password", "ssh_key"}:
        fields["password"] = LOGINS[username]
    return ended(services.profile_create(owner=owner, ip_address=host.address, username=username, **fields))


async def sample_of(server: Server) -> bytes:
    """One sample over a new connection."""
    channel = await open_channel(server_target(server), hub_name="test-hub")
    try:
        return await channel.ask("sample", 10)
    finally:
        channel.close()
