"""Real hosts for benchmarks, enrolled with a key of the benchmark's own."""

import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from tests.hosts.maker import SCRIPT, Host, build
from virtadmin.servers.enrol_script import enrol_script
from virtadmin.ssh.keys import key_pair_generate
from virtadmin.ssh.target import Target

HUB = "00000000-0000-4000-8000-00000000bec4"


@contextmanager
def real_hosts(count: int, *, variant: str = "psutil", first: int = 1, net: int = 2) -> Iterator[list[Host]]:
    """So many hosts at 127.0.<net>.<first> and after, stopped at the end."""
    build("bookworm", variant)
    hosts = [Host(f"bench-{net}-{n}", f"127.0.{net}.{n}", "bookworm", variant) for n in range(first, first + count)]
    try:
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(Host.start, hosts))
        yield hosts
    finally:
        for host in hosts:
            host.stop()


def enrolled(host: Host, server_id: int) -> Target:
    """Install the probe on the host with its own script, and how to reach it then."""
    private, public = key_pair_generate()
    script = enrol_script(hub_id=HUB, hub_name="bench", server_id=str(server_id), public_key=public)
    done = host.run("sh", "-s", stdin=script.encode())
    if b"@done" not in done.stdout:
        raise RuntimeError(done.stdout.decode() + done.stderr.decode())
    keys = host.sh("cat /etc/ssh/ssh_host_*_key.pub")
    return Target(host.address, 22, "virtadmin", private, keys)


def outermost_process(host: Host) -> int:
    """The process that all of the host's descend from, as this machine numbers it."""
    done = subprocess.run([SCRIPT, "pid", host.name], capture_output=True, text=True, check=True)
    return int(done.stdout)
