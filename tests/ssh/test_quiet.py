"""asyncssh's log calls."""

import logging

import pytest
from asyncssh.logging import SSHLogger

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
