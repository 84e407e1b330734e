"""Choosing a password by a link, for somebody who is not signed in."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from virtadmin.accounts.password_links import OVER, password_link_follow, password_link_user
from virtadmin.web.access import told_on
from virtadmin.web.forms.session import NewPassword


@sensitive_post_parameters()
@never_cache
def set_password(request: HttpRequest, token: str) -> HttpResponse:
    """The form, and afterwards the sign-in page: following the link signs nobody in.

    The address is the secret, so browsers name it nowhere as where they came from, not even to this hub, before which a
    proxy may write that down. The origin alone they name: without it the form could not be sent.
    """
    response = _answer(request, token)
    response["Referrer-Policy"] = "strict-origin"
    return response


def _answer(request: HttpRequest, token: str) -> HttpResponse:
    now = timezone.now()
    person = password_link_user(token=token, now=now)
    if person is None:
        return render(request, "web/people/set_password.html", {"over": OVER}, status=404)
    form = NewPassword(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with told_on(form):
            password_link_follow(token=token, password=form.cleaned_data["new_password"], now=now)
            messages.success(request, f"Your password is set. Sign in as {person.get_username()}.")
            return redirect("web:login")
    context = {"form": form, "person": person}
    return render(request, "web/people/set_password.html", context, status=422 if form.errors else 200)
