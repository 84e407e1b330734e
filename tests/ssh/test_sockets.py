"""The way to an SSH server up to its first words."""

import socket
from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager

import pytest

from tests.ssh.conftest import ADDRESS
from virtadmin.ssh import sockets
from virtadmin.ssh.sockets import open_socket, resolve
from virtadmin.ssh.stages import ConnectionFailure, Stage

ServeBytes = Callable[..., AbstractAsyncContextManager[int]]


async def failure_of(address: str, port: int) -> ConnectionFailure:
    with pytest.raises(ConnectionFailure) as caught:
        (await open_socket(address, port, timeout=0.3)).close()
    return caught.value


async def test_it_leaves_the_version_line_in_the_socket(serve_bytes: ServeBytes) -> None:
    async with serve_bytes(b"Welcome\r\n", b"SSH-2.0-Test\r\n") as port:
        connected = await open_socket(ADDRESS, port, timeout=1)
        with connected:
            assert connected.recv(100) == b"Welcome\r\nSSH-2.0-Test\r\n"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (b"HTTP/1.1 400 Bad Request\r\n", "not SSH: “HTTP/1.1 400 Bad Request”"),
        (b"220 mail ESMTP\x1b[2J\r\n", "not SSH: “220 mail ESMTP?[2J”"),
        (b"Not allowed at this time\r\n", "shut the hub out for now"),
        (b"Exceeded MaxStartups\r\n", "shut the hub out for now"),
        (b"x" * 5000, "not SSH"),
    ],
)
async def test_it_tells_what_answers_instead_of_ssh(serve_bytes: ServeBytes, words: bytes, told: str) -> None:
    async with serve_bytes(words) as port:
        failure = await failure_of(ADDRESS, port)
    assert failure.stage == Stage.UNREACHABLE
    assert told in failure.message


@pytest.mark.parametrize("reset", [False, True])
async def test_it_tells_of_a_connection_closed_at_once(serve_bytes: ServeBytes, reset: bool) -> None:
    async with serve_bytes(keep_open=False, reset=reset) as port:
        failure = await failure_of(ADDRESS, port)
    assert failure.stage == Stage.UNREACHABLE
    assert "closed before the server said anything" in failure.message


@pytest.mark.parametrize("words", [(), (b"half a line",)])
async def test_it_gives_up_on_a_port_that_stays_silent(serve_bytes: ServeBytes, words: tuple[bytes, ...]) -> None:
    async with serve_bytes(*words) as port:
        failure = await failure_of(ADDRESS, port)
    assert (failure.stage, "is open, but" in failure.message) == (Stage.TIMEOUT, True)


async def test_it_names_a_refusal() -> None:
    assert (await failure_of("127.0.1.250", 1)).stage == Stage.REFUSED


@pytest.fixture
def full_backlog() -> Iterator[int]:
    """A port whose queue is full, so that a connection is never answered: as behind a firewall that drops."""
    listener = socket.create_server((ADDRESS, 0), backlog=0)
    port = listener.getsockname()[1]
    first = [socket.socket() for _ in range(3)]
    for client in first:
        client.setblocking(False)
        client.connect_ex((ADDRESS, port))
    yield port
    for client in [*first, listener]:
        client.close()


async def test_it_gives_up_where_nothing_answers(full_backlog: int) -> None:
    failure = await failure_of(ADDRESS, full_backlog)
    assert (failure.stage, failure.message) == (
        Stage.TIMEOUT,
        f"No answer from port {full_backlog} within 0.3 seconds.",
    )


@pytest.mark.parametrize(
    ("error", "stage"),
    [
        (TimeoutError(110, "Connection timed out"), Stage.TIMEOUT),
        (OSError(113, "No route to host"), Stage.UNREACHABLE),
        (OSError(101, "Network is unreachable"), Stage.UNREACHABLE),
    ],
)
async def test_it_names_what_the_network_says(monkeypatch: pytest.MonkeyPatch, error: OSError, stage: Stage) -> None:
    async def no_way(*_: object) -> None:
        raise error

    monkeypatch.setattr(sockets, "_connect", no_way)
    assert (await failure_of("127.0.0.1", 22)).stage == stage


async def test_it_tells_of_a_name_that_does_not_resolve() -> None:
    failure = await failure_of("nowhere.invalid", 22)
    assert failure.stage == Stage.DNS
    assert "nowhere.invalid cannot be resolved" in failure.message
    assert (await failure_of("a" * 70 + ".example", 22)).stage == Stage.DNS


@pytest.mark.parametrize("address", ["169.254.169.254", "fe80::1", "fe80::1%lo", "::ffff:169.254.169.254", "224.0.0.1"])
async def test_it_never_connects_to_forbidden_addresses(address: str) -> None:
    failure = await failure_of(address, 22)
    assert failure.stage == Stage.UNREACHABLE
    assert "does not connect" in failure.message


async def test_it_judges_addresses_after_resolution(monkeypatch: pytest.MonkeyPatch) -> None:
    def answers(*_: object, **__: object) -> list[object]:
        return [
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 22)) for address in ("169.254.169.254", "127.0.0.1")
        ]

    monkeypatch.setattr(socket, "getaddrinfo", answers)
    assert await resolve("rebind.example", 22) == [(socket.AF_INET, ("127.0.0.1", 22))]


async def test_it_takes_the_next_address_when_one_refuses(
    monkeypatch: pytest.MonkeyPatch, serve_bytes: ServeBytes
) -> None:
    async with serve_bytes(b"SSH-2.0-Test\r\n") as port:
        monkeypatch.setattr(
            socket,
            "getaddrinfo",
            lambda *_, **__: [(socket.AF_INET, 1, 6, "", (ip, port)) for ip in ("127.0.1.250", ADDRESS)],
        )
        with await open_socket("two.example", port, timeout=1) as connected:
            assert connected.getpeername()[0] == ADDRESS
