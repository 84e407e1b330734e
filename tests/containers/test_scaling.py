"""docs/scaling.md, followed: a worker on a second machine, which has a network of its own, joins over TCP."""

import re
import subprocess
from collections.abc import Iterator

import pytest

from tests.containers.machine import Machine
from tests.containers.stack import documented
from tests.hosts.maker import LOGINS, Host
from tests.running.hub import until

pytestmark = pytest.mark.timeout(900)
FIRST = "10.99.0.8"
"""The first machine's address, in the place of the documents' 10.0.0.1."""
HOSTS = [f"10.99.0.{number}" for number in range(11, 17)]
CHANNELS = re.compile(
    r'^virtadmin_hub_channels_open\{(?=[^}]*subject="server")[^}]*worker="([^"]+)"[^}]*\} (\d+)', re.MULTILINE
)


@pytest.fixture(scope="module")
def one() -> Iterator[Machine]:
    subprocess.run(["ip", "address", "replace", f"{FIRST}/32", "dev", "lo"], check=True)
    made = Machine("one")
    try:
        made.install()
        yield made
    finally:
        made.end()


@pytest.fixture(scope="module")
def two(one: Machine) -> Iterator[Machine]:
    made = Machine("two", network="bridge")
    try:
        made.install()
        yield made
    finally:
        made.end()


@pytest.fixture(scope="module")
def hosts() -> Iterator[list[Host]]:
    made = []
    for address in HOSTS:
        subprocess.run(["ip", "address", "replace", f"{address}/32", "dev", "lo"], check=True)
        made.append(Host(f"scaled-{address.rpartition('.')[2]}", address, variant="py").start())
    yield made
    for host in made:
        host.stop()


def held(machine: Machine) -> dict[str, int]:
    """How many connections each live worker holds, as the hub's own metrics tell."""
    return {name: int(count) for name, count in CHANNELS.findall(machine.ask("/metrics"))}


def test_a_hub_on_a_database_server_and_redis(one: Machine, hosts: list[Host]) -> None:
    one.type("systemctl enable --now redis-server mariadb")
    sql = documented("settings.md", "CREATE DATABASE virtadmin CHARACTER SET").partition("\n\n")[0]
    one.type("mariadb", said=sql)
    one.type("echo REDIS_URL=redis://127.0.0.1:6379/0 > /etc/virtadmin/virtadmin.env")
    one.type("echo mysql://virtadmin:a-password@127.0.0.1/virtadmin > /etc/virtadmin/secrets/database_url")
    said = one.type(documented("install.md", "systemctl enable --now virtadmin-web"))
    one.sign_in(re.findall(r"with the password (\S+)", said)[0])
    for host in hosts:
        one.virtadmin(f"enrol {host.address}", said=f"{LOGINS['root']}\n")
    one.asked_anew()
    assert sum(held(one).values()) == len(hosts)


def test_a_second_machine_takes_its_share(one: Machine, two: Machine, hosts: list[Host]) -> None:
    one.type(f"echo 'bind 127.0.0.1 {FIRST}\nrequirepass a-password' >> /etc/redis/redis.conf")
    one.type(f"printf '[mariadbd]\nbind-address = 127.0.0.1,{FIRST}\n' > /etc/mysql/mariadb.conf.d/99-network.cnf")
    one.type("systemctl restart redis-server mariadb; rm /etc/virtadmin/virtadmin.env")
    one.type(documented("scaling.md", "cd /etc/virtadmin/secrets").replace("10.0.0.1", FIRST))
    copy = one.type("tar --create --gzip --directory /etc virtadmin | base64")
    two.type("base64 --decode | tar --extract --gzip --directory /etc", said=copy)  # scp, without a login
    start, status = documented("scaling.md", "systemctl enable --now virtadmin-worker@1").splitlines()
    two.type(start)
    until(lambda: two.type(f"{status} || true").count(" well\n") == 3, 120, "health")

    def shared() -> bool:
        found = held(one)
        return sum(found.values()) == len(hosts) and found.get("1@two", 0) > 0 and found.get("1@one", 0) > 0

    until(shared, 120, "both machines at work")
    one.asked_anew()


def test_when_it_is_gone_the_first_stands_in(one: Machine, two: Machine, hosts: list[Host]) -> None:
    two.end()
    until(lambda: "1@two" not in held(one) and sum(held(one).values()) == len(hosts), 60, "standing in")
    one.asked_anew()
