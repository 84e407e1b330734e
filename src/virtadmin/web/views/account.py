"""One's own account: who one is, the password, where one is signed in, and linked chats."""

from typing import Any

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from virtadmin.accounts.browsers import browser_name
from virtadmin.accounts.guessing import guesses_counted
from virtadmin.accounts.models import Session, User, session_public_id
from virtadmin.accounts.services import user_change_password, user_update
from virtadmin.accounts.sessions import session_end, sessions_end, sessions_of
from virtadmin.accounts.tokens import tokens_of
from virtadmin.accounts.two_factor import recovery_codes_left, two_factor_demanded, two_factor_on
from virtadmin.notifications.models import BotUserLink
from virtadmin.web.access import SignedInRequest, cleaned, signed_in, told_on
from virtadmin.web.answers import go_to, page
from virtadmin.web.forms.account import ChangePassword, Profile


@sensitive_post_parameters("old_password", "new_password")
@signed_in
def account(request: SignedInRequest) -> HttpResponse:
    """All of it. Of the two forms, `deed` says which one was sent."""
    deed = request.POST.get("deed", "")
    profile = Profile.of(request.user, request.POST if deed == "profile" else None)
    password = ChangePassword(request.POST if deed == "password" else None)
    if profile.is_bound and profile.is_valid():
        with told_on(profile):
            user_update(user=request.user, actor=request.user, **cleaned(profile))
            messages.success(request, "Your details are saved.")
            return go_to(request, reverse("web:account"))
    if password.is_bound and password.is_valid():
        with told_on(password), guesses_counted(request, request.user):
            _change_password(request, password)
            return go_to(request, reverse("web:account"))
    wrong = bool(profile.errors or password.errors)
    context = {"profile": profile, "password": password, **_state(request)}
    return page(request, "web/account/page.html", context, status=422 if wrong else 200)


@require_POST
@signed_in
def end_session(request: SignedInRequest) -> HttpResponse:
    """End one of one's sessions (`session`), or all but this one."""
    if "session" in request.POST:
        if not session_end(user=request.user, public_id=request.POST["session"]):
            raise Http404
        messages.success(request, "That session is over: whoever used it is signed out.")
    else:
        count = sessions_end(user=request.user, keep=request.session.session_key)
        messages.success(request, f"{count} other session{'' if count == 1 else 's'} ended.")
    return go_to(request, f"{reverse('web:account')}#sessions")


def _change_password(request: SignedInRequest, form: ChangePassword) -> None:
    user_change_password(user=request.user, keep_session=request.session.session_key, **cleaned(form))
    update_session_auth_hash(request, request.user)
    messages.success(request, "The new password holds. You are signed out everywhere else, and your tokens ended.")


def _state(request: SignedInRequest) -> dict[str, Any]:
    """What the page shows besides its forms."""
    user, here = request.user, session_public_id(request.session.session_key or "")
    return {
        "sessions": [_session(row, here) for row in sessions_of(user)],
        "two_factor": two_factor_on(user),
        "demanded": two_factor_demanded(user),
        "codes_left": recovery_codes_left(user),
        "token_count": tokens_of(user).count(),
        "chats": _chats(user),
    }


def _session(row: Session, here: str) -> dict[str, Any]:
    return {"row": row, "browser": browser_name(row.agent), "here": row.public_id == here}


def _chats(user: User) -> list[BotUserLink]:
    return list(BotUserLink.objects.filter(user=user).select_related("channel").order_by("platform", "title"))
