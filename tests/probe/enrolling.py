"""Running the composed enrolment on a real server, and using the key it installed."""

import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from tests.hosts.maker import Host
from virtadmin.servers.enrol_script import enrol_script, unenrol_script

SSH = ("IdentitiesOnly=yes", "IdentityAgent=none", "StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null")
QUIET = ("LogLevel=ERROR", "BatchMode=yes", "ConnectTimeout=5")


@dataclass
class Outcome:
    """What a script said, and how it ended."""

    status: int
    text: str

    @property
    def last(self) -> str:
        """Its last line that is for the hub."""
        return next((line for line in reversed(self.text.splitlines()) if line.startswith("@")), "")

    @property
    def code(self) -> str:
        """Why it failed, in one word."""
        return self.last.split(" ")[1] if self.last.startswith("@fail ") else ""

    def lines(self, kind: str) -> list[str]:
        """What follows each `@kind`."""
        return [line.removeprefix(f"@{kind} ") for line in self.text.splitlines() if line.startswith(f"@{kind} ")]


@dataclass
class Hub:
    """A hub with a key for one server, kept in a folder."""

    folder: Path
    hub_id: str = "hub-1"
    server_id: str = "server-1"
    key: Path = field(init=False)

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.key = self.folder / f"{self.hub_id}-{self.server_id}"
        if not self.key.exists():
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", self.key], check=True)

    @property
    def public_key(self) -> str:
        """The line for authorized_keys."""
        return self.key.with_suffix(".pub").read_text()

    def enrol(self, host: Host, login: str = "root") -> Outcome:
        """Run the enrolment there."""
        names = {"hub_id": self.hub_id, "server_id": self.server_id, "hub_name": "Our hub"}
        return run_script(host, enrol_script(**names, public_key=self.public_key), login)

    def unenrol(self, host: Host, login: str = "root") -> Outcome:
        """Take it away there."""
        return run_script(host, unenrol_script(hub_id=self.hub_id, server_id=self.server_id), login)

    def command(self, host: Host, *words: str, program: str = "ssh", login: str = "virtadmin") -> list[str]:
        """An OpenSSH client with this key and nothing of this machine's own settings."""
        options = [word for option in (*SSH, *QUIET) for word in ("-o", option)]
        target = [f"{login}@{host.address}"] if program in ("ssh", "sftp") else []
        return [program, "-F", "none", "-i", str(self.key), *options, *target, *words]

    def ask(self, host: Host, *requests: str, login: str = "virtadmin") -> "subprocess.CompletedProcess[str]":
        """What the key gives for these lines."""
        text = "".join(request + "\n" for request in requests)
        command = self.command(host, login=login)
        return subprocess.run(command, input=text, capture_output=True, text=True, timeout=20, check=False)


def run_script(host: Host, script: str, login: str = "root") -> Outcome:
    """Upload and run it, as an enrolment does."""
    host.write_file("/tmp/virtadmin-script", script, 0o755)
    words = ["su", "-", login, "-c", "sh /tmp/virtadmin-script"] if login != "root" else ["sh", "/tmp/virtadmin-script"]
    done = host.run(*words)
    return Outcome(done.returncode, (done.stdout + done.stderr).decode(errors="replace"))


def leftovers(host: Host) -> str:
    """What of Virtadmin is on the server: its user, its group, its homes, its keys."""
    return host.sh(
        "grep -h '^virtadmin:' /etc/passwd /etc/group; ls -d /home/virtadmin /home/*/.virtadmin 2>/dev/null;"
        "grep -ls virtadmin: /home/*/.ssh/authorized_keys /etc/ssh/authorized_keys/*; :"
    )
