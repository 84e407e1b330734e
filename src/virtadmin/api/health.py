"""/healthz and /readyz: for containers and load balancers, who come without a host name, a login or TLS.

So they are answered before anything else looks at the request.
"""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, JsonResponse

from virtadmin.operations.readiness import failing

GetResponse = Callable[[HttpRequest], HttpResponse]


def healthz() -> JsonResponse:
    """The process lives and answers. Asks nothing else: to start it anew mends no database."""
    return JsonResponse({"status": "alive"})


def readyz() -> JsonResponse:
    """The hub can be used; else 503 and the parts that fail, without details."""
    if failed := failing():
        return JsonResponse({"status": "not ready", "failed": failed}, status=503)
    return JsonResponse({"status": "ready"})


ANSWERS = {"/healthz": healthz, "/readyz": readyz}


class HealthMiddleware:
    """Answers both; hands on all else."""

    def __init__(self, get_response: GetResponse) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        answer = ANSWERS.get(request.path_info) if request.method in ("GET", "HEAD") else None
        if answer is None:
            return self._get_response(request)
        response = answer()
        response["Cache-Control"] = "no-store"
        return response
