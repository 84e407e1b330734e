"""Takes out of asyncssh what costs the CPU of every poll and serves nobody here: a third of what a poll costs over SSH.

Its logger turns every argument into text before it asks whether the level is on. And before each packet it sends an
empty one of the type "ignore", in a segment of its own, which wakes the watched server once more than needed. That was
invented for ciphers in CBC mode, whose next initialisation vector a listener knows (RFC 4251 §9.3.1); the hub offers
none of them (`algorithms.py`), and OpenSSH sends such packets for none of those it does.
"""

from functools import wraps
from typing import Any

from asyncssh.connection import SSHConnection
from asyncssh.constants import MSG_IGNORE
from asyncssh.logging import SSHLogger
from asyncssh.packet import SSHPacketLogger

PACKETS = 3
"""asyncssh's debug level from which on it logs each packet."""


def quieten() -> None:
    """Let asyncssh's loggers ask first, and let it send what it has to say alone. Harmless when called again."""
    if hasattr(SSHLogger.log, "__wrapped__"):
        return
    _ask_first()
    _ask_first_of_packets("log_sent_packet")
    _ask_first_of_packets("log_received_packet")
    _send_nothing_to_ignore()


def _ask_first() -> None:
    original = SSHLogger.log

    @wraps(original)
    def log(self: SSHLogger, level: int, msg: object, *args: Any, **kwargs: Any) -> None:
        if self.isEnabledFor(level):
            original(self, level, msg, *args, **kwargs)

    SSHLogger.log = log  # type: ignore[method-assign]


def _ask_first_of_packets(name: str) -> None:
    original = getattr(SSHPacketLogger, name)

    @wraps(original)
    def log_packet(self: SSHPacketLogger, *args: Any, **kwargs: Any) -> None:
        if SSHLogger._debug_level >= PACKETS:  # noqa: SLF001 - it tells in no other way
            original(self, *args, **kwargs)

    setattr(SSHPacketLogger, name, log_packet)


def _send_nothing_to_ignore() -> None:
    original = SSHConnection.send_packet

    @wraps(original)
    def send_packet(self: SSHConnection, pkttype: int, *args: bytes, **kwargs: Any) -> None:
        if pkttype != MSG_IGNORE:
            original(self, pkttype, *args, **kwargs)

    SSHConnection.send_packet = send_packet  # type: ignore[method-assign]
