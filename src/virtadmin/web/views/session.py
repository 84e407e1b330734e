"""Signing in and out."""

from datetime import timedelta
from typing import Any

from axes.helpers import get_cool_off
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

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
