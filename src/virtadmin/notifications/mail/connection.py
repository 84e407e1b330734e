"""A connection to the mail server that remembers the last answer, and can be kept for several emails."""

import smtplib
from contextlib import suppress
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.backends.smtp import EmailBackend

OK = 250
SMTP_BACKEND = "django.core.mail.backends.smtp.EmailBackend"


class _Remembering(smtplib.SMTP):
    """Keeps what the server said to the newest email: the standard library drops it."""

    said = b""

    def data(self, msg: Any) -> tuple[int, bytes]:
        code, said = super().data(msg)
        self.said = said
        return code, said


class _RememberingTls(_Remembering, smtplib.SMTP_SSL):
    """The same inside TLS."""


class _Backend(EmailBackend):
    @property
    def connection_class(self) -> type[smtplib.SMTP]:
        return _RememberingTls if self.use_ssl else _Remembering


class Connection:
    """Opened by the first email, until `close`; opened anew when the server has closed it meanwhile."""

    def __init__(self) -> None:
        smtp = settings.EMAIL_BACKEND == SMTP_BACKEND
        self._backend: BaseEmailBackend = _Backend() if smtp else get_connection()

    def send(self, mail: EmailMultiAlternatives) -> str:
        """Send one email. Returns what the server said to it. Raises what smtplib and sockets raise."""
        talk = getattr(self._backend, "connection", None)
        if talk is not None and not _alive(talk):
            self.close()
        try:
            self._backend.open()
            self._backend.send_messages([mail])
        except smtplib.SMTPResponseException as error:
            if not isinstance(error, smtplib.SMTPDataError | smtplib.SMTPSenderRefused):
                self.close()
            raise
        except smtplib.SMTPRecipientsRefused:
            raise
        except Exception:
            self.close()  # nobody knows what the server would answer next
            raise
        talk = getattr(self._backend, "connection", None)
        return " ".join(talk.said.decode(errors="replace").split()) if talk else ""

    def close(self) -> None:
        """End it. That the server no longer answers is no harm: what it took, it took."""
        with suppress(OSError, smtplib.SMTPException):
            self._backend.close()


def _alive(talk: smtplib.SMTP) -> bool:
    """Whether the server still answers on this connection: asked before each further email, never after one."""
    try:
        return talk.noop()[0] == OK
    except (OSError, smtplib.SMTPException):
        return False
