"""Linking a chat: a link to follow, once."""

from datetime import UTC, datetime
from typing import Any

from django.http import Http404, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from virtadmin.accounts.models import User
from virtadmin.chatbots.services import VALID, link_create
from virtadmin.core.errors import VirtadminError
from virtadmin.notifications.models import BotUserLink
from virtadmin.notifications.registry import CHANNELS
from virtadmin.web.access import SignedInRequest, signed_in
from virtadmin.web.answers import page
from virtadmin.web.qr import qr_code

Platform = BotUserLink.Platform
FRAGMENTS = {"linked": "web/chats/linked.html"}


@require_http_methods(["GET", "POST"])
@signed_in
def link(request: SignedInRequest, platform: str) -> HttpResponse:
    """What it does, and with POST the link itself; it is shown this once. Then the page says when it was followed."""
    if platform not in Platform.values:
        raise Http404
    label = str(CHANNELS[platform].label)
    context = {"platform": platform, "label": label, "minutes": VALID.seconds // 60}
    context["refusal"] = CHANNELS[platform].available(request.user)
    if request.method == "POST":
        try:
            context.update(_offer(request.user, platform, label))
        except VirtadminError as refusal:
            context["refusal"] = refusal.message
    since = context.get("since") or request.GET.get("since", "")
    context["linked"] = _linked_since(request.user, platform, str(since))
    return page(request, "web/chats/link.html", context, fragments=FRAGMENTS)


def _offer(user: User, platform: str, label: str) -> dict[str, Any]:
    """A new link, and as a QR code for a phone's camera."""
    made = timezone.now()
    address = link_create(user=user, actor=user, platform=platform)
    return {
        "address": address,
        "group_address": address.replace("?start=", "?startgroup=") if platform == Platform.TELEGRAM else "",
        "qr": qr_code(address, f"QR code that opens {label}"),
        "since": int(made.timestamp()),
    }


def _linked_since(user: User, platform: str, since: str) -> BotUserLink | None:
    """The chat that followed a link made at this second (of 1970's), if one did."""
    if not (since.isascii() and since.isdigit() and len(since) < 12):
        return None
    made = datetime.fromtimestamp(int(since), UTC)
    return BotUserLink.objects.filter(user=user, platform=platform, heard__gte=made).order_by("-heard").first()
