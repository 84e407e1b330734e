"""Days and certificates as bars, and the websites of a server, for templates."""

from typing import Any

from django import template
from django.template import Context
from django.utils import timezone
from django.utils.safestring import SafeString

from virtadmin.servers.models import Server
from virtadmin.web.websites import strip
from virtadmin.web.websites.condition import Known, standing
from virtadmin.web.websites.listing import called, milliseconds
from virtadmin.web.websites.selection import websites_on

register = template.Library()


@register.simple_tag
def day_bar(day: strip.Day) -> SafeString:
    """A day's bar."""
    return SafeString(strip.bar(day))  # nosec B703 # numbers


@register.simple_tag
def used_bar(used: float) -> SafeString:
    """How much of a certificate's time is over, in percent; what it says stands beside it."""
    return SafeString(  # nosec B703 # a number
        '<svg class="used" viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true">'
        f'<rect width="{used:g}" height="4"/></svg>'
    )


@register.inclusion_tag("web/server/websites.html", takes_context=True)
def server_websites(context: Context, server: Server) -> dict[str, Any]:
    """The websites of a server that the person who looks may see."""
    user, now = context["request"].user, timezone.now()
    rows = websites_on(user, server, now)
    shown = [
        {
            "pk": row["pk"],
            "name": called(row),
            "standing": standing(Known.of_row(row), now),
            "took": "" if row["state__response_time"] is None else milliseconds(row["state__response_time"]),
        }
        for row in rows
    ]
    return {"server": server, "websites": shown, "may_add": user.has_perm("websites.add_url")}
