"""Making and changing status pages."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from virtadmin.statuspages.models import StatusPage
from virtadmin.statuspages.selectors import status_pages_visible
from virtadmin.statuspages.services import status_page_create, status_page_delete, status_page_update
from virtadmin.web.access import SignedInRequest, found, require, signed_in, told_on
from virtadmin.web.answers import go_to, page
from virtadmin.web.forms.status_page import StatusPageForm


@signed_in
def status_pages(request: SignedInRequest) -> HttpResponse:
    """Those this person made."""
    rows = [(row, _address(request, row)) for row in status_pages_visible(request.user)]
    return page(request, "web/status_pages/list.html", {"rows": rows})


@signed_in
def add_status_page(request: SignedInRequest) -> HttpResponse:
    """A new one."""
    require(request.user, "statuspages.add_statuspage")
    form = StatusPageForm(request.user, None, _sent(request))
    return _answer(request, form, None)


@signed_in
def status_page(request: SignedInRequest, pk: int) -> HttpResponse:
    """Change one, and see where it is."""
    row = found(status_pages_visible(request.user), pk)
    require(request.user, "statuspages.change_statuspage")
    return _answer(request, StatusPageForm(request.user, row, _sent(request)), row)


@signed_in
def remove_status_page(request: SignedInRequest, pk: int) -> HttpResponse:
    """Take one away, after a question."""
    row = found(status_pages_visible(request.user), pk)
    require(request.user, "statuspages.delete_statuspage")
    if request.method == "POST":
        status_page_delete(page=row, actor=request.user)
        messages.success(request, f"{row.title} is gone.")
        return go_to(request, reverse("web:status_pages"))
    return page(request, "web/status_pages/remove.html", {"row": row, "address": _address(request, row)})


def _answer(request: SignedInRequest, form: StatusPageForm, row: StatusPage | None) -> HttpResponse:
    """Save it and show it as it is then, or the form with what is wrong."""
    if form.is_bound and form.is_valid():
        with told_on(form):
            saved = _saved(request, form, row)
            messages.success(request, "Saved. The page itself shows it within ten seconds.")
            return go_to(request, reverse("web:status_page", args=[saved.pk]))
    context: dict[str, Any] = {"form": form, "row": row}
    if row is not None:
        address = _address(request, row)
        context |= {"address": address, "badge": f"{address}badge.svg", "json": f"{address}status.json"}
    return page(request, "web/status_pages/edit.html", context, status=422 if form.errors else 200)


def _saved(request: SignedInRequest, form: StatusPageForm, row: StatusPage | None) -> StatusPage:
    if row is None:
        return status_page_create(actor=request.user, **form.values())
    return status_page_update(page=row, actor=request.user, **form.values())


def _address(request: HttpRequest, row: StatusPage) -> str:
    return request.build_absolute_uri(reverse("web:status", args=[row.slug]))


def _sent(request: SignedInRequest) -> Any:
    return request.POST if request.method == "POST" else None
