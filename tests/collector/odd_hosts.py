"""A real SSH server in this process whose "probes" misbehave on demand: the user name says how."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import asyncssh

from virtadmin.ssh.target import Target

SAMPLE = b"""virtadmin-probe 1 sample
==> /proc/stat <==
cpu  100 0 100 800 0 0 0 0 0 0
cpu0 100 0 100 800 0 0 0 0 0 0

==> /proc/meminfo <==
MemTotal:        1000000 kB
MemAvailable:     400000 kB

==> /proc/uptime <==
%.2f 0.0

==> /proc/sys/kernel/random/boot_id <==
11111111-2222-3333-4444-555555555555
virtadmin-probe end
"""
TOP = b"virtadmin-probe 1 top\ninterval 0.25 clk_tck 100\n%bvirtadmin-probe end\n"
FACTS = b'virtadmin-probe 1 facts\n==> /etc/os-release <==\nPRETTY_NAME="Odd 1"\nvirtadmin-probe end\n'

ODD: dict[str, Callable[[bytes], bytes]] = {
    "silent": lambda sample: b"",
    "garbage": lambda sample: b"virtadmin-probe 1 sample\n\xff\xfe nonsense\nvirtadmin-probe end\n",
    "half": lambda sample: sample[:200],
    "twice": lambda sample: sample + sample,
    "huge": lambda sample: sample[:-20] + b"x" * (10 * 1024 * 1024),
}
"""What the probe of a user makes of a sample; all others give it as it is."""


class OddHosts:
    """The server. `asked` counts requests by user, `logins` connections."""

    def __init__(self) -> None:
        self.host_key = asyncssh.generate_private_key("ssh-ed25519")
        self.user_key = asyncssh.generate_private_key("ssh-ed25519")
        self._private_key = self.user_key.export_private_key().decode()
        self.asked: dict[str, int] = {}
        self.polled: dict[str, list[float]] = {}
        """When each user's probe was polled, by the monotonic clock; the pair on a new connection is one poll."""
        self.logins: dict[str, int] = {}
        self.uptime = 1000.0
        self.errand_seconds = 0.0
        """How long a probe takes for `top` and `log`."""
        self.heaviest = b"process 812 45 524288 mysqld\n"
        self.logged: dict[str, list[str]] = {}
        """The lines written to each user's log."""
        self.log_lines = 10
        self._server: asyncssh.SSHAcceptor | None = None
        self.open: set[asyncssh.SSHServerConnection] = set()

    async def start(self) -> None:
        self._server = await asyncssh.listen(
            "0.0.0.0", 0, server_host_keys=[self.host_key], server_factory=lambda: _Login(self),
            process_factory=self._probe, encoding=None,
        )  # fmt: skip

    def cut(self) -> None:
        """Break every connection as a reboot would."""
        for connection in list(self.open):
            connection.abort()

    async def stop(self) -> None:
        assert self._server
        self.cut()
        self._server.close()
        await self._server.wait_closed()

    def target(self, user: str, address: str = "127.0.0.1") -> Target:
        assert self._server
        return Target(
            address=address,
            port=self._server.get_port(),
            username=user,
            private_key=self._private_key,
            host_keys=self.host_key.export_public_key().decode(),
        )

    async def _probe(self, process: asyncssh.SSHServerProcess[bytes]) -> None:
        user = process.get_extra_info("username")
        samples = 0
        async for line in process.stdin:
            self.asked[user] = self.asked.get(user, 0) + 1
            samples += line.strip() == b"sample"
            if samples != 2 and line.strip() == b"sample":
                self.polled.setdefault(user, []).append(time.monotonic())
            if line.strip() == b"facts":
                process.stdout.write(FACTS)
                continue
            if line.startswith((b"top", b"log ")):
                await asyncio.sleep(self.errand_seconds)
                process.stdout.write(self._errand(user, line.strip()))
                continue
            if user == "deaf" and samples > 2:
                continue
            self.uptime += 10
            await asyncio.sleep(1.5 if user == "slow" else 0)
            process.stdout.write(ODD.get(user, bytes)(SAMPLE % self.uptime))
            if user == "half":
                process.exit(0)
                return

    def _errand(self, user: str, line: bytes) -> bytes:
        if line == b"top":
            return TOP % self.heaviest
        lines = self.logged.setdefault(user, [])
        if len(lines) >= self.log_lines:
            return b"virtadmin-probe 1 error\nerror no more than 10 log lines a minute\nvirtadmin-probe end\n"
        lines.append(line.removeprefix(b"log ").decode())
        return b"virtadmin-probe 1 log\nlogged journal\nvirtadmin-probe end\n"


class _Login(asyncssh.SSHServer):
    def __init__(self, hosts: OddHosts) -> None:
        self._hosts = hosts

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        self._connection = conn
        self._hosts.open.add(conn)

    def connection_lost(self, exc: Exception | None) -> None:
        self._hosts.open.discard(self._connection)

    def begin_auth(self, username: str) -> bool:
        self._hosts.logins[username] = self._hosts.logins.get(username, 0) + 1
        return True

    def public_key_auth_supported(self) -> bool:
        return True

    def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        return username != "stranger" and key == self._hosts.user_key.convert_to_public()


@asynccontextmanager
async def odd_hosts() -> AsyncIterator[OddHosts]:
    """The server, running."""
    hosts = OddHosts()
    await hosts.start()
    try:
        yield hosts
    finally:
        await hosts.stop()
