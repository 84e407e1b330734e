"""Tokens of programs: listed, made, revoked."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST
from knox.models import AuthToken

from virtadmin.accounts.guessing import guesses_counted
from virtadmin.accounts.services import own_token_create
from virtadmin.accounts.tokens import token_public_id, token_revoke, tokens_of
from virtadmin.web.access import SignedInRequest, cleaned, signed_in, told_on
from virtadmin.web.answers import go_to, page
from virtadmin.web.forms.account import NewToken


@sensitive_post_parameters("password")
@signed_in
def tokens(request: SignedInRequest) -> HttpResponse:
    """The person's tokens, and a form that makes one. It is shown in the answer to that form alone."""
    form, made = NewToken(request.POST or None), ""
    if request.method == "POST" and form.is_valid():
        with told_on(form), guesses_counted(request, request.user):
            made, _ = own_token_create(user=request.user, **cleaned(form))
            form = NewToken()
    context = {
        "rows": [_row(token) for token in tokens_of(request.user)],
        "form": form,
        "made": made,
        "days": settings.REST_KNOX["TOKEN_TTL"].days,
        "address": request.build_absolute_uri(reverse("api:me")),
    }
    return page(request, "web/account/tokens.html", context, status=422 if form.errors else 200)


@require_POST
@signed_in
def revoke_token(request: SignedInRequest, token: str) -> HttpResponse:
    """End one of the person's tokens."""
    if not token_revoke(user=request.user, public_id=token):
        raise Http404
    messages.success(request, "The token is revoked: what used it is refused from now on.")
    return go_to(request, reverse("web:tokens"))


def _row(token: AuthToken) -> dict[str, Any]:
    note = getattr(token, "note", None)
    return {"id": token_public_id(token), "token": token, "name": note.name if note else "", "note": note}
