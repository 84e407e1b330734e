"""The proof: a new login with the new key gets samples, and nothing else."""

from typing import Any

from virtadmin.metrics.facts import parse_facts
from virtadmin.metrics.sample import parse
from virtadmin.servers.enrolment.failures import RunFailed
from virtadmin.servers.enrolment.remote import run
from virtadmin.ssh.channel import open_session
from virtadmin.ssh.connection import open_connection
from virtadmin.ssh.host_keys import pinned
from virtadmin.ssh.keys import private_key_read
from virtadmin.ssh.target import Target

ANSWER_SECONDS = 10.0


async def verify(target: Target) -> dict[str, Any]:
    """The server's facts, after a sample came and a command was refused.

    Raises ConnectionFailure, RunFailed (a command ran), BadSample (the probe answers nonsense).
    """
    connection = await open_connection(
        address=target.address,
        port=target.port,
        username=target.username,
        host_keys=pinned(target.host_keys),
        private_key=private_key_read(target.private_key),
    )
    try:
        tried = await run(connection, "id")
        if tried.status == 0 or "uid=" in tried.output:
            raise RunFailed(
                "With the hub's key a command was run on the server, so the key is not restricted to the probe. "
                f"Look at sshd's ForceCommand and AuthorizedKeysFile for {target.username}."
            )
        channel = await open_session(connection)
        parse(await channel.ask("sample", ANSWER_SECONDS))
        return parse_facts(await channel.ask("facts", ANSWER_SECONDS))
    finally:
        connection.abort()
