"""Setting up two-factor sign-in, new recovery codes, and switching it off."""

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters

from virtadmin.accounts.guessing import guesses_counted
from virtadmin.accounts.models import Authenticator
from virtadmin.accounts.totp import enrolment_uri
from virtadmin.accounts.two_factor import (
    recovery_codes_left,
    recovery_codes_renew,
    two_factor_begin,
    two_factor_begun,
    two_factor_confirm,
    two_factor_demanded,
    two_factor_end,
    two_factor_missing,
    two_factor_on,
)
from virtadmin.web.access import SignedInRequest, cleaned, signed_in, told_on
from virtadmin.web.answers import go_to, page
from virtadmin.web.forms.session import Code, FirstCode, PasswordAndCode
from virtadmin.web.qr import qr_code

BEGUN_ANEW = "This was begun again since, here or elsewhere, so the key is a new one: scan it once more."


@sensitive_post_parameters()
@signed_in
def two_factor(request: SignedInRequest) -> HttpResponse:
    """Off: the key for the app, and a first code. On: new recovery codes, or off again."""
    return _manage(request) if two_factor_on(request.user) else _set_up(request)


def _set_up(request: SignedInRequest) -> HttpResponse:
    user = request.user
    form = FirstCode(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with told_on(form), guesses_counted(request, user):
            codes = two_factor_confirm(user=user, now=timezone.now(), **cleaned(form))
            return _codes(request, codes, first=True)
    row = two_factor_begun(user=user, mark=request.POST.get("begun", "")) or two_factor_begin(user=user)
    if form.is_bound and row.mark != request.POST.get("begun"):
        form.add_error(None, BEGUN_ANEW)
    uri = enrolment_uri(row.secret, user.get_username(), settings.HUB_NAME)
    context = {
        "form": form,
        "qr": qr_code(uri, "QR code for your authenticator app"),
        "key": _in_fours(row),
        "begun": row.mark,
        "uri": uri,
        "forced": two_factor_missing(user),
    }
    return page(request, "web/account/two_factor_set_up.html", context, status=422 if form.errors else 200)


def _manage(request: SignedInRequest) -> HttpResponse:
    user, deed = request.user, request.POST.get("deed", "")
    renew = Code(request.POST if deed == "renew" else None, auto_id="renew_%s")
    end = PasswordAndCode(request.POST if deed == "end" else None, auto_id="end_%s")
    renew.fields["code"].widget.attrs.pop("autofocus", None)
    if renew.is_bound and renew.is_valid():
        with told_on(renew), guesses_counted(request, user):
            return _codes(request, recovery_codes_renew(user=user, now=timezone.now(), **cleaned(renew)), first=False)
    if end.is_bound and end.is_valid():
        with told_on(end), guesses_counted(request, user):
            two_factor_end(user=user, now=timezone.now(), **cleaned(end))
            messages.success(request, "Two-factor sign-in is off. Your password alone signs you in now.")
            return go_to(request, reverse("web:account"))
    wrong = bool(renew.errors or end.errors)
    context = {"renew": renew, "end": end, "codes_left": recovery_codes_left(user)}
    context["demanded"] = two_factor_demanded(user)
    return page(request, "web/account/two_factor.html", context, status=422 if wrong else 200)


def _codes(request: SignedInRequest, codes: list[str], *, first: bool) -> HttpResponse:
    """The recovery codes, which only this one answer ever shows."""
    return page(request, "web/account/recovery_codes.html", {"codes": codes, "first": first})


def _in_fours(row: Authenticator) -> str:
    return " ".join(row.secret[place : place + 4] for place in range(0, len(row.secret), 4))
