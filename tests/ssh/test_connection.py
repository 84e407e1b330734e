"""Logging in."""

import asyncio
import os
from pathlib import Path

import asyncssh
import pytest

from tests.ssh.conftest import ADDRESS, Server, ServeSsh
from virtadmin.ssh import connection
from virtadmin.ssh.connection import open_connection
from virtadmin.ssh.failures import named_failure
from virtadmin.ssh.host_keys import HostKey, pinned
from virtadmin.ssh.keys import key_pair_generate, private_key_read
from virtadmin.ssh.stages import CERTAIN, HINTS, ConnectionFailure, Stage


async def who(process: "asyncssh.SSHServerProcess[bytes]") -> None:
    process.stdout.write(str(process.get_extra_info("username")).encode())
    process.exit(0)


async def opened(server: Server, **changes: object) -> asyncssh.SSHClientConnection:
    login = {"username": "ops", "host_keys": server.host_keys, "password": "door-secret", **changes}
    return await open_connection(address=ADDRESS, port=server.port, **login)  # type: ignore[arg-type]


async def failure_of(server: Server, **changes: object) -> ConnectionFailure:
    with pytest.raises(ConnectionFailure) as caught:
        (await opened(server, **changes)).abort()
    return caught.value


async def test_it_logs_in_by_password_or_key(serve_ssh: ServeSsh) -> None:
    async with serve_ssh(who) as server:
        key = private_key_read(server.target.private_key)
        for login in ({}, {"password": "", "private_key": key}, {"password": "wrong", "private_key": key}):
            async with await opened(server, **login) as link:
                assert (await link.run("id", encoding=None)).stdout == b"ops"
                assert link.get_extra_info("send_cipher") == "aes128-gcm@openssh.com"


class AsksQuestions(asyncssh.SSHServer):
    """Takes a password by keyboard-interactive alone, as PAM often does."""

    def kbdint_auth_supported(self) -> bool:
        return True

    def get_kbdint_challenge(self, username: str, lang: str, submethods: str) -> tuple[object, ...]:
        return "", "", "", [("Password: ", False)]

    def validate_kbdint_response(self, username: str, responses: list[str]) -> bool:
        return responses == ["door-secret"]


async def test_it_answers_where_the_password_is_asked_for_interactively(serve_ssh: ServeSsh) -> None:
    async with serve_ssh(who, server_factory=AsksQuestions) as server:
        async with await opened(server) as link:
            assert (await link.run("id", encoding=None)).stdout == b"ops"
        assert (await failure_of(server, password="wrong")).stage == Stage.AUTH_REJECTED


async def test_a_wrong_login_is_rejected(serve_ssh: ServeSsh) -> None:
    async with serve_ssh(who) as server:
        stranger = private_key_read(key_pair_generate().private)
        for login in ({"password": "wrong"}, {"password": "", "private_key": stranger}, {"password": ""}):
            failure = await failure_of(server, **login)
            assert str(failure) == "auth_rejected: The server rejected the login of ops."
            assert failure.hint == HINTS[Stage.AUTH_REJECTED]


async def test_nothing_is_sent_to_a_host_with_another_key(serve_ssh: ServeSsh) -> None:
    other = pinned(key_pair_generate().public)
    rsa = [HostKey(asyncssh.generate_private_key("ssh-rsa", key_size=2048).export_public_key("openssh").decode())]
    async with serve_ssh(who) as server:
        for keys in (other, rsa, []):
            assert (await failure_of(server, host_keys=keys)).stage == Stage.HOST_KEY_CHANGED
    assert Stage.HOST_KEY_CHANGED in CERTAIN


async def test_pins_of_a_type_nobody_negotiates_are_a_changed_key(serve_ssh: ServeSsh) -> None:
    async with serve_ssh(who) as server:
        dsa = asyncssh.generate_private_key("ssh-ed448").export_public_key("openssh").decode()
        assert (await failure_of(server, host_keys=[HostKey(dsa)])).stage == Stage.HOST_KEY_CHANGED


async def test_it_reads_nothing_of_the_hub_users_own(
    serve_ssh: ServeSsh, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A configuration, a key and an agent of the user who runs the hub must not change where or how it logs in."""
    async with serve_ssh(who) as server:
        home = tmp_path / ".ssh"
        home.mkdir()
        (home / "config").write_text("Host *\n  User somebody\n  Port 1\n  ProxyCommand false\n")
        (home / "id_ed25519").write_text(server.target.private_key)
        (home / "id_ed25519").chmod(0o600)
        monkeypatch.setenv("HOME", str(tmp_path))
        monkeypatch.setenv("SSH_AUTH_SOCK", str(tmp_path / "agent"))
        async with await opened(server) as link:
            assert (await link.run("id", encoding=None)).stdout == b"ops"
        assert (await failure_of(server, password="")).stage == Stage.AUTH_REJECTED
    assert os.environ["HOME"] == str(tmp_path)


async def test_a_login_that_hangs_ends_in_time(serve_ssh: ServeSsh, monkeypatch: pytest.MonkeyPatch) -> None:
    class Slow(asyncssh.SSHServer):
        async def begin_auth(self, username: str) -> bool:
            await asyncio.sleep(5)
            return True

    monkeypatch.setattr(connection, "LOGIN_SECONDS", 0.2)
    async with serve_ssh(who, server_factory=Slow) as server:
        assert (await failure_of(server)).stage == Stage.TIMEOUT


async def test_cancelling_a_login_closes_its_socket(serve_ssh: ServeSsh) -> None:
    class Slow(asyncssh.SSHServer):
        async def begin_auth(self, username: str) -> bool:
            await asyncio.sleep(5)
            return True

    async with serve_ssh(who, server_factory=Slow) as server:
        task = asyncio.create_task(opened(server))
        await asyncio.sleep(0.1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


@pytest.mark.parametrize(
    ("error", "stage"),
    [
        (asyncssh.DisconnectError(2, "Too many authentication failures"), Stage.AUTH_REJECTED),
        (asyncssh.ConnectionLost("Connection lost"), Stage.UNREACHABLE),
        (ConnectionResetError(104, "Connection reset by peer"), Stage.UNREACHABLE),
        (asyncssh.ProtocolError(""), Stage.UNREACHABLE),
        (TimeoutError(), Stage.TIMEOUT),
    ],
)
def test_every_break_has_its_stage(error: Exception, stage: Stage) -> None:
    failure = named_failure(error, username="ops")
    assert (failure.stage, bool(failure.message), bool(failure.hint)) == (stage, True, True)


def test_every_stage_has_a_hint() -> None:
    assert set(HINTS) == set(Stage)
