"""Status pages for anybody. Nothing here looks at who asks, beyond counting how often: every answer is the same for
all."""

import hashlib
from functools import cache

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.cache import get_conditional_response
from django.views.decorators.http import require_safe

from virtadmin.accounts.address import client_address
from virtadmin.core.errors import TooOften
from virtadmin.core.rates import rate_take
from virtadmin.statuspages.published import KEEP_SECONDS, published
from virtadmin.web.status.badge import badge as badge_drawn
from virtadmin.web.status.document import document
from virtadmin.web.status.page import page

A_MINUTE = 300
"""Requests of one address: a whole office may be behind it."""
DRAWN = {
    "html": (page, "text/html; charset=utf-8"),
    "json": (document, "application/json"),
    "svg": (badge_drawn, "image/svg+xml"),
}
"""How a snapshot is drawn, and what the answer is then."""


@require_safe
def status(request: HttpRequest, slug: str) -> HttpResponse:
    """The page."""
    return _answer(request, slug, "html")


@require_safe
def status_json(request: HttpRequest, slug: str) -> HttpResponse:
    """The same for programs, those on other websites too."""
    answer = _answer(request, slug, "json")
    answer["Access-Control-Allow-Origin"] = "*"
    return answer


@require_safe
def badge(request: HttpRequest, slug: str) -> HttpResponse:
    """A picture of it, to be put anywhere."""
    return _answer(request, slug, "svg")


def _answer(request: HttpRequest, slug: str, form: str) -> HttpResponse:
    try:
        rate_take("status", client_address(request), a_minute=A_MINUTE)
    except TooOften as refusal:
        return HttpResponse(refusal.message, "text/plain", status=429, headers={"Retry-After": str(refusal.wait)})
    found = published(slug)
    if found is None:
        return HttpResponse(
            _gone() if form == "html" else "",
            status=404,
            headers={"Cache-Control": "no-store", "X-Robots-Tag": "noindex"},
        )
    draw, kind = DRAWN[form]
    body = found.body(form, draw)
    etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    headers = {"Cache-Control": f"public, max-age={KEEP_SECONDS:.0f}", "ETag": etag}
    if not found.snapshot.indexed:
        headers["X-Robots-Tag"] = "noindex"
    answer = HttpResponse(body, kind, headers=headers)
    return get_conditional_response(request, etag=etag, response=answer) or answer


@cache
def _gone() -> str:
    """The page for what is not there; the same every time."""
    return render_to_string("web/status/gone.html")
