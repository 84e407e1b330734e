"""The watched hosts. The sshd that the hub uses is not their first process, so that it can be killed alone."""

import re

from tests.hosts.maker import Host

PORT = 2222
LEVEL = re.compile(r"\b(?:WARNING|CRITICAL|RECOVERY|INFO): ")
"""How each line of the hub begins (`notifications.channels.server_log`)."""
VARIANTS = ("bare", "full")
"""Half of the hosts have a logger and Python, and half have neither."""


class Watched(Host):
    """A real host whose sshd at PORT dies and comes back while the host lives on."""

    def sshd_start(self) -> None:
        """Start it."""
        self.sh(f"mkdir -p /run/sshd && /usr/sbin/sshd -p {PORT} -o ListenAddress={self.address} -o PidFile=none")

    def sshd_kill(self) -> None:
        """Kill it and all its sessions."""
        self.run("pkill", "-KILL", "-x", "sshd")  # the host's first process cannot be killed from within

    def log_lines(self) -> list[str]:
        """What the hub wrote into its log: that of rsyslog where it runs, else the probe's own file."""
        found = self.sh(
            "cat /var/log/syslog $(find / -xdev -name virtadmin.log -not -path '/proc/*') /dev/null 2>&1; true"
        )
        return [line for line in found.splitlines() if LEVEL.search(line)]
