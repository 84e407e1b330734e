"""Errors as RFC 9457 problem details: `application/problem+json` with type, title, status, detail and errors.

`errors` names what is wrong field by field ({"field", "message"}); the path of a nested value is joined by dots and the
field is empty when the whole body is meant.
"""

from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

from django.http import JsonResponse
from redis import RedisError
from rest_framework.exceptions import PermissionDenied, Throttled, ValidationError
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response
from rest_framework.settings import api_settings
from rest_framework.views import exception_handler

from virtadmin.api.errors import ServerFailed, StateForbids, StoreAway
from virtadmin.core.errors import Conflict, InvalidInput, NotAllowed, TooOften
from virtadmin.metrics.errors import HistoryAway
from virtadmin.ssh.stages import ConnectionFailure

VALKEY_AWAY = "The hub's Valkey is away, and this needs it. Try again in a moment."
MEDIA_TYPE = "application/problem+json"


def problem(code: int, detail: str, errors: list[dict[str, str]] | None = None) -> dict[str, Any]:
    """The members of a problem of HTTP status `code`. It has no page of its own, so its type is "about:blank"."""
    return {
        "type": "about:blank",
        "title": HTTPStatus(code).phrase,
        "status": code,
        "detail": detail,
        "errors": errors or [],
    }


def problem_response(code: int, detail: str) -> JsonResponse:
    """A problem told outside a resource, where the REST framework has no part."""
    return JsonResponse(problem(code, detail), status=code, content_type=MEDIA_TYPE)


def problem_details(error: Exception, context: dict[str, Any]) -> Response | None:
    """The REST framework's exception handler. None for the unforeseen, which `server_error` tells."""
    known = _translated(error)
    response = exception_handler(known, context)
    if response is None:
        return None
    # Some views answer in YAML or HTML; their problems are JSON all the same.
    context["request"].accepted_renderer, context["request"].accepted_media_type = JSONRenderer(), "application/json"
    named = isinstance(known, ValidationError)
    errors = [{"field": field, "message": text} for field, text in _flat(response.data)] if named else []
    detail = _summary(errors) if errors else str(response.data["detail"])
    response.data = problem(response.status_code, detail, errors)
    response.content_type = MEDIA_TYPE
    return response


def _translated(error: Exception) -> Exception:
    """The REST framework's word for one of our own errors; others as they are."""
    match error:
        case InvalidInput():
            return ValidationError({error.field: [error.message]})
        case NotAllowed():
            return PermissionDenied(error.message)
        case Conflict():
            return StateForbids(error.message)
        case TooOften():
            return Throttled(wait=error.wait)
        case RedisError():
            return StoreAway(VALKEY_AWAY)
        case HistoryAway():
            return StoreAway(error.message)
        case ConnectionFailure():
            return ServerFailed(f"{error} {error.hint}".strip())
    return error


def _flat(detail: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Every message of the REST framework's nested lists and dicts with the dotted path of its field."""
    if isinstance(detail, dict):
        for name, part in detail.items():
            whole = name == api_settings.NON_FIELD_ERRORS_KEY
            yield from _flat(part, path if whole else f"{path}.{name}".lstrip("."))
    elif isinstance(detail, list):
        for place, part in enumerate(detail):
            yield from _flat(part, f"{path}.{place}" if isinstance(part, dict) else path)
    else:
        yield path, str(detail)


def _summary(errors: list[dict[str, str]]) -> str:
    """One sentence over the errors: the first one in full, and how many more there are."""
    first = f"{errors[0]['field']}: {errors[0]['message']}" if errors[0]["field"] else errors[0]["message"]
    return first if len(errors) == 1 else f"{first} (and {len(errors) - 1} more)"
