"""The message as an email, over the mail server of `EMAIL_URL`."""

import base64
import re
import smtplib
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings

from virtadmin.accounts.models import User
from virtadmin.notifications.channel import ChannelError, Message, Unasked
from virtadmin.notifications.mail.composing import compose
from virtadmin.notifications.mail.connection import Connection
from virtadmin.notifications.models import UserChannel

BUSY = 421
"""RFC 5321 §3.8: the service closes the connection; the one 4xx code that is about the server, not the message."""
NO_SUCH_ADDRESS = re.compile(r"\b5\.(1\.(1|2|3|6|10)|2\.1)\b")
"""RFC 3463 §3.2 and RFC 7505: bad mailbox, bad system, bad syntax, moved, null MX; mailbox disabled. Other refusals,
such as for policy (5.7.x) or without such a code, may be about this message or this hub."""


class Email(Unasked):
    """SMTP by Django. A refusal (5xx) is permanent; trouble (4xx, timeouts, no connection, our login) passes."""

    name = "email"
    label = "Email"
    help = "Sends an email to the address of your account."
    flag: str | None = "emailed"

    def __init__(self) -> None:
        self._kept = threading.local()

    def available(self, user: User) -> str:
        if not settings.EMAIL_URL:
            return "This hub has no mail server: an admin has to set EMAIL_URL."
        return "" if user.email else "Your account has no email address."

    def address(self, row: UserChannel) -> str:
        return row.user.email

    def reaches(self, row: UserChannel) -> bool:
        return bool(settings.EMAIL_URL and row.user.email and row.user.is_active)

    @contextmanager
    def batch(self) -> Iterator[None]:
        """One connection for all emails of the batch."""
        self._kept.connection = Connection()
        try:
            yield
        finally:
            self._kept.connection.close()
            self._kept.connection = None

    def send(self, message: Message, to: UserChannel) -> str:
        kept: Connection | None = getattr(self._kept, "connection", None)
        connection = kept or Connection()
        try:
            said = connection.send(compose(message, to.user.email))
        except (OSError, ValueError) as error:  # smtplib's errors are OSErrors
            raise _explained(error) from None
        finally:
            if kept is None:
                connection.close()
        return _scrubbed(f"The mail server answered: {said}" if said else "The email was handed over.")


def _explained(error: OSError | ValueError) -> ChannelError:
    """The error for people."""
    match error:
        case smtplib.SMTPAuthenticationError():
            refused = _refusal(error.smtp_code, error.smtp_error)
            return ChannelError(f"The mail server refused the hub's login. {refused.message}", down=True)
        case smtplib.SMTPRecipientsRefused():
            return _refusal(*next(iter(error.recipients.values())))
        case smtplib.SMTPResponseException():
            return _refusal(error.smtp_code, error.smtp_error)
        case smtplib.SMTPNotSupportedError():
            return ChannelError(f"The mail server cannot do what EMAIL_URL asks for: {error}", down=True)
        case ValueError():
            return ChannelError("The email address cannot be used.", gone=True)
    return ChannelError(_scrubbed(f"The mail server does not answer: {error or type(error).__name__}"), down=True)


def _refusal(code: int, answer: bytes | str) -> ChannelError:
    text = answer.decode(errors="replace") if isinstance(answer, bytes) else answer
    told = _scrubbed(f"The mail server answered {code} {' '.join(text.split())}".strip())
    gone = code >= 500 and bool(NO_SUCH_ADDRESS.search(text))
    return ChannelError(told, permanent=code >= 500, down=code == BUSY, gone=gone)


def _scrubbed(text: str) -> str:
    """The text without the login, should a server have repeated it: as it is, or as SMTP's AUTH words it."""
    user, password = settings.EMAIL_HOST_USER or "", settings.EMAIL_HOST_PASSWORD or ""
    if not password:
        return text
    forms = [password.encode(), f"\0{user}\0{password}".encode()]
    for secret in [password, *(base64.b64encode(form).decode() for form in forms)]:
        text = text.replace(secret, "***")
    return text
