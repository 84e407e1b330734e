"""How people are reached by email: the mail server."""

import smtplib
import ssl

from django.conf import settings
from django.core.mail import EmailMessage, get_connection

from virtadmin.operations.doctor.check import Asked, Check, Finding, fail, ok, skip


def email(asked: Asked) -> Finding:
    """Whether the mail server greets us, and takes our login; with an address, whether it takes an email."""
    if not settings.EMAIL_URL:
        return skip("no EMAIL_URL: nobody gets email")
    connection = get_connection()
    try:
        connection.open()
        if not asked.mail:
            return ok(f"{settings.EMAIL_HOST} greets the hub")
        text = f"This hub ({settings.HUB_NAME}) can send email. `virtadmin doctor --mail` asked for this one."
        EmailMessage("Virtadmin can send email", text, to=[asked.mail], connection=connection).send()
        return ok(f"{settings.EMAIL_HOST} took an email to {asked.mail}")
    except smtplib.SMTPAuthenticationError:
        return fail(f"{settings.EMAIL_HOST} refuses the login", "check user and password in EMAIL_URL")
    except ssl.SSLError as error:
        said = f"{_where()} and the hub agree on no encryption: {error.reason or error}"
        return fail(said, "try smtp+tls:// with port 587 or smtp+ssl:// with port 465; its certificate must be valid")
    except smtplib.SMTPRecipientsRefused:
        return fail(f"{_where()} takes no email to {asked.mail}", "check the address; the login may not send to others")
    except (OSError, smtplib.SMTPException) as error:
        said = " ".join((getattr(error, "strerror", "") or str(error) or type(error).__name__).split())
        advice = "check host and port in EMAIL_URL, and that a firewall lets the hub reach the mail server"
        return fail(f"{_where()}: {said}"[:300], advice)
    finally:
        connection.close()


def _where() -> str:
    return f"{settings.EMAIL_HOST}:{settings.EMAIL_PORT}"


CHECKS = (Check("email", email, advice="check EMAIL_URL"),)
