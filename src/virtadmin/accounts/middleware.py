"""Notes which sessions are in use, so that people see where they are signed in."""

from collections.abc import Callable
from datetime import timedelta

from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone

from virtadmin.accounts.sessions import session_seen

SEEN_EVERY = timedelta(minutes=1)
"""How often it is noted: not with each request, which would be a write each."""


class SessionsSeen:
    """Once a minute at most, and only for sessions the request made use of anyway."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        now, seen = timezone.now(), getattr(request.session, "seen", None)
        if seen and now - seen >= SEEN_EVERY and request.session.session_key:
            session_seen(session_key=request.session.session_key, now=now)
        return response
