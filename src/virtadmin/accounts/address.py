"""The address a request really came from, behind as many reverse proxies as `TRUSTED_PROXIES` says."""

import ipaddress
import re

from django.conf import settings
from django.http import HttpRequest

PORT = re.compile(r"^(?:\[([^\]]+)\]|([^:]+))(?::[0-9]{1,5})?$")
"""An address that may have a port behind it; of IPv6 only in brackets."""


def client_address(request: HttpRequest) -> str:
    """The client's IP address: that of the connection, or the one the outermost trusted proxy saw."""
    direct = str(request.META.get("REMOTE_ADDR", ""))
    if not settings.TRUSTED_PROXIES:
        return direct
    seen = [part.strip() for part in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if part.strip()]
    return (_address(seen[-min(settings.TRUSTED_PROXIES, len(seen))]) if seen else "") or direct


def _address(said: str) -> str:
    """The IP address a proxy wrote, some of them with the port; "" for what is none."""
    bare = PORT.sub(r"\1\2", said)
    try:
        return str(ipaddress.ip_address(bare.partition("%")[0]))
    except ValueError:
        return ""
