"""Real database servers, driven from Python: `with DatabaseServer("mysql", folder) as server: server.url("name")`."""

import contextlib
import fcntl
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

from tests.databases.systems import PASSWORD, SYSTEMS, USER
from tests.hosts.maker import SCRIPT

NOBODY = 65534
START_SECONDS = 60.0
EMPTY = Path(os.environ.get("XDG_CACHE_HOME", "/var/cache"), "virtadmin-test-databases")
"""Data folders as they are before the first start: setting up MySQL takes seconds, copying it does not."""


def free_port() -> int:
    """A TCP port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class DatabaseServer:
    """One server on a port of its own, with an empty folder (which must exist) for its data."""

    def __init__(self, system: str, folder: Path, *, port: int = 0, careful: bool = False) -> None:
        self.system, self.folder, self.port = system, folder, port or free_port()
        self.careful = careful
        """Whether it keeps what it promised when it is killed, as a real one does; costs the waiting for the disk."""
        self.process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *error: object) -> None:
        self.kill()

    def url(self, name: str) -> str:
        """`DATABASE_URL` of one of its databases."""
        return f"{SYSTEMS[self.system].scheme}://{USER}:{PASSWORD}@127.0.0.1:{self.port}/{name}"

    def start(self) -> Self:
        """Start it, with what it held when it was killed; returns when it answers."""
        about = SYSTEMS[self.system]
        if not (self.folder / "data").exists():
            shutil.copytree(_empty(self.system), self.folder / "data", symlinks=True)
            _give_to_nobody(self.folder)
        words = [word.format(port=self.port) for word in [*about.serve, *(() if self.careful else about.careless)]]
        with (self.folder.with_suffix(".log")).open("ab") as log:
            self.process = subprocess.Popen(
                [*_within(self.system, self.folder), *words],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            running = self.process.poll() is None and time.monotonic() < deadline
            assert running, self.folder.with_suffix(".log").read_text()[-3000:]
            time.sleep(0.05)
        return self

    def kill(self) -> None:
        """As when its machine loses power; `start` goes on from there."""
        if self.process:
            first = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
            self.process.kill()  # the kernel kills all that it started, a moment later
            self.process.wait()
            self.process = None
            while any(map(_runs, first)):
                time.sleep(0.01)

    def create(self, name: str) -> str:
        """Make an empty database; its `DATABASE_URL`."""
        self.say(f"CREATE DATABASE {name}")
        return self.url(name)

    def say(self, statement: str) -> None:
        """Run a statement with all rights."""
        with self.connected() as connection, connection.cursor() as cursor:
            cursor.execute(statement)

    @contextlib.contextmanager
    def connected(self) -> Iterator[Any]:
        """A connection of the driver's own, each statement a transaction."""
        address: dict[str, Any] = {"host": "127.0.0.1", "port": self.port, "user": USER, "password": PASSWORD}
        connection: Any
        if self.system == "postgresql":
            import psycopg  # the drivers are the hub's optional parts, and each is for one system

            connection = psycopg.connect(**address, dbname="postgres", autocommit=True)
        else:
            import pymysql

            connection = pymysql.connect(**address, autocommit=True)
        with contextlib.closing(connection):
            yield connection

    def _answers(self) -> bool:
        try:
            self.say("SELECT 1")
        except Exception:  # noqa: BLE001 - each driver has errors of its own, and none counts yet
            return False
        return True


def prepare() -> None:
    """Make what every start copies."""
    for system in SYSTEMS:
        _empty(system)


def _runs(pid: str) -> bool:
    try:
        return Path("/proc", pid, "stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def _empty(system: str) -> Path:
    """The data folder of a server that was never started, made the first time it is asked for."""
    place = EMPTY / system
    place.parent.mkdir(parents=True, exist_ok=True)
    with place.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (place / "done").exists():
            shutil.rmtree(place, ignore_errors=True)
            place.mkdir()
            _give_to_nobody(place)
            command = [*_within(system, place), "sh", "-euc", SYSTEMS[system].make]
            done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
            assert done.returncode == 0, done.stdout + done.stderr
            (place / "done").touch()
    return place / "data"


def _within(system: str, folder: Path) -> list[str]:
    about = SYSTEMS[system]
    dying = ["setpriv", "--pdeathsig", "KILL"]  # a test run that is killed leaves no server behind
    return [*dying, str(SCRIPT), "within", str(folder), about.suite, about.variant]


def _give_to_nobody(folder: Path) -> None:
    for path in [folder, *folder.rglob("*")]:
        os.chown(path, NOBODY, NOBODY, follow_symlinks=False)


if __name__ == "__main__":
    prepare()
