"""What a poll costs, on the hub and on the watched host, beside the naive way, in one run.

On the hub: a whole hub on SQLite with a thousand simulated servers at a real pace (`bench.pace`). On the host: real
hosts, asked in bursts over open channels. Naive: for every poll a new paramiko connection that runs a psutil script.
"""

import json
import logging
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable

import paramiko

from bench.hosts import enrolled, outermost_process, real_hosts
from bench.hub import valkey
from bench.processes import cpu_ms, precise_cpu_ms, tree
from bench.report import Report, options
from tests.hosts.maker import Host

NAIVE_ROUNDS = 2
PACED = {
    "hub_cpu_ms_per_poll": "≤ 0.7",
    "core_share_10k": "≤ 0.8",
    "kb_per_connection": "≤ 60",
    "reconnect_s": "≤ 60",
}
PSUTIL_SCRIPT = (
    "import json,psutil,time;"
    "print(json.dumps([psutil.cpu_percent(0.1),psutil.virtual_memory(),psutil.disk_usage('/'),"
    "psutil.net_io_counters(),time.time()-psutil.boot_time()]))"
)


def main() -> None:
    """Measure and report."""
    logging.getLogger("paramiko").setLevel(logging.ERROR)
    parser = options(__doc__)
    parser.add_argument("--hosts", type=int, default=20)
    parser.add_argument("--servers", type=int, default=1000, help="simulated ones")
    parser.add_argument("--interval", type=int, default=10, help="seconds between two polls of a simulated server")
    parser.add_argument("--rounds", type=int, default=12)
    parser.add_argument("--pace", type=float, default=5.0, help="seconds between rounds")
    chosen = parser.parse_args()
    report = Report(f"poll: {chosen.hosts} real hosts, {chosen.rounds} rounds, one each {chosen.pace:g} s")
    with tempfile.TemporaryDirectory() as home, real_hosts(chosen.hosts) as hosts:
        os.environ.update({"VIRTADMIN_HOME": home, "DJANGO_SETTINGS_MODULE": "virtadmin.config.settings"})
        with valkey(home):
            poll = _hub(hosts)
            ours = _measure(hosts, poll, precise_cpu_ms, chosen.rounds, chosen.pace)
            report.add("probe_mb", _probe_mb(hosts[0]), "≤ 10")
        naive = _measure(hosts, lambda: _naive(hosts), cpu_ms, NAIVE_ROUNDS, 0.0)
    paced = _paced(chosen.servers, chosen.interval)
    for name, budget in PACED.items():
        report.add(name, paced[name], budget)
    report.add("few_hub_cpu_ms_per_poll", ours[0], "the collector alone, with the few real hosts")
    report.add("host_cpu_ms_per_poll", ours[1], "≤ 0.6")
    report.add("naive_hub_cpu_ms_per_poll", naive[0])
    report.add("naive_host_cpu_ms_per_poll", naive[1])
    report.add("hub_ratio_naive", naive[0] / paced["hub_cpu_ms_per_poll"], "≥ 15")
    report.add("host_ratio_naive", naive[1] / ours[1], "≥ 150")
    report.show(as_json=chosen.json)


def _paced(servers: int, interval: int) -> dict[str, float]:
    """The figures of a whole hub with simulated servers, from a process of their own: Django has one database."""
    command = [sys.executable, "-m", "bench.pace", "--json", "--servers", str(servers), "--interval", str(interval)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    figures: dict[str, float] = json.loads(done.stdout.splitlines()[-1])["figures"]
    return figures


def _measure(
    hosts: list[Host], poll: Callable[[], None], host_cpu: Callable[[list[int]], float], rounds: int, pace: float
) -> tuple[float, float]:
    """CPU milliseconds per poll, means over the rounds: of this process, and of all the hosts' processes."""
    roots = [outermost_process(host) for host in hosts]
    polls = rounds * len(hosts)
    poll()  # the first one opens what is kept open
    host_before = host_cpu([pid for root in roots for pid in tree(root)])
    hub = 0.0
    for _ in range(rounds):
        time.sleep(pace)
        before = time.process_time()
        poll()
        hub += time.process_time() - before
    host_after = host_cpu([pid for root in roots for pid in tree(root)])
    return hub * 1000 / polls, (host_after - host_before) / polls


def _hub(hosts: list[Host]) -> Callable[[], None]:
    """The hub's own collector in this process, with the hosts enrolled; what it gives polls them all once."""
    import django

    django.setup()
    from virtadmin.accounts.models import User
    from virtadmin.collector import rounds
    from virtadmin.running.prepare import prepare_hub
    from virtadmin.servers.events import server_enrolled
    from virtadmin.servers.models import Server, ServerState

    prepare_hub(admin_password="not-for-signing-in")
    owner = User.objects.get()
    for host in hosts:
        server = Server.objects.create(name=host.name, ip_address=host.address, owner=owner, enrolled=True)
        target = enrolled(host, server.pk)
        server.private_key, server.host_keys = target.private_key, target.host_keys
        server.save()
        ServerState.objects.create(server=server)
        server_enrolled.send(Server, server=server, created=True)
    ids = list(Server.objects.values_list("pk", flat=True))
    rounds.poll(ids)
    lost = ServerState.objects.exclude(status="up").values_list("status_reason", flat=True)
    if lost:
        raise SystemExit(f"some hosts cannot be polled: {list(lost)}")
    return lambda: rounds.poll(ids)


def _naive(hosts: list[Host]) -> None:
    for host in hosts:
        client = paramiko.SSHClient()
        client.set_missing_host_key_policy(paramiko.AutoAddPolicy())
        client.connect(host.address, username="root", password="root-secret", allow_agent=False, look_for_keys=False)
        _, stdout, _ = client.exec_command(f'python3 -c "{PSUTIL_SCRIPT}"')
        json.loads(stdout.read())
        client.close()


def _probe_mb(host: Host) -> float:
    pids = host.sh("pgrep -f '[p]robe.py' || true").split()
    return max(float(host.sh(f"grep ^VmRSS /proc/{pid}/status").split()[1]) for pid in pids) / 1024


if __name__ == "__main__":
    main()
