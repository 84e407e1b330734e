"""A mail server that takes every email and knows when each came."""

import threading
import time
from collections import defaultdict
from email import message_from_bytes
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import Envelope


class Mails:
    """Unix times at which each email came, by its Message-ID without the brackets, and its subject."""

    def __init__(self, port: int) -> None:
        self.came: dict[str, list[float]] = defaultdict(list)
        self.subjects: dict[str, str] = {}
        self._lock = threading.Lock()
        self.port = port
        self._controller = Controller(self, hostname="127.0.0.1", port=port)

    def open(self) -> None:
        """Begin to listen."""
        self._controller.start()

    def close(self) -> None:
        """End it."""
        if self._controller.server:
            self._controller.stop()

    async def handle_DATA(self, server: Any, session: Any, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        """One email."""
        assert isinstance(envelope.content, bytes)
        mail = message_from_bytes(envelope.content)
        mark = mail["Message-ID"].strip().strip("<>")
        with self._lock:
            self.came[mark].append(time.time())
            self.subjects[mark] = str(mail["Subject"])
        return "250 OK"
