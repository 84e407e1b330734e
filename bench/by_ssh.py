"""Ways to poll real hosts over SSH: the hub's own, a script over a new connection each time, and Ansible's."""

import json
import os
import resource
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import paramiko

from bench.hosts import enrolled, outermost_process
from bench.processes import memory_alone_mb, precise_cpu_ms, tree
from tests.hosts.maker import Host
from virtadmin.ssh.keys import key_pair_generate

PSUTIL_SCRIPT = (
    "import json,psutil,time;"
    "print(json.dumps([psutil.cpu_percent(0.1),psutil.virtual_memory(),psutil.disk_usage('/'),"
    "psutil.net_io_counters(),time.time()-psutil.boot_time()]))"
)
ONE_SHOT = (
    "cd /proc && cat stat meminfo loadavg uptime net/dev diskstats sys/kernel/random/boot_id self/mountinfo; df -P -k"
)
HostsCpu = Callable[[Sequence[int]], float]


def measure(
    hosts: Sequence[Host], poll: Callable[[], None], hosts_cpu: HostsCpu, *, rounds: int, pace: float
) -> tuple[float, float]:
    """CPU milliseconds per poll, means over the rounds: of this process and its children, and of the hosts'."""
    roots = [outermost_process(host) for host in hosts]
    polls = rounds * len(hosts)
    poll()  # the first one opens what is kept open
    before, hub = hosts_cpu([pid for root in roots for pid in tree(root)]), 0.0
    for _ in range(rounds):
        time.sleep(pace)
        kept, begun = _kept_ms(), _own_ms()
        poll()
        hub += _own_ms() - begun
        hub += _kept_ms() - kept
    after = hosts_cpu([pid for root in roots for pid in tree(root)])
    return hub / polls, (after - before) / polls


def _own_ms() -> float:
    """CPU of this process and its ended children."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (time.process_time() + children.ru_utime + children.ru_stime) * 1000


def _kept_ms() -> float:
    """CPU of the connections that `control_masters` keeps."""
    return precise_cpu_ms(pid for pid in tree(os.getpid()) if Path(f"/proc/{pid}/comm").read_text() == "ssh\n")


def hub_watches(hosts: Sequence[Host]) -> Callable[[Sequence[Host]], None]:
    """The hub's own collector in this process, with the hosts enrolled; it polls those it is called with, once."""
    from virtadmin.accounts.models import User
    from virtadmin.collector import rounds
    from virtadmin.servers.events import server_enrolled
    from virtadmin.servers.models import Server, ServerState

    owner = User.objects.get()
    for host in hosts:
        server = Server.objects.create(name=host.name, ip_address=host.address, owner=owner, enrolled=True)
        target = enrolled(host, server.pk)
        server.private_key, server.host_keys = target.private_key, target.host_keys
        server.save()
        ServerState.objects.create(server=server)
        server_enrolled.send(Server, server=server, created=True)
    ids = dict(Server.objects.values_list("name", "pk"))
    rounds.poll(list(ids.values()))
    lost = ServerState.objects.exclude(status="up").values_list("status_reason", flat=True)
    if lost:
        raise SystemExit(f"some hosts cannot be polled: {list(lost)}")
    return lambda some: rounds.poll([ids[host.name] for host in some])


def key_put(hosts: Sequence[Host], folder: str) -> Path:
    """Let the holder of a new private key log in to the hosts as root, as the peers do; the key's file."""
    private, public = key_pair_generate()
    path = Path(folder, "key")
    path.write_text(private)
    path.chmod(0o600)
    for host in hosts:
        host.write_file("/root/.ssh/authorized_keys", public + "\n", 0o600)
    return path


def naive(hosts: Sequence[Host], key: Path) -> None:
    """A new paramiko connection, a psutil script over it, and the connection is closed again."""
    for host in hosts:
        client = paramiko.SSHClient()
        client.set_missing_host_key_policy(paramiko.AutoAddPolicy())
        client.connect(
            host.address, username="root", key_filename=str(key), allow_agent=False, look_for_keys=False
        )  # fmt: skip
        _, stdout, _ = client.exec_command(f'python3 -c "{PSUTIL_SCRIPT}"')
        json.loads(stdout.read())
        client.close()


@contextmanager
def control_masters(hosts: Sequence[Host], key: Path) -> Iterator[Callable[[], None]]:
    """OpenSSH's client with a connection kept open to each host (ControlMaster), a shell over it for each poll."""
    folder = key.parent
    options = ["ssh", "-F", "none", "-i", str(key), "-o", "StrictHostKeyChecking=no", "-o", "LogLevel=ERROR",
               "-o", "UserKnownHostsFile=/dev/null", "-o", f"ControlPath={folder}/%h"]  # fmt: skip
    masters = [subprocess.Popen([*options, "-M", "-N", f"root@{host.address}"]) for host in hosts]

    def poll() -> None:
        for host in hosts:
            command = [*options, f"root@{host.address}", ONE_SHOT]
            subprocess.run(command, stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL, check=True)

    try:
        while not all(Path(folder, host.address).exists() for host in hosts):
            time.sleep(0.05)
        yield poll
    finally:
        for master in masters:
            master.terminate()
            master.wait()


def probe_mb(host: Host) -> float:
    """Memory of the host's running probe, as if it were alone on its machine."""
    family = tree(outermost_process(host))
    [first, *_] = [pid for pid in family if b"virtadmin/probe." in Path(f"/proc/{pid}/cmdline").read_bytes()]
    return memory_alone_mb(tree(first))


def log_lines(host: Host) -> int:
    """Lines in the host's log: rsyslog's files, and what its sshd says, which writes to its standard error."""
    own = Path(f"/proc/{outermost_process(host)}/fd/2").read_text().count("\n")
    return own + int(host.sh("cat /var/log/syslog /var/log/auth.log /var/log/messages 2>/dev/null | wc -l"))
