"""How far asking a server came before it failed, and what a person can do about it (design.md §4)."""

from enum import StrEnum

from virtadmin.core.errors import VirtadminError


class Stage(StrEnum):
    """Where a connection or a request failed."""

    DNS = "dns"
    REFUSED = "refused"
    TIMEOUT = "timeout"
    UNREACHABLE = "unreachable"
    HOST_KEY_CHANGED = "host_key_changed"
    AUTH_REJECTED = "auth_rejected"
    PROBE_MISSING = "probe_missing"
    PROBE_FAILED = "probe_failed"
    PROBE_TIMEOUT = "probe_timeout"


CERTAIN = frozenset({Stage.HOST_KEY_CHANGED, Stage.AUTH_REJECTED, Stage.PROBE_MISSING, Stage.PROBE_FAILED})
"""Failures that trying again at once does not cure: people are told of the first one."""

HINTS = {
    Stage.DNS: "Check the host name and the hub's name server, or give an IP address.",
    Stage.REFUSED: "Check the port and that sshd is running; a firewall may refuse the hub.",
    Stage.TIMEOUT: "The machine may be off or hang, or a firewall drops the hub's packets. "
    "Look at its console, and check the address and the port.",
    Stage.UNREACHABLE: "Check the network between hub and server, and that SSH listens on this port.",
    Stage.HOST_KEY_CHANGED: "If the server was reinstalled, compare the new fingerprint on its console and accept it. "
    "If not, somebody may be between hub and server.",
    Stage.AUTH_REJECTED: "Check the user name and the password or key, and whether sshd lets this user in.",
    Stage.PROBE_MISSING: "Repair the server: enrol it again with a login; nothing gets lost.",
    Stage.PROBE_FAILED: "Repair the server: enrol it again with a login; nothing gets lost.",
    Stage.PROBE_TIMEOUT: "The server lets the hub in, but its probe does not answer: it may be overloaded.",
}


class ConnectionFailure(VirtadminError):
    """A server could not be asked: the stage, what happened (`message`) and what to do (`hint`)."""

    def __init__(self, stage: Stage, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.stage = stage
        self.hint = hint or HINTS[stage]

    def __str__(self) -> str:
        return f"{self.stage}: {self.message}"
