"""The bots: whether the platforms know them, and whether what people write there comes here."""

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

from virtadmin.chatbots.health import chatbot_trouble
from virtadmin.chatbots.telegram.webhook import webhook_address
from virtadmin.notifications.messenger.api import GraphError, Page, is_set_up
from virtadmin.notifications.telegram.api import Bot, BotError
from virtadmin.operations.doctor.check import Asked, Check, Finding, fail, ok, skip, warn

LATELY = 900.0
"""Seconds: of a call that failed before that, Telegram made others since, or there was nothing to bring."""


def telegram(asked: Asked) -> Finding:
    """Whether Telegram knows the bot, and what people write to it comes here."""
    if not settings.TELEGRAM_TOKEN:
        return skip("no TELEGRAM_TOKEN: nobody is told by Telegram")
    bot = Bot(settings.TELEGRAM_TOKEN, settings.TELEGRAM_API_URL)
    try:
        name, hook = str(bot.call("getMe").get("username", "?")), bot.call("getWebhookInfo")
    except BotError as error:
        if error.is_token:
            return fail("Telegram does not know this TELEGRAM_TOKEN", "get one from @BotFather: /token, or /newbot")
        raise
    finally:
        bot.close()
    if settings.TELEGRAM_WEBHOOK:
        return webhook_judge(name, hook, webhook_address(), asked.clock())
    return polling_judge(name, str(hook.get("url") or ""), chatbot_trouble())


def webhook_judge(name: str, hook: dict[str, Any], wanted: str, now: float) -> Finding:
    """What Telegram says of the webhook it calls. Pure."""
    there = str(hook.get("url") or "")
    if there != wanted:
        said = f"@{name}: Telegram calls {urlsplit(there).hostname or 'nobody'}, not {urlsplit(wanted).hostname}"
        return fail(said, "start `virtadmin chatbot`, which registers the webhook; one hub, one bot")
    failed = float(hook.get("last_error_date") or 0)
    if now - failed < LATELY:
        said = f"@{name}: Telegram cannot call {urlsplit(wanted).hostname}: {hook.get('last_error_message') or '?'}"
        waiting = hook.get("pending_update_count") or 0
        return fail(
            f"{said}; {waiting} messages wait", "see to it that it is reached there by https with a valid certificate"
        )
    return ok(f"@{name} is ours, and Telegram calls the hub")


def polling_judge(name: str, hook: str, trouble: str) -> Finding:
    """What it means that Telegram calls `hook`, and that the chatbot is in such trouble. Pure."""
    if trouble:
        return warn(f"@{name}: the chatbot {trouble}", "alerts are sent all the same; see docs/telegram.md")
    if hook:
        said = f"@{name}: Telegram calls {urlsplit(hook).hostname}, and tells the hub nothing"
        return fail(
            said, "another hub or program has this bot: give each a bot of its own, then start the chatbot again"
        )
    return ok(f"@{name} is ours, and the chatbot answers")


def messenger(asked: Asked) -> Finding:
    """Whether all that Messenger needs is set, the page is ours, and the app's secret is its own."""
    given = {
        "MESSENGER_PAGE": settings.MESSENGER_PAGE,
        "MESSENGER_PAGE_TOKEN": settings.MESSENGER_PAGE_TOKEN,
        "MESSENGER_APP_SECRET": settings.MESSENGER_APP_SECRET,
        "MESSENGER_VERIFY_TOKEN": settings.MESSENGER_VERIFY_TOKEN,
    }
    missing = [name for name, value in given.items() if not value]
    if len(missing) == len(given):
        return skip("no MESSENGER_PAGE: nobody is told by Messenger")
    if missing or not is_set_up():
        return fail(f"{', '.join(missing)} missing", "see docs/messenger.md")
    page = Page(settings.MESSENGER_PAGE_TOKEN, settings.MESSENGER_APP_SECRET, settings.GRAPH_API_URL)
    try:
        about = page.about()
    except GraphError as error:
        return graph_judge(error)
    finally:
        page.close()
    return page_judge(settings.MESSENGER_PAGE, about, https=settings.HTTPS)


def graph_judge(error: GraphError) -> Finding:
    """What to do about an answer of the Graph API. Pure."""
    if error.is_token:
        advice = "generate the page's token anew (docs/messenger.md, step 2) and set it as MESSENGER_PAGE_TOKEN"
        return fail(f"Messenger does not take MESSENGER_PAGE_TOKEN: {error.message}", advice)
    if error.is_secret:
        advice = "take MESSENGER_APP_SECRET from the basic settings of the app that MESSENGER_PAGE_TOKEN was made by"
        return fail(f"MESSENGER_APP_SECRET is of another app: {error.message}", advice)
    if error.transient or error.retry_after:
        return warn(error.message, "wait, and run this again: it is Meta's own trouble, or a limit of theirs")
    return fail(error.message, "look that up at developers.facebook.com; GRAPH_API_URL may name a version that is gone")


def page_judge(wanted: str, about: dict[str, Any], *, https: bool) -> Finding:
    """Whether the page that a token is of is the one people are led to. Pure."""
    names = [str(about[name]) for name in ("id", "username") if about.get(name)]
    called = f"{about.get('name') or '?'} ({', '.join(names)})"
    if "username" in about and wanted.lower() not in map(str.lower, names):
        said = f"MESSENGER_PAGE_TOKEN is of the page {called}, links lead to {wanted}"
        return fail(said, "set MESSENGER_PAGE to the user name or id of the page that the token is of")
    if not https:
        return fail("Messenger calls the hub, which has no https address", "set PUBLIC_URL to https://…")
    return ok(f"the page {called} is ours")


CHECKS = (
    Check("telegram", telegram, advice="check TELEGRAM_API_URL and the way to it"),
    Check("messenger", messenger, advice="check GRAPH_API_URL and the way to it"),
)
