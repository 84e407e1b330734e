"""What a thief of the hub's key can do on a server: ask the probe, and nothing else."""

import subprocess
from pathlib import Path

import pytest

from tests.hosts.fixtures import MakeHost
from tests.hosts.maker import Host
from tests.servers.runs import enrolled
from virtadmin.accounts.models import User

pytestmark = pytest.mark.usefixtures("valkey")
OPTIONS = ["-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "IdentitiesOnly=yes"]


@pytest.fixture(scope="module")
def host(make_module_host: MakeHost) -> Host:
    return make_module_host("srv-stolen", "127.0.1.147")


def test_no_shell_no_command_no_files_no_forwarding(host: Host, alice: User, tmp_path: Path) -> None:
    server = enrolled(alice, host).server
    assert server
    key = tmp_path / "stolen"
    key.write_text(server.private_key)
    key.chmod(0o600)
    there = f"virtadmin@{host.address}"

    def attempt(*words: str, given: str = "") -> "subprocess.CompletedProcess[str]":
        program, *rest = words
        command = [program, "-F", "none", "-i", str(key), *OPTIONS, *rest]
        return subprocess.run(command, input=given, capture_output=True, text=True, timeout=5, check=False)

    for words in (
        ("ssh", there, "id"),
        ("ssh", "-tt", there, "id"),
        ("ssh", "-tt", there, "sh"),
        ("scp", f"{there}:/etc/passwd", str(tmp_path)),
        ("scp", "-O", f"{there}:/etc/passwd", str(tmp_path)),
        ("sftp", "-b", "/dev/null", there),
        ("ssh", "-W", f"{host.address}:22", there),
    ):
        tried = attempt(*words)
        assert tried.returncode != 0, words
        assert "uid=" not in tried.stdout
    asked = attempt("ssh", there, given="; id\n$(id)\nsample\n")
    assert "virtadmin-probe 1 sample" in asked.stdout
    assert "uid=" not in asked.stdout
