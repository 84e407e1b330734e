"""Systems made of files: a root with its own /proc in which either probe runs as it is, by mount namespaces."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.probe.running import Kind, answers, environment, parts

REAL = ("bin", "sbin", "lib", "lib32", "lib64", "usr", "etc/alternatives")
"""Folders of this machine that the recorded one borrows, for its programs."""

ENTER = """
root=$1; shift
for folder in $BORROWED; do
  if [ -d "/$folder" ]; then mkdir -p "$root/$folder" && mount --bind "/$folder" "$root/$folder"; fi
done
for place in $(cat "$root/places"); do
  mkdir -p "$root$place" && mount -t tmpfs -o size=64m,nr_inodes=1000 tmpfs "$root$place"
done
exec chroot "$root" "$@"
"""

MISSING = "" if os.geteuid() == 0 else "recorded systems need root: chroot and mount"


@dataclass
class Recorded:
    """One such system. What is mounted there can be measured: `places` gets a tmpfs of 64 MiB on each."""

    root: Path

    def write(self, path: str, text: str) -> None:
        """Give it a file."""
        file = self.root / path.lstrip("/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def mounts(self, table: str, *places: str) -> None:
        """Give it a mount table, and make some places real."""
        self.write("/proc/self/mountinfo", table)
        self.write("/places", "\n".join(places))

    def start(self, kind: Kind) -> "subprocess.Popen[bytes]":
        """Run the probe there, to be asked over its standard input."""
        self.write("/probe/" + kind.file.name, kind.file.read_text())
        for folder in ("dev", "tmp"):
            (self.root / folder).mkdir(exist_ok=True)
        if not (self.root / "places").exists():
            self.write("/places", "")
        program = [os.path.realpath(kind.words[0]) if kind.is_python else kind.words[0], *kind.words[1:]]
        borrowed = dict.fromkeys((*REAL, sys.base_prefix.lstrip("/")))
        words: list[str] = [
            "unshare",
            "--mount",
            "sh",
            "-ec",
            ENTER,
            "sh",
            str(self.root),
            *program,
            f"/probe/{kind.file.name}",
            "our-hub",
        ]
        pipe = subprocess.PIPE
        return subprocess.Popen(
            words, stdin=pipe, stdout=pipe, stderr=pipe, env=environment(BORROWED=" ".join(borrowed))
        )

    def ask(self, kind: Kind, *requests: str) -> list[tuple[str, bytes]]:
        """What the probe answers there."""
        with self.start(kind) as probe:
            out, errors = probe.communicate("".join(request + "\n" for request in requests).encode(), timeout=20)
        assert (probe.returncode, errors) == (0, b"")
        return answers(out)

    def sample(self, kind: Kind) -> dict[str, bytes]:
        """The parts of one sample."""
        ((word, body),) = self.ask(kind, "sample")
        assert word == "sample", body
        return parts(body)

    def disks(self, kind: Kind) -> list[str]:
        """The lines of the part `mounts`."""
        return self.sample(kind).get("mounts", b"").decode().splitlines()


def places(lines: list[str]) -> list[str]:
    """The mount points of such lines."""
    return [line.split(" ")[4] for line in lines]
