"""/webhooks/: what Telegram and Messenger tell the hub by themselves. Each request proves who sent it."""

import logging
from contextlib import suppress
from hmac import compare_digest
from typing import Any

import orjson
from django.conf import settings
from django.core.cache import cache
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST
from redis import RedisError

from virtadmin.chatbots.addresses import bot_name
from virtadmin.chatbots.messenger.answering import take as take_events
from virtadmin.chatbots.telegram.answering import take as take_update
from virtadmin.chatbots.telegram.webhook import HEADER, is_telegram
from virtadmin.core.errors import Conflict
from virtadmin.notifications.messenger.api import signed
from virtadmin.notifications.telegram.api import bot

logger = logging.getLogger(__name__)
SIGNATURE = "X-Hub-Signature-256"
FORGED_SECONDS = 3600
"""A forged request is logged once in this time."""


@csrf_exempt
@require_POST
def telegram(request: HttpRequest) -> HttpResponse:
    """One update (https://core.telegram.org/bots/api#setwebhook). Anything but 200 makes Telegram send it again."""
    if not (settings.TELEGRAM_TOKEN and settings.TELEGRAM_WEBHOOK):
        raise Http404
    if not is_telegram(request.headers.get(HEADER, "")):
        return _forged("Telegram")
    update = _json(request.body)
    if update is None:
        return HttpResponse("This is no update.", status=400)
    try:
        take_update(update, bot(), bot_name(), timezone.now())
    except Conflict as trouble:
        logger.warning("an update of Telegram cannot be taken now: %s", trouble.message)
        return HttpResponse(status=503)
    return HttpResponse()


@csrf_exempt
@require_http_methods(["GET", "POST"])
def messenger(request: HttpRequest) -> HttpResponse:
    """Events of the page; with GET, Meta makes sure that the hub is the one it was told of.

    https://developers.facebook.com/docs/messenger-platform/webhooks.
    """
    if not (settings.MESSENGER_APP_SECRET and settings.MESSENGER_VERIFY_TOKEN):
        raise Http404
    if request.method == "GET":
        return _verified(request)
    if not signed(request.body, request.headers.get(SIGNATURE, "")):
        return _forged("Messenger")
    events = _json(request.body)
    if events is None:
        return HttpResponse("These are no events.", status=400)
    take_events(events, timezone.now())
    return HttpResponse("EVENT_RECEIVED", content_type="text/plain")


def _verified(request: HttpRequest) -> HttpResponse:
    word = request.GET.get("hub.verify_token", "")
    wanted = settings.MESSENGER_VERIFY_TOKEN
    if request.GET.get("hub.mode") == "subscribe" and compare_digest(word.encode(), wanted.encode()):
        return HttpResponse(request.GET.get("hub.challenge", ""), content_type="text/plain")
    return _forged("Messenger")


def _forged(who: str) -> HttpResponse:
    """A caller that does not prove to be who it should be. It is told nothing more."""
    with suppress(RedisError):  # while the cache is away none is logged: anybody could fill the log
        if cache.add(f"virtadmin:webhook:forged:{who}", 1, FORGED_SECONDS):
            logger.warning("a webhook request that %s did not send was refused; more are not logged this hour", who)
    return HttpResponse("This was refused.", status=403, content_type="text/plain")


def _json(body: bytes) -> dict[str, Any] | None:
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    return found if isinstance(found, dict) else None
