"""The hub's processes, one by one, and what starts them again when they end, as systemd would."""

import signal
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

RESTART_SECONDS = 5.0
"""RestartSec of deploy/systemd."""
DYING = ("setpriv", "--pdeathsig", "KILL")


@dataclass
class Part:
    """One process that is to run."""

    name: str
    words: list[str]
    log: Path
    environment: dict[str, str]
    restarts: bool = True
    """Whether it is started again when it ends; not while a fault keeps it away."""
    process: "subprocess.Popen[bytes] | None" = None
    killed: bool = False
    ended: float | None = None
    own_ends: list[tuple[float, int]] = field(default_factory=list)
    """When it ended without being killed, and with which status."""

    @property
    def pid(self) -> int:
        """Its process id; 0 while it does not run."""
        return self.process.pid if self.process and self.process.poll() is None else 0

    def start(self) -> None:
        """Run it."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [*DYING, *self.words], env=self.environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        self.killed, self.ended = False, None

    def kill(self) -> None:
        """As the kernel does when memory runs out."""
        if self.pid and self.process:
            self.killed = True
            self.process.kill()
            self.process.wait()

    def send(self, number: signal.Signals) -> None:
        """Send it a signal, if it runs."""
        if self.pid and self.process:
            self.process.send_signal(number)

    def tend(self) -> None:
        """Start it again some seconds after it ended."""
        if self.pid or self.process is None or not self.restarts:
            return
        now = time.monotonic()
        if self.ended is None:
            self.ended = now
            if not self.killed:
                self.own_ends.append((time.time(), self.process.returncode))
        elif now - self.ended >= RESTART_SECONDS:
            self.start()

    def stop(self) -> None:
        """Ask it to end, wait, then make it."""
        self.restarts = False
        self.send(signal.SIGCONT)
        self.send(signal.SIGTERM)
        if self.process:
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.kill()
