"""What asyncssh does no more, and still does for who wants it."""

import logging
from collections.abc import Iterator

import pytest
from asyncssh.connection import SSHConnection
from asyncssh.constants import MSG_CHANNEL_DATA, MSG_IGNORE
from asyncssh.logging import SSHLogger
from asyncssh.packet import SSHPacketLogger

from virtadmin.ssh.quiet import quieten


class Dear:
    """An argument that must not be turned into text for nothing."""

    def __str__(self) -> str:
        raise AssertionError("it was turned into text")


def test_arguments_cost_nothing_while_nobody_listens() -> None:
    quieten()
    quieten()
    logger = SSHLogger(logging.getLogger("asyncssh.test"))
    logging.getLogger("asyncssh.test").setLevel(logging.ERROR)
    logger.info("%s", [Dear()])
    logger.debug1("%s", [Dear()])


def test_who_listens_still_hears(caplog: pytest.LogCaptureFixture) -> None:
    quieten()
    with caplog.at_level(logging.DEBUG, "asyncssh.test"):
        SSHLogger(logging.getLogger("asyncssh.test")).info("at %s", ("host", 22))
    assert "at host, port 22" in caplog.text


class Packets(SSHPacketLogger):
    _handler_names = {MSG_CHANNEL_DATA: "MSG_CHANNEL_DATA"}

    @property
    def logger(self) -> SSHLogger:
        return SSHLogger(logging.getLogger("asyncssh.test"))


@pytest.fixture
def debug_level() -> Iterator[None]:
    SSHLogger.set_debug_level(3)
    yield
    SSHLogger.set_debug_level(1)


def test_packets_are_logged_for_who_wants_them_alone(caplog: pytest.LogCaptureFixture, debug_level: None) -> None:
    quieten()
    with caplog.at_level(logging.DEBUG, "asyncssh.test"):
        Packets().log_sent_packet(MSG_CHANNEL_DATA, 7, b"wanted")
        SSHLogger.set_debug_level(2)
        Packets().log_received_packet(MSG_CHANNEL_DATA, 8, b"unwanted text")
    assert "Sent MSG_CHANNEL_DATA (94), 6 bytes" in caplog.text
    assert "Received" not in caplog.text


def test_packets_to_be_ignored_are_not_sent() -> None:
    quieten()
    nowhere = object.__new__(SSHConnection)
    nowhere.send_packet(MSG_IGNORE, b"")
    with pytest.raises(AttributeError):  # it has no connection to send anything else over
        nowhere.send_packet(MSG_CHANNEL_DATA, b"")
