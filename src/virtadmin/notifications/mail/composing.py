"""A message as an email, plain and HTML. One incident is one conversation."""

from email.utils import parseaddr
from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMultiAlternatives

from virtadmin.notifications.channel import Message


def compose(message: Message, address: str) -> EmailMultiAlternatives:
    """The email. Its Message-ID is that of the message, so a second attempt is the same email to a mail program."""
    headers = {
        "Message-ID": message_id(message.uid),
        "Auto-Submitted": "auto-generated",  # RFC 3834: no out-of-office answers, please
    }
    if message.follows:
        headers["In-Reply-To"] = headers["References"] = message_id(message.follows)
    mail = EmailMultiAlternatives(message.title, message.text, to=[address], headers=headers)
    mail.attach_alternative(message.html, "text/html")
    return mail


def message_id(uid: UUID) -> str:
    """The Message-ID header (RFC 5322 §3.6.4) of the message with this uid."""
    domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2] or "localhost"
    return f"<{uid}@{domain}>"
