"""The address a request really came from, behind as many reverse proxies as `TRUSTED_PROXIES` says."""

from django.conf import settings
from django.http import HttpRequest


def client_address(request: HttpRequest) -> str:
    """The client's IP address: that of the connection, or the one the outermost trusted proxy saw."""
    direct = str(request.META.get("REMOTE_ADDR", ""))
    if not settings.TRUSTED_PROXIES:
        return direct
    seen = [part.strip() for part in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if part.strip()]
    return seen[-min(settings.TRUSTED_PROXIES, len(seen))] if seen else direct
