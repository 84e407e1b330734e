"""What stands in the way of an enrolment is named, and nothing is left half made."""

from collections.abc import Iterator

import pytest

from tests.hosts.fixtures import MakeHost
from tests.hosts.maker import Host
from tests.probe.enrolling import Hub, leftovers, run_script
from virtadmin.servers.enrol_script import enrol_script

SETTINGS = "/etc/ssh/sshd_config.d/odd.conf"

SHUT_OUT = {
    "AllowUsers ops root": "AllowUsers",
    "DenyUsers virt*": "DenyUsers",
    "AllowGroups sudo root": "AllowGroups",
    "DenyGroups virtadmin": "DenyGroups",
    "PubkeyAuthentication no": "PubkeyAuthentication",
    "PubkeyAcceptedAlgorithms rsa-sha2-512": "PubkeyAcceptedAlgorithms",
    "ForceCommand /bin/true": "ForceCommand",
    "AuthenticationMethods publickey,password": "AuthenticationMethods",
    "AuthorizedKeysFile none": "AuthorizedKeysFile",
    "AuthorizedKeysFile /etc/ssh/everybodys_keys": "AuthorizedKeysFile",
    "Match User virtadmin\n  PubkeyAuthentication no": "PubkeyAuthentication",
}

UNREADY = {
    "a full disk": ("mount -t tmpfs -o size=16k tmpfs /home", "umount /home", "disk_full"),
    "a read-only home": ("mount -t tmpfs -o ro tmpfs /home", "umount /home", "read_only"),
    "a read-only /etc": ("mount --bind /etc /etc; mount -o remount,bind,ro /etc", "umount /etc", "read_only"),
    "no logins at all": ("touch /etc/nologin", "rm /etc/nologin", "shut_out"),
    "no useradd": (
        "mv /usr/sbin/useradd /usr/sbin/u; mv /usr/sbin/adduser /usr/sbin/a || :",
        "mv /usr/sbin/u /usr/sbin/useradd; mv /usr/sbin/a /usr/sbin/adduser || :",
        "no_useradd",
    ),
    "no /proc": ("mount -t tmpfs tmpfs /proc", "umount /proc", "no_proc"),
    "a Python that does nothing": (
        "cd /usr/local/bin; printf '#!/bin/sh\\nexit 0\\n' >python3; chmod 755 python3",
        "rm /usr/local/bin/python3",
        "first_run_failed",
    ),
}


@pytest.fixture(scope="module")
def shared_host(make_module_host: MakeHost) -> Host:
    """A server without Python that all of these share."""
    return make_module_host("probe-failing", "127.0.1.103")


@pytest.fixture
def host(shared_host: Host) -> Iterator[Host]:
    """It, left as it was even if a test fails."""
    yield shared_host
    shared_host.run("sh", "-c", f"rm -f {SETTINGS}; userdel -f virtadmin; groupdel virtadmin; rm -rf /home/virtadmin")


@pytest.fixture
def hub(tmp_path_factory: pytest.TempPathFactory) -> Hub:
    """A hub with one key for all of them."""
    return Hub(tmp_path_factory.getbasetemp() / "hub")


@pytest.mark.parametrize("line", SHUT_OUT)
def test_what_shuts_the_key_out_is_named(line: str, host: Host, hub: Hub) -> None:
    host.write_file(SETTINGS, line + "\n")
    outcome = hub.enrol(host)
    assert (outcome.status, outcome.code) == (1, "shut_out"), outcome.text
    assert SHUT_OUT[line] in outcome.last
    assert leftovers(host) == ""


@pytest.mark.parametrize("case", UNREADY)
def test_it_says_what_is_wrong_and_works_once_it_is_put_right(case: str, host: Host, hub: Hub) -> None:
    spoil, mend, code = UNREADY[case]
    host.sh(spoil)
    outcome = hub.enrol(host)
    host.sh(mend)
    assert (outcome.status, outcome.code) == (1, code), outcome.text
    assert len(outcome.last.split(" ", 2)[2]) > 20
    assert leftovers(host) == ""
    assert hub.enrol(host).last == "@done root virtadmin sh"
    assert hub.unenrol(host).last == "@done"


def test_a_user_it_did_not_make_is_left_alone(host: Host, hub: Hub) -> None:
    host.sh("useradd --create-home --shell /bin/bash virtadmin; echo mine >/home/virtadmin/mine")
    before = host.sh("ls -laR /home/virtadmin; grep virtadmin /etc/passwd /etc/shadow /etc/group")
    for outcome in (hub.enrol(host), hub.unenrol(host)):
        assert (outcome.status, outcome.code) == (1, "foreign_account"), outcome.text
    assert host.sh("ls -laR /home/virtadmin; grep virtadmin /etc/passwd /etc/shadow /etc/group") == before


def test_a_marker_that_is_not_roots_proves_nothing(host: Host, hub: Hub) -> None:
    host.sh("useradd --create-home virtadmin; su virtadmin -c 'touch ~/.virtadmin-marker'")
    assert hub.enrol(host).code == "foreign_account"


def test_a_folder_it_did_not_make_is_left_alone(host: Host, hub: Hub) -> None:
    host.sh("mkdir /home/virtadmin; echo mine >/home/virtadmin/mine")
    assert hub.enrol(host).code == "foreign_account"
    assert host.sh("cat /home/virtadmin/mine") == "mine\n"


def test_a_script_cut_short_does_nothing(host: Host, hub: Hub) -> None:
    script = enrol_script(hub_id="h", hub_name="h", server_id="s", public_key=hub.public_key)
    for length in (len(script) // 4, len(script) // 2, len(script) - 8):
        run_script(host, script[:length])
        assert leftovers(host) == ""


def test_a_connection_cut_in_the_middle_leaves_nothing_half_made(host: Host, hub: Hub) -> None:
    """Whoever reads what the script prints goes away after the third step."""
    script = enrol_script(hub_id="h", hub_name="h", server_id="s", public_key=hub.public_key)
    host.write_file("/tmp/cut", script)
    host.sh("sh /tmp/cut | { while read -r line; do [ \"$line\" != '@step home' ] || exit 0; done; }; sleep 0.5")
    assert leftovers(host) == ""
    assert hub.enrol(host).last == "@done root virtadmin sh"
    assert hub.unenrol(host).last == "@done"


def test_an_enrolment_killed_in_the_middle_is_repaired_by_the_next(host: Host, hub: Hub) -> None:
    script = enrol_script(hub_id="hub-1", hub_name="h", server_id="server-1", public_key=hub.public_key)
    for step in ("home", "key", "environment"):
        host.write_file("/tmp/killed", script.replace(f"  step {step}\n", f"  step {step}\n  kill -KILL $$\n"))
        assert host.run("sh", "/tmp/killed").returncode != 0
        assert hub.enrol(host).last == "@done root virtadmin sh"
        assert hub.ask(host, "sample").stdout.endswith("virtadmin-probe end\n")
        assert hub.unenrol(host).last == "@done"
        assert leftovers(host) == ""
