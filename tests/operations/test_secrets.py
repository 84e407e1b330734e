"""Every secret that a hub was given or made in a full run, looked for in all places it must not be in.

The log has a test of its own (test_logs.py); here its text is looked through too, with more secrets.
"""

import base64
import gzip
import json
import re
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import asyncssh
import pyotp
import pytest
import redis
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope

from tests.hosts.fixtures import MakeHost
from tests.running.hub import Hub, free_port, until

pytestmark = [pytest.mark.timeout(900), pytest.mark.xdist_group("up")]
GIVEN = {
    "admin": "admin-password-0a1", "mail": "mail-password-1b2", "heartbeat": "heartbeat-path-2c3",
    "root": "root-secret", "ops": "ops-secret", "wrong": "wrong-password-3d4", "website": "website-password-4e5",
    "header": "header-value-5f6", "apprise": "apprise-password-6a7", "person": "person-password-7b8",
    "passphrase": "passphrase-8c9",
}  # fmt: skip
STORED = """
import django; django.setup()
from virtadmin.servers.models import Server
print(*(line for server in Server.objects.all() for line in server.private_key.split("\\n") if len(line) > 40))
"""


class Mailbox:
    """A mail server that takes everything from who has logged in."""

    def __init__(self) -> None:
        self.letters: list[bytes] = []

    async def handle_DATA(self, server: object, session: object, envelope: Envelope) -> str:  # noqa: N802
        self.letters.append(bytes(envelope.content or b""))
        return "250 OK"


@pytest.fixture
def mailbox() -> Iterator[tuple[Mailbox, int]]:
    """One, and its port."""
    box, port = Mailbox(), free_port()

    def known(*_: object) -> AuthResult:
        return AuthResult(success=True)

    server = Controller(box, hostname="127.0.0.1", port=port, auth_require_tls=False, authenticator=known)
    server.start()
    yield box, port
    server.stop()


class Recording(Hub):
    """Keeps every answer it gave."""

    def __init__(self, home: Path, password: str, **environment: str) -> None:
        super().__init__(home, password, **environment)
        self.said: list[tuple[str, str]] = []

    def call(self, method: str, path: str, body: object = None) -> Any:
        answer = super().call(method, path, body)
        self.said.append((f"{method} {path}", json.dumps(answer)))
        return answer


def test_no_secret_of_a_full_run_is_where_it_must_not_be(
    tmp_path: Path, make_host: MakeHost, mailbox: tuple[Mailbox, int]
) -> None:
    box, port = mailbox
    root, sudoer = make_host("bypassword", "127.0.1.217"), make_host("bysudo", "127.0.1.218")
    hub = Recording(
        tmp_path, GIVEN["admin"], LOG_LEVEL="debug", ACCESS_LOG="true", WATCH_THIS_MACHINE="false",
        EMAIL_URL=f"smtp://hub:{GIVEN['mail']}@127.0.0.1:{port}",
        HEARTBEAT_URL=f"http://127.0.0.1:1/{GIVEN['heartbeat']}",
    )  # fmt: skip
    try:
        hub.start()
        made = _everything(hub, root.address, sudoer.address, box)
        secrets = {**GIVEN, **made, **_of_the_data_folder(hub)}
        assert all(secrets.values())
        places = _places(hub, made)
        assert b"eve@example.org" in b"".join(held for name, held in places.items() if "sqlite3" in name), "it can find"
        _nowhere(secrets, places)
        _nowhere(secrets, {"an archive without the key": _archive(hub)})
    finally:
        hub.stop()
    _nowhere(secrets, {"the log": hub.log.encode()})


def _everything(hub: Recording, by_password: str, by_sudo: str, box: Mailbox) -> dict[str, str]:
    """All that takes a secret or makes one, and what fails with one; the secrets made, which are told once."""
    hub.call("POST", "/api/auth/token/", {"username": "admin", "password": GIVEN["wrong"]})
    hub.call("GET", "/api/server/")
    _profile(hub, by_sudo, username="root", password=GIVEN["wrong"], ends="failed")
    locked = asyncssh.generate_private_key("ssh-ed25519").export_private_key("openssh", GIVEN["passphrase"]).decode()
    key = {"ssh_key": locked, "ssh_key_passphrase": GIVEN["passphrase"]}
    _profile(hub, by_sudo, username="ops", **key, ends="failed")
    _profile(hub, by_sudo, username="ops", password=GIVEN["ops"], ends="succeeded")
    _profile(hub, by_password, username="root", password=GIVEN["root"], ends="succeeded")
    for target in ("http://127.0.0.1:1/", "http://127.0.0.1:1/other"):
        login = {"username": "monitor", "password": GIVEN["website"], "secret_headers": {"X-Key": GIVEN["header"]}}
        made = hub.call("POST", "/api/urls/", {"uri": target, **login})
        hub.call("POST", f"/api/urls/{made['id']}/check/")
    apprise = {"url": f"json://someone:{GIVEN['apprise']}@127.0.0.1:1/"}
    channel = hub.call("POST", "/api/channels/", {"kind": "apprise", "config": apprise})
    hub.call("POST", f"/api/channels/{channel['id']}/test/")
    hub.call("PATCH", "/api/me/", {"email": "admin@example.org"})
    mail = hub.call("POST", "/api/channels/", {"kind": "email", "config": {}})
    mails = [one for one in hub.call("GET", "/api/channels/")["results"] if one["kind"] == "email"] or [mail]
    hub.call("POST", f"/api/channels/{mails[0]['id']}/test/")
    person = hub.call(
        "POST", "/api/users/", {"username": "eve", "email": "eve@example.org", "password": GIVEN["person"]}
    )
    made = {
        "an invitation": hub.call("POST", f"/api/users/{person['uuid']}/password-link/")["link"]
        .rstrip("/")
        .split("/")[-1],
        "a token": hub.call("POST", "/api/me/tokens/", {"name": "script"})["token"],
        "the login's token": hub.token,
        "two-factor": hub.call("POST", "/api/me/two-factor/")["secret"],
    }
    code = pyotp.TOTP(made["two-factor"]).now()
    codes = hub.call("POST", "/api/me/two-factor/confirm/", {"code": code})["recovery_codes"]
    made |= {f"recovery code {number}": one for number, one in enumerate(codes)}
    until(lambda: sum(one["status"] == "up" for one in hub.call("GET", "/api/server/")["results"]) == 2, 90, "polls")
    until(lambda: box.letters, 60, "a letter")
    for path in (
        "log",
        "notifications",
        "incidents",
        "urls",
        "channels",
        "users",
        "me/tokens",
        "initial-server-profile",
    ):
        hub.call("GET", f"/api/{path}/")
    return made


def _profile(hub: Recording, address: str, *, ends: str, **login: str) -> None:
    run = hub.call("POST", "/api/initial-server-profile/", {"ip_address": address, **login})
    path = f"/api/initial-server-profile/{run['id']}/"
    until(lambda: hub.call("GET", path)["status"] in ("succeeded", "failed"), 120, path)
    assert hub.call("GET", path)["status"] == ends, hub.said[-1]


def _of_the_data_folder(hub: Hub) -> dict[str, str]:
    """What the hub made for itself: its keys, and those of its servers."""
    files = {name: (hub.home / name).read_text().strip() for name in ("secret_key", "secrets.key")}
    environment = {**hub.environment, "DJANGO_SETTINGS_MODULE": "virtadmin.config.settings"}
    done = subprocess.run([sys.executable, "-c", STORED], env=environment, capture_output=True, text=True, check=True)
    lines = done.stdout.split(" ")
    assert len(lines) >= 4, "two servers, each with a key of some lines"
    return {**files, **{f"line {number} of the servers' keys": line.strip() for number, line in enumerate(lines)}}


def _places(hub: Recording, made: dict[str, str]) -> dict[str, bytes]:
    """Where to look, and what is there."""
    told_once = [word.encode() for word in made.values()]
    found = {f"answer to {asked}": _without(said.encode(), told_once, asked) for asked, said in hub.said}
    for file in hub.home.glob("virtadmin.sqlite3*"):
        found[file.name] = file.read_bytes()
    found["Valkey"] = _memory_of_valkey(hub)
    for pid in hub.processes():
        found[f"command of {pid}"] = Path(f"/proc/{pid}/cmdline").read_bytes()
        environment = Path(f"/proc/{pid}/environ").read_bytes()
        if b"valkey" in found[f"command of {pid}"]:  # a program of others, which needs none of it
            found["environment of Valkey"] = environment
    return found


ONCE = ("/password-link/", "/tokens/", "/auth/token/", "/two-factor/", "/two-factor/confirm/")


def _without(said: bytes, told_once: list[bytes], asked: str) -> bytes:
    """An answer without what its maker is told this once."""
    if asked.startswith("POST ") and asked.endswith(ONCE):
        for word in told_once:
            said = said.replace(word, b"")
    return said


def _memory_of_valkey(hub: Hub) -> bytes:
    """Every key and what it holds, queues of tasks included; tasks' arguments are in base64 there."""
    client = redis.Redis(unix_socket_path=str(hub.home / "run/valkey.sock"))
    texts = []
    with closing(client):
        for key in client.scan_iter(count=1000):
            kind = client.type(key).decode()
            read = {"string": client.get, "list": lambda k: client.lrange(k, 0, -1), "set": client.smembers,
                    "hash": client.hgetall, "zset": lambda k: client.zrange(k, 0, -1)}  # fmt: skip
            shown = repr(read[kind](key)) if kind in read else repr(client.xrange(key))
            texts += [repr(key), shown, *map(_plain, re.findall(r"[A-Za-z0-9+/]{16,}={0,2}", shown))]
    assert texts
    return "\n".join(texts).encode()


def _plain(text: str) -> str:
    try:
        return base64.b64decode(text).decode("utf-8", "replace")
    except ValueError:
        return ""


def _archive(hub: Hub) -> bytes:
    """A backup's files, unpacked, without the key."""
    path = hub.home / "taken.tar"
    done = hub.run("backup", str(path))
    assert done.returncode == 0, done.stderr
    with tarfile.open(path) as archive:
        files = [archive.extractfile(member).read() for member in archive]  # type: ignore[union-attr]
    return b"\n".join(gzip.decompress(one) if one.startswith(b"\x1f\x8b") else one for one in files)


def _nowhere(secrets: dict[str, str], places: dict[str, bytes]) -> None:
    found = [(name, place) for place, held in places.items() for name, one in secrets.items() if one.encode() in held]
    assert not found
