"""Linking a chat: a link to follow, once."""

from django.http import Http404, HttpResponse
from django.views.decorators.http import require_http_methods

from virtadmin.chatbots.services import VALID, link_create
from virtadmin.core.errors import VirtadminError
from virtadmin.notifications.models import BotUserLink
from virtadmin.notifications.registry import CHANNELS
from virtadmin.web.access import SignedInRequest, signed_in
from virtadmin.web.answers import page

Platform = BotUserLink.Platform


@require_http_methods(["GET", "POST"])
@signed_in
def link(request: SignedInRequest, platform: str) -> HttpResponse:
    """What it does, and with POST the link itself; it is shown this once."""
    if platform not in Platform.values:
        raise Http404
    channel = CHANNELS[platform]
    context = {"platform": platform, "label": channel.label, "minutes": VALID.seconds // 60}
    context["refusal"] = channel.available(request.user)
    if request.method == "POST":
        try:
            address = link_create(user=request.user, actor=request.user, platform=platform)
        except VirtadminError as refusal:
            context["refusal"] = refusal.message
        else:
            context["address"] = address
            context["group_address"] = address.replace("?start=", "?startgroup=") if platform == "telegram" else ""
    return page(request, "web/chats/link.html", context)
