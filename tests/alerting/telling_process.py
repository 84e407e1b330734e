"""A process of its own that runs the task `alerting.tell` once: `<ISO time> lives|dies`."""

import os
import signal
import sys
from datetime import datetime
from typing import Any

import django

django.setup()

from virtadmin.alerting import telling  # noqa: E402 - after the setup

MESSAGES = telling.notifications_create


def dies(**everything: Any) -> None:
    """As if the machine went off once the messages were written, before that was committed."""
    MESSAGES(**everything)
    os.kill(os.getpid(), signal.SIGKILL)


if sys.argv[2] == "dies":
    telling.notifications_create = dies
telling.tell(clock=lambda: datetime.fromisoformat(sys.argv[1]))
