"""Enrolment on real servers of several kinds: what it makes, and what the key is good for."""

import subprocess
import time
from pathlib import Path

import pytest

from tests.hosts.fixtures import MakeHost
from tests.hosts.maker import Host
from tests.probe.enrolling import Hub, leftovers
from tests.probe.running import answers, parts

SYSTEMS = [
    ("bookworm", "full", "python"),
    ("bookworm", "py", "plain-python"),
    ("bookworm", "bare", "sh"),
    ("bookworm", "busybox", "sh"),
    ("bullseye", "full", "python"),
    ("trixie", "full", "python"),
]
STEPS = ["user", "home", "key", "environment", "first_run"]


@pytest.mark.parametrize(("suite", "variant", "kind"), SYSTEMS)
def test_a_life_with_virtadmin(suite: str, variant: str, kind: str, make_host: MakeHost, tmp_path: Path) -> None:
    """Enrolled, asked, robbed of its key, enrolled again, and let go: one server of each kind through all of it."""
    host = make_host(f"probe-{suite}-{variant}", "127.0.1.102", suite, variant)
    hub = Hub(tmp_path)
    outcome = hub.enrol(host)
    assert (outcome.status, outcome.last) == (0, f"@done root virtadmin {kind}"), outcome.text
    assert outcome.lines("step") == STEPS
    assert outcome.lines("system")[0].split(" ")[::2] == ["Linux", "debian"]
    it_answers(hub, host, kind)
    everything_is_roots(host)
    nobody_logs_in(host)
    a_thief_gets_nothing_else(hub, host, tmp_path)
    it_leaves_no_process(host)
    before = host.sh("find /home/virtadmin ! -name '*.pyc' ! -name virtadmin.log -type f -exec md5sum {} + | sort")
    again = hub.enrol(host)
    assert (again.status, again.last) == (0, outcome.last), again.text
    assert (
        host.sh("find /home/virtadmin ! -name '*.pyc' ! -name virtadmin.log -type f -exec md5sum {} + | sort") == before
    )
    it_can_be_let_go(hub, host)


def it_answers(hub: Hub, host: Host, kind: str) -> None:
    done = hub.ask(host, "sample", "facts", "log hello from the hub")
    assert (done.returncode, done.stderr) == (0, "")
    sample, facts, log = answers(done.stdout.encode())
    assert parts(sample[1])["mounts"].startswith(b"mount 0:")
    assert parts(facts[1])["/proc/sys/kernel/hostname"].decode() == host.name
    assert parts(facts[1])["probe"].startswith(b"kind sh" if kind == "sh" else b"kind python 3.")
    if "full" in host.name:
        assert log == ("log", b"logged syslog\n")
        assert "virtadmin: Our-hub: hello from the hub" in host.sh("tail -n 3 /var/log/syslog")
    else:
        assert log == ("log", b"logged /home/virtadmin/virtadmin.log\n")
        assert "Our-hub: hello from the hub" in host.sh("cat /home/virtadmin/virtadmin.log")


def everything_is_roots(host: Host) -> None:
    writable = host.sh(
        "find /home/virtadmin ! -type l ! -name virtadmin.log \\( ! -user 0 -o -perm -020 -o -perm -002 \\)"
    )
    assert writable == ""
    assert host.sh("find /home/virtadmin -user virtadmin").split() == ["/home/virtadmin/virtadmin.log"]


def nobody_logs_in(host: Host) -> None:
    assert host.sh("passwd -S virtadmin").split()[1] == "L"
    shadow = host.sh("grep '^virtadmin:' /etc/shadow").strip().split(":")
    assert shadow[1] == "*"
    assert shadow[7] in ("", "-1"), "the account expires"
    assert host.sh("grep '^virtadmin:' /etc/passwd").strip().endswith(":/home/virtadmin:/bin/sh")


def a_thief_gets_nothing_else(hub: Hub, host: Host, folder: Path) -> None:
    got = folder / "got"
    remote = f"virtadmin@{host.address}:/etc/passwd"
    for command in (
        hub.command(host, "id"),
        [*hub.command(host), "-tt", "sh"],
        [*hub.command(host, program="scp"), remote, str(got)],
        [*hub.command(host, program="scp"), "-O", remote, str(got)],
        ["sftp", "-b", "/dev/null", *hub.command(host, program="sftp")[1:]],
    ):
        start = time.monotonic()
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=8, check=False)
        assert done.returncode not in (0, -1), command
        assert b"uid=" not in done.stdout
        assert time.monotonic() - start < 4
    assert not got.exists()
    forwarded = subprocess.run(
        hub.command(host, "-W", f"{host.address}:22"),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=8,
        check=False,
    )
    assert (forwarded.returncode != 0, forwarded.stdout) == (True, b"")


def it_leaves_no_process(host: Host) -> None:
    end = time.monotonic() + 3
    while (running := host.run("pgrep", "-u", "virtadmin").stdout) and time.monotonic() < end:
        time.sleep(0.05)
    assert running == b""


def it_can_be_let_go(hub: Hub, host: Host) -> None:
    with subprocess.Popen(hub.command(host), stdin=subprocess.PIPE, stdout=subprocess.PIPE) as channel:
        assert channel.stdin
        assert channel.stdout
        channel.stdin.write(b"sample\n")
        channel.stdin.flush()
        assert channel.stdout.readline() == b"virtadmin-probe 1 sample\n"
        outcome = hub.unenrol(host)
        channel.wait(5)
    assert (outcome.status, outcome.last) == (0, "@done"), outcome.text
    assert outcome.lines("proof") == ["key gone", "home gone", "user gone"]
    assert leftovers(host) == ""
    assert hub.ask(host, "sample").returncode == 255
