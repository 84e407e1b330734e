"""What surrounds every page, for templates: where one can go, and light or dark."""

from typing import Any

from django import template
from django.http import HttpRequest

from virtadmin.web import navigation, theme

register = template.Library()


@register.simple_tag(takes_context=True)
def main_links(context: dict[str, Any]) -> list[navigation.Link]:
    """The header's row."""
    return navigation.links(navigation.MAIN, context["user"], _route(context))


@register.simple_tag(takes_context=True)
def own_links(context: dict[str, Any]) -> list[navigation.Link]:
    """The menu at the person's name."""
    return navigation.links(navigation.MINE, context["user"], _route(context))


@register.simple_tag(takes_context=True)
def chosen_theme(context: dict[str, Any]) -> str:
    """`light`, `dark`, or empty for what the system wishes; also where there is no request (an error of ours)."""
    request: HttpRequest | None = context.get("request")
    return theme.chosen(request) if request else ""


def _route(context: dict[str, Any]) -> str:
    match = context["request"].resolver_match
    return str(match.url_name) if match and match.url_name else ""
