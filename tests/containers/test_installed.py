"""docs/install.md's ways by pip and systemd, followed word for word on a Debian 12 that a real systemd started."""

import re
import subprocess
from collections.abc import Iterator

import pytest

from tests.containers.machine import Machine
from tests.containers.stack import documented
from tests.hosts.maker import LOGINS, Host
from tests.running.hub import until

pytestmark = pytest.mark.timeout(600)
ADDRESS = "10.99.0.9"
PARTS = ("virtadmin-web", "virtadmin-beat", "virtadmin-worker@1", "virtadmin-worker@2")


@pytest.fixture(scope="module")
def machine() -> Iterator[Machine]:
    made = Machine("machine")
    try:
        made.install()
        yield made
    finally:
        made.end()


@pytest.fixture(scope="module")
def host() -> Iterator[Host]:
    subprocess.run(["ip", "address", "replace", f"{ADDRESS}/32", "dev", "lo"], check=True)
    made = Host("installed", ADDRESS, variant="py").start()
    yield made
    made.stop()


def test_all_in_one_service(machine: Machine) -> None:
    machine.type(documented("install.md", "systemctl enable --now virtadmin\n").splitlines()[0])
    said = until(lambda: re.search(r"Sign in as admin with the password (\S+)", machine.log()), 120, "the password")
    assert "Virtadmin is at http://127.0.0.1:8000/" in machine.log()
    machine.sign_in(said[1])
    machine.asked_anew()
    [server] = machine.ask("/api/server/")["results"]
    assert server["hdd_usage"] > 0, "it sees this machine's disks from where systemd has put it"
    assert "well" in machine.virtadmin("status")
    machine.type("systemctl restart virtadmin")
    machine.asked_anew()


def test_what_root_types_leaves_nothing_of_roots(machine: Machine) -> None:
    assert machine.virtadmin("backup").strip().startswith("/var/lib/virtadmin/backups/")
    assert "there are users already" in machine.virtadmin("admin", fails=True)
    assert machine.type("find /var/lib/virtadmin/ ! -user virtadmin") == ""
    assert machine.type("stat --format %a /var/lib/virtadmin /var/lib/virtadmin/virtadmin.sqlite3").split() == [
        "700",
        "600",
    ]


def test_the_parts(machine: Machine, host: Host) -> None:
    machine.type("systemctl disable --now virtadmin; rm -rf /var/lib/virtadmin/*")
    machine.type("echo REDIS_URL=redis://127.0.0.1:6379/0 > /etc/virtadmin/virtadmin.env")
    machine.type("systemctl enable --now redis-server")
    said = machine.type(documented("install.md", "systemctl enable --now virtadmin-web"))
    machine.sign_in(re.findall(r"with the password (\S+)", said)[0])
    assert machine.virtadmin(f"enrol {ADDRESS}", said=f"{LOGINS['root']}\n").count("Succeeded") == 1
    [server] = machine.ask("/api/server/")["results"]
    assert server["ip_address"] == ADDRESS
    machine.asked_anew()


def test_a_part_that_dies_comes_back(machine: Machine) -> None:
    for unit in PARTS:
        before = machine.processes(unit)
        machine.type(f"kill -KILL {before}")
        until(lambda unit=unit, before=before: machine.processes(unit) not in (0, before), 60, f"{unit} again")
    machine.asked_anew()


def test_an_update_starts_every_part_again(machine: Machine) -> None:
    before = {unit: machine.processes(unit) for unit in PARTS}
    machine.type("systemctl restart virtadmin-setup")
    assert [unit for unit in PARTS if machine.processes(unit) in (0, before[unit])] == []
    machine.asked_anew()


def test_a_new_key_as_documented(machine: Machine) -> None:
    """Of a hub whose key is handed to it, as several machines need it."""
    machine.type("install -m 600 /var/lib/virtadmin/secrets.key /etc/virtadmin/secrets/secrets_key")
    machine.type("rm /var/lib/virtadmin/secrets.key; systemctl restart 'virtadmin*'")
    machine.asked_anew()
    assert "docs/operations.md" in machine.virtadmin("rotate-key", fails=True)
    machine.type(documented("operations.md", "cd /etc/virtadmin/secrets\nprintf"))
    assert "All 1 stored secrets are by the key" in machine.virtadmin("rotate-key")
    machine.type(documented("operations.md", "cd /etc/virtadmin/secrets\ncut"))
    machine.asked_anew()
    assert "," not in machine.type("cat /etc/virtadmin/secrets/secrets_key")
    assert machine.type("ls -A /etc/virtadmin/secrets").split() == ["secrets_key"]


def test_nothing_of_it_is_exposed_to_the_machine(machine: Machine) -> None:
    told = machine.type("systemctl show --property Environment --value 'virtadmin*'; cat /proc/[0-9]*/cmdline")
    assert machine.type("cat /etc/virtadmin/secrets/secrets_key") not in told
    assert not [line for line in machine.log().splitlines() if "Traceback" in line]
    assert machine.type("systemctl --failed --no-legend 'virtadmin*'") == ""
