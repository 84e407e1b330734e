"""The watched hosts. The sshd that the hub uses is not their first process, so that it can be killed alone."""

from tests.hosts.maker import Host

PORT = 2222


class Watched(Host):
    """A real host whose sshd at PORT dies and comes back while the host lives on."""

    def sshd_start(self) -> None:
        """Start it."""
        self.sh(f"mkdir -p /run/sshd && /usr/sbin/sshd -p {PORT} -o ListenAddress={self.address} -o PidFile=none")

    def sshd_kill(self) -> None:
        """Kill it and all its sessions."""
        self.run("pkill", "-KILL", "-x", "sshd")  # the host's first process cannot be killed from within
