"""Groups: who is in them, and which servers and websites are shared with them."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.models import Group
from django.db.models import Count, Model, Q
from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_POST

from virtadmin.accounts.groups import group_create, group_delete, group_update
from virtadmin.accounts.models import User
from virtadmin.accounts.rights import rules_accounts
from virtadmin.core.errors import InvalidInput
from virtadmin.servers.models import Server
from virtadmin.servers.selectors import servers_visible
from virtadmin.servers.services import server_update
from virtadmin.web.access import SignedInRequest, cleaned, found, require, signed_in, told_on
from virtadmin.web.answers import go_to, page
from virtadmin.web.forms.people import GroupForm, Share
from virtadmin.websites.models import Url
from virtadmin.websites.selectors import urls_visible
from virtadmin.websites.services import url_update


@signed_in
def groups(request: SignedInRequest) -> HttpResponse:
    """All groups, and a form that makes one."""
    require(request.user, "auth.view_group")
    form = GroupForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with told_on(form):
            made = group_create(actor=request.user, **cleaned(form))
            messages.success(request, f"The group {made.name} is there. Share servers and websites with it now.")
            return go_to(request, reverse("web:people_group", args=[made.pk]))
    counts = {name: Count(name, distinct=True) for name in ("user", "servers", "urls")}
    rows = Group.objects.annotate(**{f"{name}_count": count for name, count in counts.items()}).order_by("name")
    context = {"rows": rows, "form": form, "rules": rules_accounts(request.user)}
    return page(request, "web/people/groups.html", context, status=422 if form.errors else 200)


@signed_in
def group(request: SignedInRequest, pk: int) -> HttpResponse:
    """One group. Of the forms, `deed` says which one was sent."""
    require(request.user, "auth.view_group")
    row, deed = found(Group.objects.all(), pk), request.POST.get("deed", "")
    form = GroupForm.of(row, request.POST if deed == "group" else None)
    share = Share(request.POST if deed == "share" else None)
    if form.is_bound and form.is_valid():
        with told_on(form):
            group_update(group=row, actor=request.user, **cleaned(form))
            return _said(request, row, f"The group {row.name} is changed.")
    if share.is_bound and share.is_valid():
        with told_on(share):
            what = _meant(request.user, share.cleaned_data["what"])
            _share(request.user, what, [*what.groups.all(), row])
            return _said(request, row, f"{what} is shared with {row.name}.")
    wrong = bool(form.errors or share.errors)
    context = {"group": row, "form": form, "share": share, "rules": rules_accounts(request.user), **_shared(row)}
    return page(request, "web/people/group.html", context, status=422 if wrong else 200)


@require_POST
@signed_in
def unshare(request: SignedInRequest, pk: int, kind: str, what: int) -> HttpResponse:
    """Stop sharing a server or website with the group."""
    require(request.user, "auth.change_group")
    row = found(Group.objects.all(), pk)
    shared: Server | Url = (
        found(servers_visible(request.user), what) if kind == "server" else found(urls_visible(request.user), what)
    )
    _share(request.user, shared, [other for other in shared.groups.all() if other != row])
    return _said(request, row, f"{shared} is not shared with {row.name} any more.")


@require_POST
@signed_in
def delete_group(request: SignedInRequest, pk: int) -> HttpResponse:
    """Delete the group; what was shared with it stays with its owners."""
    require(request.user, "auth.delete_group")
    row = found(Group.objects.all(), pk)
    group_delete(group=row, actor=request.user)
    messages.success(request, f"The group {row.name} is deleted. What was shared with it stays with its owners.")
    return go_to(request, reverse("web:people_groups"))


def _share(actor: User, what: Server | Url, with_groups: list[Group]) -> None:
    if isinstance(what, Server):
        server_update(server=what, actor=actor, groups=with_groups)
    else:
        url_update(url=what, actor=actor, groups=with_groups)


def _meant(user: User, word: str) -> Server | Url:
    """The server or website of this name or address. Raises InvalidInput when there is none, or more than one."""
    servers = servers_visible(user).filter(Q(name__iexact=word) | Q(ip_address__iexact=word))
    urls = urls_visible(user).filter(Q(name__iexact=word) | Q(uri__iexact=word))
    rows: list[Server | Url] = [*servers[:2], *urls[:2]]
    if len(rows) != 1:
        raise InvalidInput("what", "There are several of this name: use the address." if rows else "There is none.")
    return rows[0]


def _shared(row: Group) -> dict[str, Any]:
    def listed(model: type[Model], kind: str) -> list[tuple[str, Any]]:
        return [(kind, shared) for shared in model._default_manager.filter(groups=row).order_by("name")]  # noqa: SLF001  # public

    return {"shared": [*listed(Server, "server"), *listed(Url, "website")]}


def _said(request: SignedInRequest, row: Group, text: str) -> HttpResponse:
    messages.success(request, text)
    return go_to(request, reverse("web:people_group", args=[row.pk]))
