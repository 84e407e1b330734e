"""Where `REQUIRE_TOTP` demands two-factor sign-in, people without it are led to set it up before anything else."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse

from virtadmin.accounts.models import User
from virtadmin.accounts.two_factor import two_factor_missing

ANSWERING_THEMSELVES = ("/api/", "/metrics", "/webhooks/")
"""What programs call: the API refuses such a session by itself, in its own words."""
OPEN = ("web:account_two_factor", "web:logout", "web:theme")


class TwoFactorFirst:
    """After the authentication middleware."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self._refusal(request) or self.get_response(request)

    def _refusal(self, request: HttpRequest) -> HttpResponse | None:
        open_to_all = (*ANSWERING_THEMSELVES, *settings.PUBLIC_PATHS, f"/{settings.STATIC_URL}")
        if not settings.REQUIRE_TOTP or request.path.startswith(open_to_all):
            return None
        user, open_paths = request.user, [reverse(name) for name in OPEN]
        if request.path in open_paths or not isinstance(user, User) or not two_factor_missing(user):
            return None
        if request.path == reverse("web:live"):
            return HttpResponse(status=204)  # tells a browser not to come again
        if request.headers.get("HX-Request") == "true":
            return HttpResponse(headers={"HX-Redirect": open_paths[0]})
        return redirect(open_paths[0])
