"""Signing in and out, and light or dark."""

from datetime import timedelta
from typing import Any

from axes.helpers import get_cool_off
from django.contrib import messages
from django.contrib.auth import authenticate, login
from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from virtadmin.accounts.models import User
from virtadmin.accounts.selectors import nobody_yet
from virtadmin.accounts.two_factor import recovery_codes_left, two_factor_on
from virtadmin.web import theme
from virtadmin.web.access import SignedInRequest, signed_in
from virtadmin.web.figures import duration
from virtadmin.web.forms.session import Code, NameAndPassword

WAITING = "_code_for"
"""Where the session says whose password was right, while the code is still to come."""
PATIENCE = timedelta(minutes=5)
"""How long the code may take to come."""


@method_decorator(sensitive_post_parameters(), name="dispatch")
class SignIn(LoginView):
    """The sign-in page; the admin site uses it too. It leads to the code where two-factor sign-in is on."""

    template_name = "web/login.html"
    authentication_form = NameAndPassword
    redirect_authenticated_user = True

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs, nobody_yet=nobody_yet())

    def form_valid(self, form: Any) -> HttpResponse:
        user: User = form.get_user()
        if not two_factor_on(user):
            return super().form_valid(form)
        self.request.session[WAITING] = {
            "user": user.pk,
            "proof": user.get_session_auth_hash(),
            "until": (timezone.now() + PATIENCE).timestamp(),
            "next": self.get_success_url(),
        }
        return HttpResponseRedirect(reverse("web:login_code"))


@sensitive_post_parameters()
@never_cache
def login_code(request: HttpRequest) -> HttpResponse:
    """The second half: a code of the app, or a recovery code. Wrong ones count as wrong passwords do."""
    known = _whose_code(request)
    if known is None:
        return redirect("web:login")
    form = Code(request.POST or None)
    if request.method == "POST" and form.is_valid():
        before = recovery_codes_left(known)
        user = authenticate(request, username=known.get_username(), otp=form.cleaned_data["code"], known=known)
        if isinstance(user, User):
            address = str(request.session.pop(WAITING)["next"])
            login(request, user)
            if (left := recovery_codes_left(user)) < before:
                messages.info(request, f"That was a recovery code, which is used up now. {left} are left.")
            return HttpResponseRedirect(address)
        form.add_error("code", "This code is not right, or was used already. Wait for the next one.")
    return render(request, "web/login_code.html", {"form": form}, status=422 if form.errors else 200)


def _whose_code(request: HttpRequest) -> User | None:
    """Whose password was given a moment ago in this session, and is still the same."""
    waiting = request.session.get(WAITING)
    if not waiting or waiting["until"] < timezone.now().timestamp():
        return None
    user = User.objects.filter(pk=waiting["user"], is_active=True).first()
    same = user is not None and constant_time_compare(user.get_session_auth_hash(), waiting["proof"])
    return user if same else None


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
