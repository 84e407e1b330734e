"""Gives each request an id, which is in every line of the log that is written for it and in the answer."""

import logging
from collections.abc import Callable
from time import perf_counter
from uuid import uuid4

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from virtadmin.accounts.address import client_address
from virtadmin.core.logs import id_taken, path_said, request_id

logger = logging.getLogger("virtadmin.access")
HEADER = "X-Request-ID"


class RequestIdMiddleware:
    """Takes the id from a trusted proxy, else makes one; with `ACCESS_LOG`, writes a line for each request."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.headers.get(HEADER, "") if settings.TRUSTED_PROXIES else ""
        mine = given if id_taken(given) else uuid4().hex
        request_id.set(mine)  # it stays: Django itself says after this that a page was not found
        began = perf_counter()
        response = self._get_response(request)
        response[HEADER] = mine
        if settings.ACCESS_LOG and not request.path.startswith(f"/{settings.STATIC_URL.strip('/')}/"):
            _write(request, response, perf_counter() - began)
        return response


def _write(request: HttpRequest, response: HttpResponseBase, seconds: float) -> None:
    """Never the query, a header or a body: any of them may hold a secret."""
    about = {
        "method": request.method,
        "path": path_said(request.path),
        "status": response.status_code,
        "milliseconds": round(seconds * 1000, 1),
        "address": client_address(request) or "",
    }
    words = "%(method)s %(path)s %(status)s %(milliseconds)s ms %(address)s"
    logger.info(words, about, extra=about)
