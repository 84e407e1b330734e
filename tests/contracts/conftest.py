"""What the contracts' tests use of the parts' own."""

from tests.collector.conftest import answering, hosts, keeper, make_server, worker
from tests.fakes.fixtures import messenger, telegram
from tests.notifications.conftest import clock, hook, mailbox, write

__all__ = ["answering", "clock", "hook", "hosts", "keeper", "mailbox", "make_server", "messenger", "telegram", "worker",
           "write"]  # fmt: skip
