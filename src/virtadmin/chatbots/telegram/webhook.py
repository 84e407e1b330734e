"""Updates that Telegram brings itself: where to, and how it proves that it is Telegram."""

import hmac

from django.conf import settings
from django.utils.crypto import salted_hmac

PATH = "/webhooks/telegram/"
HEADER = "X-Telegram-Bot-Api-Secret-Token"


def webhook_address() -> str:
    """Where Telegram calls this hub."""
    return f"{settings.PUBLIC_URL}{PATH}"


def webhook_secret() -> str:
    """What it says each time. Whoever does not know SECRET_KEY cannot make it."""
    made = salted_hmac("virtadmin.telegram.webhook", settings.TELEGRAM_TOKEN, algorithm="sha256").hexdigest()
    return settings.TELEGRAM_WEBHOOK_SECRET or made


def is_telegram(said: str) -> bool:
    """Whether a caller that says this is Telegram. Takes as long for any wrong answer."""
    return hmac.compare_digest(said.encode(), webhook_secret().encode())
