"""How people are reached: the mail server, the bots."""

import smtplib

from django.conf import settings
from django.core.mail import EmailMessage, get_connection

from virtadmin.chatbots.health import chatbot_trouble
from virtadmin.notifications.messenger.api import is_set_up
from virtadmin.notifications.telegram.api import Bot, BotError
from virtadmin.operations.doctor.check import Asked, Check, Finding, fail, ok, skip, warn


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
    finally:
        connection.close()


def telegram(asked: Asked) -> Finding:
    """Whether Telegram knows the bot, and somebody answers for it."""
    if not settings.TELEGRAM_TOKEN:
        return skip("no TELEGRAM_TOKEN")
    asking = Bot(settings.TELEGRAM_TOKEN, settings.TELEGRAM_API_URL)
    try:
        name = asking.call("getMe").get("username", "?")
    except BotError as error:
        if error.is_token:
            return fail("Telegram does not know this TELEGRAM_TOKEN", "get one from @BotFather: /token, or /newbot")
        raise
    finally:
        asking.close()
    trouble = "" if settings.TELEGRAM_WEBHOOK else chatbot_trouble()
    return warn(f"@{name}: the chatbot {trouble}", "see docs/telegram.md") if trouble else ok(f"@{name} is ours")


def messenger(asked: Asked) -> Finding:
    """Whether all that Messenger needs is set. Its token is not tried: that can only be done by writing to somebody."""
    given = {
        "MESSENGER_PAGE": settings.MESSENGER_PAGE,
        "MESSENGER_PAGE_TOKEN": settings.MESSENGER_PAGE_TOKEN,
        "MESSENGER_APP_SECRET": settings.MESSENGER_APP_SECRET,
        "MESSENGER_VERIFY_TOKEN": settings.MESSENGER_VERIFY_TOKEN,
    }
    missing = [name for name, value in given.items() if not value]
    if len(missing) == len(given):
        return skip("not set up")
    if missing or not is_set_up():
        return fail(f"{', '.join(missing)} missing", "see docs/messenger.md")
    if not settings.HTTPS:
        return fail("Messenger calls the hub, which has no https address", "set PUBLIC_URL to https://…")
    return ok("set up (the token is not tried: use the channel's test)")


CHECKS = (
    Check("email", email, advice="check EMAIL_URL, and that a firewall lets the hub reach the mail server"),
    Check("telegram", telegram, advice="check TELEGRAM_API_URL and the way to it"),
    Check("messenger", messenger),
)
