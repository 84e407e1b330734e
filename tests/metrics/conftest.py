"""A real VictoriaMetrics: Debian's, on a port and in a folder of its own."""

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

import pytest

PROGRAM = shutil.which("victoria-metrics")


class Victoria:
    """The running server."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self.port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.start()

    def start(self) -> None:
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [str(PROGRAM), f"-httpListenAddr=127.0.0.1:{self.port}", f"-storageDataPath={self.folder / 'data'}",
                 "-retentionPeriod=5y", "-memory.allowedBytes=64MB"],
                stdout=log, stderr=log,
            )  # fmt: skip
        for _ in range(200):
            try:
                return self.get("/health")
            except OSError:
                time.sleep(0.05)
        raise RuntimeError((self.folder / "log").read_text()[-2000:])

    def get(self, path: str) -> None:
        urlopen(self.url + path, timeout=5).close()

    def settle(self) -> None:
        """Make all that it was sent visible to queries."""
        self.get("/internal/force_flush")

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(20)


@pytest.fixture(scope="session")
def victoria(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Victoria]:
    """The server, for the whole session."""
    if PROGRAM is None:
        pytest.skip("Debian's victoria-metrics is not installed")
    running = Victoria(tmp_path_factory.mktemp("victoria"))
    yield running
    running.stop()
