"""Messages to send, and a real mail server to send them to."""

import asyncio
import socket
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any, cast

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope
from django.utils import timezone

from tests.fakes.fixtures import CHATS
from tests.notifications.webhooks import Hook, webhook
from virtadmin.accounts.models import User
from virtadmin.notifications.models import BotUserLink, Delivery, Notification, UserChannel
from virtadmin.notifications.services import Draft, notifications_create

NOW = datetime(2026, 11, 22, 14, 3, 5, tzinfo=UTC)
PASSWORD = "a secret of the mail server"
LOST = {
    "server": 7,
    "name": "web1",
    "address": "192.0.2.1",
    "incident": 3,
    "since": "2026-11-22T14:03:05+00:00",
    "seconds": 4000,
    "stage": "timeout",
    "reason": "No answer within 5 s.",
    "hint": "Check whether it is on.",
    "last_update": "2026-11-22T14:01:00+00:00",
}
CPU = {
    **LOST,
    "cpu_usage": 97.0,
    "metric": "cpu_usage",
    "label": "CPU",
    "limit": 80,
    "window": 300,
    "peak": 99.5,
    "place": "",
    "limit_changed": False,
}


class Mailbox:
    """A mail server's behaviour: what it answers, and what it took."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.answers: list[str] = []
        """What it says to the next messages; then 250."""
        self.seconds = 0.0
        """How long it thinks."""
        self.recipient_answer = "250 OK"
        self.login_answer: str | None = None
        self.connections = 0
        self.closes_after = 0
        """After so many emails it closes the connection; 0 = never."""

    async def handle_HELO(self, server: Any, session: Any, envelope: Envelope, hostname: str) -> str:  # noqa: N802
        self.connections += 1
        session.host_name = hostname
        return "250 mail.example.org"

    async def handle_EHLO(  # noqa: N802
        self, server: Any, session: Any, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        self.connections += 1
        session.host_name = hostname
        return responses

    async def handle_RCPT(self, server: Any, session: Any, envelope: Envelope, address: str, options: Any) -> str:  # noqa: N802
        if self.recipient_answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.recipient_answer

    async def handle_DATA(self, server: Any, session: Any, envelope: Envelope) -> str:  # noqa: N802
        await asyncio.sleep(self.seconds)
        answer = self.answers.pop(0) if self.answers else "250 OK"
        if answer.startswith("250"):
            parsed = message_from_bytes(cast("bytes", envelope.content), policy=policy.default)
            self.mails.append(cast("EmailMessage", parsed))
        if self.closes_after and len(self.mails) % self.closes_after == 0:
            asyncio.get_running_loop().call_later(0.01, server.transport.close)
        return answer

    def authenticate(self, server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        if self.login_answer:
            return AuthResult(success=False, handled=False, message=self.login_answer)
        return AuthResult(success=True)


@pytest.fixture
def mailbox(settings: Any) -> Iterator[Mailbox]:
    """A mail server on a free port, and settings that use it with a login."""
    box = Mailbox()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    controller = Controller(
        box, hostname="127.0.0.1", port=port, authenticator=box.authenticate, auth_require_tls=False
    )
    controller.start()
    settings.EMAIL_URL = f"smtp://127.0.0.1:{port}"
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
    settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = "hub", PASSWORD
    settings.EMAIL_TIMEOUT = 2
    settings.DEFAULT_FROM_EMAIL = "Virtadmin <hub@example.org>"
    yield box
    controller.stop()


@pytest.fixture
def hook() -> Iterator[Hook]:
    """A web server that takes what it is sent."""
    with webhook() as server:
        yield server


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    """A clock for the outbox."""
    return Clock()


@pytest.fixture
def write() -> Callable[..., Notification]:
    """Writes a message for one person."""

    def make(
        person: User, *, facts: dict[str, Any] | None = None, thread: str = "", kind: str = "server_lost", **more: Any
    ) -> Any:
        level = more.pop("level", Notification.Level.CRITICAL)
        draft = Draft(kind, level, [person], LOST if facts is None else facts, thread, **more)
        notifications_create(drafts=[draft], now=NOW)
        return Notification.objects.order_by("pk").last()

    return make


def way(person: User, kind: str) -> UserChannel:
    """The person's channel of the kind, made if there is none."""
    found = UserChannel.objects.filter(user=person, kind=kind).first()
    row = found or UserChannel.objects.create(user=person, kind=kind, level=UserChannel.Level.INFO)
    row.user = person
    if kind in BotUserLink.Platform.values and not BotUserLink.objects.filter(channel=row).exists():
        row.link = BotUserLink.objects.create(
            user=person, platform=kind, conversation=CHATS[kind], title="Ann", channel=row, heard=timezone.now()
        )
    return row


def line(channel: str, notification: Notification | None = None) -> Delivery:
    """The outbox line of the channel."""
    rows = Delivery.objects.filter(channel=channel)
    return rows.get(notification=notification) if notification else rows.get()
