"""Signing in and out, and light or dark."""

from datetime import timedelta
from typing import Any

from axes.helpers import get_cool_off
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_POST

from virtadmin.web import theme
from virtadmin.web.access import SignedInRequest, signed_in
from virtadmin.web.figures import duration


class SignIn(LoginView):
    """The sign-in page; the admin site uses it too."""

    template_name = "web/login.html"
    redirect_authenticated_user = True

    def get_form(self, form_class: Any = None) -> AuthenticationForm:
        form = super().get_form(form_class)
        form.label_suffix = ""
        form.error_messages["invalid_login"] = "This name and password do not go together."
        return form


@require_POST
@signed_in
def choose_theme(request: SignedInRequest) -> HttpResponse:
    """Light, dark or as the system wishes, in this browser; leads back to where it was chosen."""
    response = HttpResponseRedirect(theme.way_back(request))
    theme.keep(response, request.POST.get("theme", ""), secure=request.is_secure())
    return response


def locked_out(
    request: HttpRequest, original: HttpResponse | None = None, _credentials: dict[str, Any] | None = None
) -> HttpResponse:
    """What somebody sees who failed too often: that it is locked, for how long, and who can help.

    `AXES_LOCKOUT_CALLABLE`. The API answers for itself.
    """
    if original is not None and request.path.startswith("/api/"):
        return original
    wait: timedelta = get_cool_off(request)
    response = render(request, "web/locked_out.html", {"wait": duration(wait.total_seconds())}, status=429)
    response["Retry-After"] = str(int(wait.total_seconds()))
    return response
