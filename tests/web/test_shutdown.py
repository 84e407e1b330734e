"""A server with many streams open stops at once."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.running.hub import free_port, until

STREAMS = 200
PREPARE = """
import django; django.setup()
from django.core.management import call_command
from virtadmin.accounts.sessions import SessionStore
from virtadmin.accounts.models import User
call_command("migrate", verbosity=0)
user = User.objects.create_superuser("admin", "", "admin-password")
session = SessionStore()
session["_auth_user_id"], session["_auth_user_hash"] = str(user.pk), user.get_session_auth_hash()
session["_auth_user_backend"] = "virtadmin.accounts.backend.RoleBackend"
session.save()
print(session.session_key)
"""


@pytest.fixture
def server(tmp_path: Path, valkey_server: str) -> Iterator[tuple["subprocess.Popen[bytes]", int, str]]:
    """Plain uvicorn, which by itself waits for open answers for ever; its port and an admin's session."""
    environment = {
        **os.environ, "VIRTADMIN_HOME": str(tmp_path), "REDIS_URL": valkey_server,
        "DJANGO_SETTINGS_MODULE": "virtadmin.config.settings",
    }  # fmt: skip
    (tmp_path / "static").mkdir()
    made = subprocess.run([sys.executable, "-c", PREPARE], env=environment, capture_output=True, text=True, check=True)
    port = free_port()
    command = ["-m", "uvicorn", "virtadmin.config.asgi:application", "--port", str(port), "--lifespan", "off"]
    process = subprocess.Popen([sys.executable, *command], env=environment, stderr=subprocess.PIPE)
    until(lambda: socket.create_connection(("127.0.0.1", port), 1).close() or True, 30, "the server")
    yield process, port, made.stdout.strip()
    process.kill()
    process.wait(5)


def open_streams(lines: list[socket.socket], session: str) -> None:
    """Ask for a stream on each connection and wait until it listens."""
    ask = f"GET /live/ HTTP/1.1\r\nHost: localhost\r\nCookie: sessionid={session}\r\n\r\n".encode()
    for line in lines:
        line.sendall(ask)
    for line in lines:
        line.settimeout(60)
        got = b""
        while b"event: ready" not in got:
            part = line.recv(4096)
            assert part, got
            got += part


def test_it_stops_within_two_seconds_with_streams_open(
    server: tuple["subprocess.Popen[bytes]", int, str],
) -> None:
    process, port, session = server
    with ExitStack() as closing:
        lines = [closing.enter_context(socket.create_connection(("127.0.0.1", port), 5)) for _ in range(STREAMS)]
        open_streams(lines, session)
        opened = [entry.readlink() for entry in Path(f"/proc/{process.pid}/fd").iterdir() if entry.is_symlink()]
        assert sum(path.name == "virtadmin.sqlite3" for path in opened) < 10  # none is held by a stream
        began = time.monotonic()
        process.terminate()
        _, errors = process.communicate(timeout=10)
        assert time.monotonic() - began < 5  # 2 where nothing else runs; by itself it would wait for ever
    assert b"Traceback" not in errors, errors.decode()
