"""Real servers for tests, driven from Python: `Host("probe-web", "127.0.1.100").start()`."""

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Self

SCRIPT = Path(__file__).with_name("host")
TOOLS = ("debootstrap", "unshare", "nsenter", "setsid", "flock", "pgrep", "pkill")
LOGINS = {"root": "root-secret", "ops": "ops-secret", "plain": "plain-secret"}
"""Who may log in, and the password. ops may use sudo with it; plain may nothing."""


def what_is_missing() -> str:
    """Why no hosts can be made on this machine, or nothing."""
    if os.geteuid() != 0:
        return "making hosts needs root"
    missing = [tool for tool in TOOLS if not shutil.which(tool)]
    return f"making hosts needs {', '.join(missing)}" if missing else ""


def _host(*words: str, stdin: bytes | None = None, timeout: float = 60) -> "subprocess.CompletedProcess[bytes]":
    done = subprocess.run([SCRIPT, *words], input=stdin, capture_output=True, timeout=timeout, check=False)
    if done.returncode and words[0] != "run":
        raise RuntimeError(f"host {' '.join(words)}: {done.stderr.decode(errors='replace')}")
    return done


def build(suite: str, variant: str = "bare") -> None:
    """Install the system once; takes up to some minutes the first time and no time later."""
    _host("build", suite, variant, timeout=900)


@dataclass
class Host:
    """One server, with root's rights to it. Suites and variants are explained in the script `host`."""

    name: str
    address: str
    suite: str = "bookworm"
    variant: str = "bare"

    def start(self) -> Self:
        """A fresh one: what an earlier one of the same name held is gone."""
        build(self.suite, self.variant)
        _host("start", self.name, self.address, self.suite, self.variant)
        return self

    def stop(self) -> None:
        """End it and throw it away."""
        _host("stop", self.name)

    def run(self, *words: str, stdin: bytes | None = None) -> "subprocess.CompletedProcess[bytes]":
        """Run a program on it as root, whatever its exit status. Standard input is empty unless given."""
        return _host("run", self.name, *words, stdin=b"" if stdin is None else stdin)

    def sh(self, script: str) -> str:
        """What a line of shell prints on it; raises AssertionError with its errors where it fails."""
        done = self.run("sh", "-c", script)
        assert done.returncode == 0, f"{script}: {done.stderr.decode(errors='replace')}"
        return done.stdout.decode(errors="replace")

    def write_file(self, path: str, text: str, mode: int = 0o644) -> None:
        """Put a file on it, the folders above it too."""
        script = 'mkdir -p "$(dirname "$1")" && cat > "$1" && chmod "$2" "$1"'
        done = self.run("sh", "-c", script, "sh", path, f"{mode:o}", stdin=text.encode())
        assert done.returncode == 0, done.stderr.decode(errors="replace")

    def pause(self) -> None:
        """Freeze all its processes, as when it hangs."""
        _host("pause", self.name)

    def resume(self) -> None:
        """Thaw them."""
        _host("resume", self.name)
