"""How a view answers: a whole page, or only the part of it that htmx asked for. Decided here and nowhere else."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.cache import patch_vary_headers

from virtadmin.notifications.selectors import notifications_unread_count
from virtadmin.web.access import SignedInRequest

Fragments = Mapping[str, str]
"""Which template draws the element of this id."""

EVERYWHERE: Fragments = {"news": "web/parts/news.html"}


def wanted_fragment(request: HttpRequest) -> str:
    """The id of the element htmx will put the answer in; empty for a whole page.

    htmx names it in `HX-Target` as `tag#id`; going back in the history asks for a whole page.
    """
    if request.headers.get("HX-Request") != "true" or request.headers.get("HX-History-Restore-Request") == "true":
        return ""
    return request.headers.get("HX-Target", "").partition("#")[2]


def page(
    request: SignedInRequest,
    template: str,
    context: dict[str, Any],
    *,
    fragments: Fragments = EVERYWHERE,
    status: int = 200,
) -> HttpResponse:
    """The page, or the one of its fragments that was asked for. Never kept by a cache: it is one person's."""
    context = {"unread": lambda: notifications_unread_count(request.user), **context}
    drawn = {**EVERYWHERE, **fragments}.get(wanted_fragment(request), template)
    response = render(request, drawn, {**context, "is_fragment": drawn != template}, status=status)
    patch_vary_headers(response, ["HX-Request", "HX-Target", "Cookie"])
    response["Cache-Control"] = "no-store, private"
    return response


def go_to(request: HttpRequest, address: str) -> HttpResponse:
    """Lead on to another page after something was done; htmx has to be told to follow as a whole page."""
    if request.headers.get("HX-Request") == "true":
        return HttpResponse(headers={"HX-Redirect": address})
    return HttpResponseRedirect(address)
