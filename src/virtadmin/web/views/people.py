"""People: who has an account here, inviting, changing and switching off."""

from collections.abc import Callable
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_POST

from virtadmin.accounts.models import User
from virtadmin.accounts.password_links import VALID, password_link_create, password_link_send
from virtadmin.accounts.rights import rules_accounts
from virtadmin.accounts.roles import Role
from virtadmin.accounts.services import user_create, user_update
from virtadmin.accounts.two_factor import two_factor_on, two_factor_reset
from virtadmin.core.errors import VirtadminError
from virtadmin.web.access import SignedInRequest, cleaned, require, signed_in, told_on
from virtadmin.web.answers import go_to, page
from virtadmin.web.forms.people import Invitation, Person

PAGE_SIZE = 100
FRAGMENTS = {"people": "web/people/list.html"}


@signed_in
def people(request: SignedInRequest) -> HttpResponse:
    """Everybody, narrowed by `q`, `role` and `off`."""
    require(request.user, "accounts.view_user")
    words, role = request.GET.get("q", "")[:100], request.GET.get("role", "")
    context = {
        "page": Paginator(_asked(words, role), PAGE_SIZE).get_page(request.GET.get("page")),
        "words": words,
        "role": role,
        "roles": [(value, str(label).partition(":")[0]) for value, label in Role.choices],
        "rules": rules_accounts(request.user),
    }
    return page(request, "web/people/page.html", context, fragments=FRAGMENTS)


@signed_in
def invite(request: SignedInRequest) -> HttpResponse:
    """Make an account, and the link by which its person sets the password: it is shown in this answer alone."""
    require(request.user, "accounts.add_user")
    form = Invitation(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with told_on(form):
            made = user_create(actor=request.user, **cleaned(form))
            return _link_page(request, made, invited=True)
    return page(request, "web/people/invite.html", {"form": form}, status=422 if form.errors else 200)


@signed_in
def person(request: SignedInRequest, uuid: UUID) -> HttpResponse:
    """One account: role, groups, whether they may sign in."""
    require(request.user, "accounts.view_user")
    shown = _found(uuid)
    form = Person.of(shown, request.POST or None)
    if request.method == "POST" and form.is_valid():
        with told_on(form):
            user_update(user=shown, actor=request.user, **cleaned(form))
            messages.success(request, f"{shown.get_username()} is changed.")
            return go_to(request, reverse("web:people"))
    context = {
        "person": shown,
        "form": form,
        "two_factor": two_factor_on(shown),
        "rules": rules_accounts(request.user),
        "has_password": shown.has_usable_password(),
    }
    return page(request, "web/people/person.html", context, status=422 if form.errors else 200)


@require_POST
@signed_in
def person_link(request: SignedInRequest, uuid: UUID) -> HttpResponse:
    """A new link to set the password by."""
    shown = _found_to_change(request, uuid)
    try:
        return _link_page(request, shown, invited=False)
    except VirtadminError as refusal:
        messages.error(request, refusal.message)
        return go_to(request, reverse("web:person", args=[uuid]))


@require_POST
@signed_in
def person_reset(request: SignedInRequest, uuid: UUID) -> HttpResponse:
    """Switch somebody's two-factor sign-in off."""
    shown = _found_to_change(request, uuid)
    return _done(
        request,
        lambda: two_factor_reset(user=shown, actor=request.user),
        f"Two-factor sign-in of {shown.get_username()} is off. Their password alone signs them in now.",
        reverse("web:person", args=[uuid]),
    )


def _link_page(request: SignedInRequest, shown: User, *, invited: bool) -> HttpResponse:
    token = password_link_create(user=shown, actor=request.user)
    base = settings.PUBLIC_URL or request.build_absolute_uri("/").rstrip("/")
    address = f"{base}{reverse('web:set_password', args=[token])}"
    context = {
        "person": shown,
        "address": address,
        "invited": invited,
        "sent": password_link_send(user=shown, address=address),
        "hours": int(VALID.total_seconds() // 3600),
        "emails": bool(settings.EMAIL_URL),
    }
    return page(request, "web/people/link.html", context)


def _asked(words: str, role: str) -> QuerySet[User]:
    rows = User.objects.order_by("-is_active", "username").prefetch_related("groups").select_related("authenticator")
    if role in Role.values:
        rows = rows.filter(role=role)
    for word in words.split():
        by_name = Q(username__icontains=word) | Q(first_name__icontains=word) | Q(last_name__icontains=word)
        rows = rows.filter(by_name | Q(email__icontains=word) | Q(groups__name__icontains=word))
    return rows.distinct()


def _found(uuid: UUID) -> User:
    shown = User.objects.filter(uuid=uuid).first()
    if shown is None:
        raise Http404
    return shown


def _found_to_change(request: SignedInRequest, uuid: UUID) -> User:
    require(request.user, "accounts.change_user")
    return _found(uuid)


def _done(request: SignedInRequest, deed: Callable[[], object], said: str, address: str) -> HttpResponse:
    """Do it, say so or what was refused, and go on."""
    try:
        deed()
        messages.success(request, said)
    except VirtadminError as refusal:
        messages.error(request, refusal.message)
    return go_to(request, address)
