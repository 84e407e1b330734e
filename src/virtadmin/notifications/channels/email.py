"""The message as an email, plain and HTML, over the server of `EMAIL_URL`. One incident is one conversation."""

import base64
import smtplib
from email.utils import parseaddr
from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection

from virtadmin.accounts.models import User
from virtadmin.notifications.channel import ChannelError, Message

BUSY = 421
"""RFC 5321 §3.8: the service closes the connection; the one 4xx code that is about the server, not the message."""


class Email:
    """SMTP by Django. A refusal (5xx) is permanent; trouble (4xx, timeouts, no connection) passes."""

    name = "email"
    label = "Email"
    help = "Sends an email to your address; needs EMAIL_URL to be set."
    flag: str | None = "emailed"

    def reaches(self, user: User) -> bool:
        return bool(settings.EMAIL_URL and user.email and user.is_active)

    def send(self, message: Message) -> None:
        try:
            _send(compose(message))
        except smtplib.SMTPRecipientsRefused as error:
            raise _refusal(*next(iter(error.recipients.values()))) from None
        except smtplib.SMTPResponseException as error:
            raise _refusal(error.smtp_code, error.smtp_error) from None
        except smtplib.SMTPNotSupportedError as error:
            raise ChannelError(f"The mail server cannot do what EMAIL_URL asks for: {error}", down=True) from None
        except (OSError, smtplib.SMTPException) as error:
            raise ChannelError(_scrubbed(f"The mail server does not answer: {_reason(error)}"), down=True) from None
        except ValueError:
            raise ChannelError("The email address cannot be used.", permanent=True) from None


def compose(message: Message) -> EmailMultiAlternatives:
    """The email. Its Message-ID is that of the message, so a second attempt is the same email to a mail program."""
    headers = {
        "Message-ID": message_id(message.uid),
        "Auto-Submitted": "auto-generated",  # RFC 3834: no out-of-office answers, please
    }
    if message.follows:
        headers["In-Reply-To"] = headers["References"] = message_id(message.follows)
    mail = EmailMultiAlternatives(message.title, message.text, to=[message.recipient.email], headers=headers)
    mail.attach_alternative(message.html, "text/html")
    return mail


def message_id(uid: UUID) -> str:
    """The Message-ID header (RFC 5322 §3.6.4) of the message with this uid."""
    domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2] or "localhost"
    return f"<{uid}@{domain}>"


def _send(mail: EmailMultiAlternatives) -> None:
    connection = get_connection()
    try:
        connection.send_messages([mail])
    finally:
        connection.close()  # Django leaves it open when the login fails


def _refusal(code: int, answer: bytes | str) -> ChannelError:
    text = answer.decode(errors="replace") if isinstance(answer, bytes) else answer
    told = _scrubbed(f"The mail server answered {code} {' '.join(text.split())}".strip())
    return ChannelError(told, permanent=code >= 500, down=code == BUSY)


def _reason(error: Exception) -> str:
    return str(error) or type(error).__name__


def _scrubbed(text: str) -> str:
    """The text without the login, should a server have repeated it: as it is, or as SMTP's AUTH words it."""
    user, password = settings.EMAIL_HOST_USER or "", settings.EMAIL_HOST_PASSWORD or ""
    if not password:
        return text
    forms = [password.encode(), f"\0{user}\0{password}".encode()]
    for secret in [password, *(base64.b64encode(form).decode() for form in forms)]:
        text = text.replace(secret, "***")
    return text
