"""Probes as the tests run them: every Python there is, and every shell."""

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

PROBE = Path(__file__).resolve().parents[2] / "probe"
PYTHONS = [f"python3.{minor}" for minor in range(6, 15)]
END = b"virtadmin-probe end\n"


def _pythons() -> dict[str, list[str]]:
    """By name: the Pythons of this machine from 3.6 on, whether on PATH or kept by pyenv."""
    found = {}
    for name in PYTHONS:
        kept = sorted(Path.home().glob(f".pyenv/versions/{name.removeprefix('python')}.*/bin/{name}"))
        program = kept[-1] if kept else shutil.which(name)
        if program and not subprocess.run([program, "-c", ""], capture_output=True, check=False).returncode:
            found[name] = [str(program), "-I", "-S"]
    return found or {"python": [sys.executable, "-I", "-S"]}


def _shells() -> dict[str, list[str]]:
    programs = {"dash": ["dash"], "busybox": ["busybox", "sh"], "bash": ["bash"]}
    return {name: words for name, words in programs.items() if shutil.which(words[0])}


@dataclass(frozen=True)
class Kind:
    """One way to run the probe: `words` and then the file."""

    name: str
    words: tuple[str, ...] = field(repr=False)
    file: Path = field(repr=False)

    @property
    def is_python(self) -> bool:
        """Whether probe.py is run, not probe.sh."""
        return self.file.suffix == ".py"

    def command(self, log_file: Path | str | None = None) -> list[str]:
        """What starts it, as the launcher does."""
        return [*self.words, str(self.file), "our-hub", *([str(log_file)] if log_file else [])]


KINDS = [Kind(name, tuple(words), PROBE / "probe.py") for name, words in _pythons().items()]
KINDS += [Kind(name, tuple(words), PROBE / "probe.sh") for name, words in _shells().items()]
ONE_OF_EACH = [kind for kind in KINDS if not kind.is_python]
ONE_OF_EACH.append(Kind("python", (sys.executable, "-I", "-S"), PROBE / "probe.py"))


def environment(**more: str) -> dict[str, str]:
    """What a forced command gets from sshd, roughly."""
    return {"PATH": os.environ["PATH"], "HOME": "/", **more}


def answers(output: bytes) -> list[tuple[str, bytes]]:
    """(word, body) of each answer; every byte has to belong to one."""
    found = re.findall(rb"virtadmin-probe 1 (\w+)\n(.*?)virtadmin-probe end\n", output, re.DOTALL)
    assert b"".join(b"virtadmin-probe 1 %s\n%s" % one + END for one in found) == output
    return [(word.decode(), body) for word, body in found]


def ask(kind: Kind, *requests: str, log_file: Path | None = None, **more: str) -> list[tuple[str, bytes]]:
    """Its answers to the requests; it has to end well, and say nothing beside them."""
    text = "".join(request + "\n" for request in requests)
    done = subprocess.run(
        kind.command(log_file),
        input=text.encode(),
        capture_output=True,
        env=environment(**more),
        timeout=20,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, b"")
    return answers(done.stdout)


def parts(body: bytes) -> dict[str, bytes]:
    """By heading: the text under it, without the blank line that belongs to the next heading."""
    pieces = re.split(rb"^==> (.+) <==\n", body, flags=re.MULTILINE)
    assert pieces[0] == b""
    return {name.decode(): text.rstrip(b"\n") for name, text in zip(pieces[1::2], pieces[2::2], strict=True)}
