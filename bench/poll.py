"""What a poll costs, on the hub and on the watched host, beside other ways to watch, in one run.

On the hub: a whole hub with a thousand simulated servers at a real pace (`bench.pace`). On the host: real hosts, asked
in bursts over open channels, with both probes. Beside them, on the same machine minutes later: a new paramiko
connection and a psutil script for every poll (naive); OpenSSH's client over a kept connection and a shell for every
poll, as Ansible does (controlmaster); Debian's prometheus and its node_exporter (prometheus, node_exporter).
"""

import json
import logging
import os
import subprocess
import sys
import tempfile
from argparse import Namespace
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path

from bench import by_http, by_ssh
from bench.hosts import real_hosts
from bench.hub import prepared_hub, valkey
from bench.pace import USUAL, sizes_of
from bench.processes import cpu_ms, precise_cpu_ms
from bench.report import Report, options
from tests.hosts.maker import Host

PACED = {
    "hub_cpu_ms_per_poll": "≤ 0.7",
    "core_share_10k": "≤ 0.8",
    "kb_per_connection": "≤ 60",
    "reconnect_s": "≤ 60",
}
NAIVE_ROUNDS = 2
FULL_SIZES, FULL_HOSTS = "100,1000,5000,10000", 100
FEW = 5
"""Hosts with probe.sh, and hosts for a way that takes a tenth of a second of CPU for each poll."""


def main() -> None:
    """Measure and report."""
    logging.getLogger("paramiko").setLevel(logging.ERROR)
    chosen = arguments()
    report = Report(f"poll: {chosen.hosts} real hosts, {chosen.rounds} rounds, one each {chosen.pace} s")
    with ExitStack() as running:
        home = running.enter_context(tempfile.TemporaryDirectory())
        hosts = running.enter_context(real_hosts(chosen.hosts))
        _by_the_hub(report, hosts, home, chosen)
        _by_peers(report, hosts, home)
    _by_prometheus(report, chosen)
    _at_a_pace(report, chosen, "sqlite")
    if chosen.database != "sqlite":
        _at_a_pace(report, chosen, chosen.database)
    _ratios(report)
    report.show(as_json=chosen.json)


def arguments() -> Namespace:
    """What is asked on the command line."""
    parser = options(__doc__)
    parser.add_argument("--hosts", type=int, default=20, help="real ones")
    parser.add_argument("--servers", default="1000", help="simulated ones; several numbers with commas between")
    parser.add_argument("--interval", type=int, default=10, help="seconds between two polls of a simulated server")
    parser.add_argument("--seconds", type=int, default=60, help="how long a number of them is measured")
    parser.add_argument("--rounds", type=int, default=10, help="of polls of the real hosts")
    parser.add_argument("--pace", type=int, default=5, help="seconds between rounds")
    parser.add_argument("--full", action="store_true", help=f"{FULL_SIZES} simulated servers, {FULL_HOSTS} real hosts")
    parser.add_argument(
        "--database", choices=("sqlite", "mysql", "mariadb", "postgresql"), default="sqlite",
        help="measure the hub on this one too, on a server of its own",
    )  # fmt: skip
    chosen = parser.parse_args()
    if chosen.full:
        chosen.servers, chosen.hosts = FULL_SIZES, FULL_HOSTS
    return chosen


def _by_the_hub(report: Report, hosts: Sequence[Host], home: str, chosen: Namespace) -> None:
    """Our way: the collector in this process, and probe.py on the hosts; some have no Python, and probe.sh."""
    os.environ["VIRTADMIN_HOME"] = home
    with (
        real_hosts(FEW, variant="bare", first=201) as without_python,
        real_hosts(1, variant="full", first=250) as logging_hosts,
        valkey(home),
        prepared_hub(home),
    ):
        poll = by_ssh.hub_watches([*hosts, *without_python, *logging_hosts])

        def measured(some: Sequence[Host], hosts_cpu: by_ssh.HostsCpu, pace: float) -> tuple[float, float]:
            return by_ssh.measure(some, lambda: poll(some), hosts_cpu, rounds=chosen.rounds, pace=pace)

        hub, host = measured(hosts, precise_cpu_ms, chosen.pace)
        report.add("host_cpu_ms_per_poll", host, f"≤ 0.6 (probe.py, {len(hosts)} hosts asked together)")
        report.add("few_hub_cpu_ms_per_poll", hub, "the collector alone, with these few hosts")
        report.add("probe_mb", by_ssh.probe_mb(hosts[0]), "≤ 10")
        _, host = measured(without_python, cpu_ms, chosen.pace / 2)
        report.add("host_cpu_ms_per_poll_sh", host, f"≤ 4 (probe.sh, {FEW} hosts)")
        report.add("probe_sh_mb", by_ssh.probe_mb(without_python[0]), "≤ 2")
        _log_lines(report, logging_hosts[0], poll, chosen.rounds)


def _log_lines(report: Report, host: Host, poll: Callable[[Sequence[Host]], None], rounds: int) -> None:
    """Lines in the log of a host with rsyslog; that sshd told of the connection shows that it would be seen."""
    before = by_ssh.log_lines(host)
    for _ in range(rounds):
        poll([host])
    report.add("log_lines_per_poll", (by_ssh.log_lines(host) - before) / rounds, f"none ({before} before the polls)")


def _by_peers(report: Report, hosts: Sequence[Host], home: str) -> None:
    """Their ways over SSH, on the same hosts."""
    few = hosts[: 2 * FEW]
    key = by_ssh.key_put(few, home)
    for name, (hub, host) in {
        "naive": by_ssh.measure(few, lambda: by_ssh.naive(few, key), cpu_ms, rounds=NAIVE_ROUNDS, pace=0),
        "controlmaster": _by_control_masters(few, key),
    }.items():
        report.add(f"{name}_hub_cpu_ms_per_poll", hub)
        report.add(f"{name}_host_cpu_ms_per_poll", host)


def _by_control_masters(hosts: Sequence[Host], key: Path) -> tuple[float, float]:
    with by_ssh.control_masters(hosts, key) as poll:
        return by_ssh.measure(hosts, poll, cpu_ms, rounds=2 * NAIVE_ROUNDS, pace=0)


def _by_prometheus(report: Report, chosen: Namespace) -> None:
    """The agents' way, at the same paces; left out, with a word how to install it, where it is not there."""
    missing = by_http.what_is_missing()
    if missing:
        sys.stderr.write(f"Without prometheus and node_exporter there is nothing to compare with: {missing}\n")
        return
    targets = min(USUAL, sizes_of(chosen.servers)[-1])
    with tempfile.TemporaryDirectory() as folder:
        cost = by_http.scrapes_measure(
            folder, hosts=min(chosen.hosts, 2 * FEW), pace=chosen.pace, targets=targets, interval=chosen.interval,
            seconds=30,
        )  # fmt: skip
    report.add("prometheus_hub_cpu_ms_per_scrape", cost.hub_ms, f"{targets} targets, {cost.series} series of each")
    report.add("node_exporter_host_cpu_ms_per_scrape", cost.host_ms)


def _at_a_pace(report: Report, chosen: Namespace, database: str) -> None:
    """The figures of a whole hub with simulated servers, from a process of their own: Django has one database."""
    command = [sys.executable, "-m", "bench.pace", "--json", "--servers", chosen.servers, "--database", database]
    command += ["--interval", str(chosen.interval), "--seconds", str(chosen.seconds)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    *table, figures = done.stdout.splitlines()
    print("\n".join(table))
    mark = "" if database == "sqlite" else f"_{database}"
    for name, value in json.loads(figures)["figures"].items():
        if name != "calibration_ms":
            report.add(name + mark, value, PACED.get(name, ""))


def _ratios(report: Report) -> None:
    """How many times cheaper than the ways over SSH; what part of the agents' way."""
    of = report.figures
    hub, host = of["hub_cpu_ms_per_poll"], of["host_cpu_ms_per_poll"]
    for peer, budgets in {"naive": ("≥ 15", "≥ 150"), "controlmaster": ("", "")}.items():
        report.add(f"hub_ratio_{peer}", of[f"{peer}_hub_cpu_ms_per_poll"] / hub, budgets[0])
        report.add(f"host_ratio_{peer}", of[f"{peer}_host_cpu_ms_per_poll"] / host, budgets[1])
    if "prometheus_hub_cpu_ms_per_scrape" in of:
        report.add("host_ratio_node_exporter", host / of["node_exporter_host_cpu_ms_per_scrape"], "≤ 0.1")
        report.add("hub_ratio_prometheus", hub / of["prometheus_hub_cpu_ms_per_scrape"], "≤ 0.6")


if __name__ == "__main__":
    main()
