"""Errors that happen outside a resource: unknown routes, refused requests, failures nobody foresaw.

Under /api/ they are problem details as well; elsewhere Django's pages.
"""

import logging
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import is_valid_path, resolve
from django.views import defaults
from django.views.decorators.csrf import csrf_exempt
from redis import RedisError

from virtadmin.api.problems import VALKEY_AWAY, problem_response

logger = logging.getLogger(__name__)


@csrf_exempt
def unknown_route(request: HttpRequest, **_: str) -> HttpResponse:
    """No such route. When only the closing slash is missing, a redirect that keeps method and body (308)."""
    corrected = f"{request.path_info}/"
    if is_valid_path(corrected) and resolve(corrected).func is not unknown_route:
        return HttpResponsePermanentRedirect(request.get_full_path(force_append_slash=True), preserve_request=True)
    return problem_response(404, f"There is no {request.path}; /api/docs/ lists what there is.")


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """A request Django refused before any view (a wrong Host header, for example)."""
    detail = "The request is malformed or was sent to the wrong host name."
    return _answer(request, 400, detail, lambda: defaults.bad_request(request, exception))


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """What is not there, said outside a resource."""
    return _answer(request, 404, "There is nothing here.", lambda: defaults.page_not_found(request, exception))


def server_error(request: HttpRequest) -> HttpResponse:
    """A failure of the hub itself. The log has the details; the caller gets none of them."""
    detail = "The hub failed; its log says why."
    return _answer(request, 500, detail, lambda: defaults.server_error(request))


class ValkeyAway:
    """A middleware: what cannot be done without Valkey answers 503 while that is away, and says so."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self._get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Its answer to a view that met Valkey's absence; other failures are not its business."""
        if not isinstance(exception, RedisError):
            return None
        logger.warning("Valkey is away, which a request needed: %s", exception)
        response = _answer(request, 503, VALKEY_AWAY, lambda: render(request, "503.html", status=503))
        response["Retry-After"] = "10"
        return response


def _answer(request: HttpRequest, code: int, detail: str, page: Callable[[], HttpResponse]) -> HttpResponse:
    return problem_response(code, detail) if request.path.startswith("/api/") else page()
