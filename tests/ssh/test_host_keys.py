"""Host keys: fetched, shown, pinned."""

import subprocess
from pathlib import Path

import pytest

from tests.hosts.fixtures import MakeHost
from tests.ssh.conftest import ADDRESS, ServeSsh
from virtadmin.ssh import host_keys
from virtadmin.ssh.host_keys import HostKey, as_text, fetch_host_keys, pinned, signature_algorithms
from virtadmin.ssh.stages import ConnectionFailure, Stage


async def nothing(_: object) -> None:
    raise AssertionError("no session may be opened")


async def test_it_fetches_all_keys_of_a_real_sshd_as_ssh_keygen_shows_them(make_host: MakeHost) -> None:
    host = make_host("srv-hostkeys", "127.0.1.141")
    shown = host.sh("for f in /etc/ssh/ssh_host_*_key.pub; do ssh-keygen -lf $f; done")
    keys = await fetch_host_keys(host.address, 22)
    assert [key.algorithm for key in keys] == ["ssh-ed25519", "ecdsa-sha2-nistp256", "ssh-rsa"]
    assert {key.fingerprint for key in keys} == {line.split()[1] for line in shown.splitlines()}
    assert "no matching" not in Path(f"/var/cache/virtadmin-test-hosts/run/{host.name}/log").read_text()


async def test_a_server_without_a_key_the_hub_accepts_is_told(
    serve_ssh: ServeSsh, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with serve_ssh(nothing, host_key_types=("ssh-ed448",)) as server:
        with pytest.raises(ConnectionFailure) as caught:
            await fetch_host_keys(ADDRESS, server.port)
    assert "it offers ssh-ed448" in caught.value.message


async def test_it_takes_the_keys_it_got_when_one_connection_was_dropped(
    serve_ssh: ServeSsh, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetch = host_keys._fetch

    async def sometimes(address: str, port: int, algorithms: tuple[str, ...]) -> HostKey:
        if "rsa-sha2-512" in algorithms:
            raise ConnectionFailure(Stage.UNREACHABLE, "dropped")
        return await fetch(address, port, algorithms)

    monkeypatch.setattr(host_keys, "_fetch", sometimes)
    async with serve_ssh(nothing, host_key_types=("ssh-ed25519", "ssh-rsa")) as server:
        assert await fetch_host_keys(ADDRESS, server.port) == server.host_keys[:1]
    async with serve_ssh(nothing, host_key_types=("ssh-rsa",)) as server:
        with pytest.raises(ConnectionFailure, match="dropped"):
            await fetch_host_keys(ADDRESS, server.port)


async def test_it_keeps_to_its_time(serve_ssh: ServeSsh, monkeypatch: pytest.MonkeyPatch) -> None:
    async with serve_ssh(nothing) as server:
        with pytest.raises(ConnectionFailure) as caught:
            await fetch_host_keys(ADDRESS, server.port, timeout=0.001)
    assert caught.value.stage == Stage.TIMEOUT


async def test_a_broken_exchange_has_its_stage(serve_ssh: ServeSsh) -> None:
    async with serve_ssh(nothing, kex_algs=["diffie-hellman-group18-sha512"]) as server:
        with pytest.raises(ConnectionFailure) as caught:
            await fetch_host_keys(ADDRESS, server.port)
    assert caught.value.stage == Stage.UNREACHABLE
    assert "no key exchange or cipher in common" in caught.value.message


def test_pinned_keys_survive_as_text(tmp_path: Path) -> None:
    lines = []
    for kind in ("ed25519", "ecdsa"):
        subprocess.run(["ssh-keygen", "-q", "-t", kind, "-N", "", "-f", tmp_path / kind], check=True)
        lines.append((tmp_path / f"{kind}.pub").read_text().strip())
    keys = pinned("\n".join(["garbage", *lines, ""]))
    assert [key.public for key in keys] == [" ".join(line.split()[:2]) for line in lines]
    assert pinned(as_text(keys)) == keys
    assert signature_algorithms(keys) == ["ssh-ed25519", "ecdsa-sha2-nistp256"]
