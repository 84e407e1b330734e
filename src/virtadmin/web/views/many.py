"""Adding many servers: the list, what was read from it and what its hosts show, then what becomes of each."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.urls import reverse

from virtadmin.core.errors import InvalidInput, VirtadminError
from virtadmin.servers.import_registry import FORMATS
from virtadmin.servers.models import ServerImport
from virtadmin.servers.selectors import addresses_watched, import_rows, imports_visible
from virtadmin.servers.services import import_change, import_create, import_look_again, import_start
from virtadmin.web import many
from virtadmin.web.access import SignedInRequest, cleaned, found, require, signed_in, told_on
from virtadmin.web.answers import go_to, page
from virtadmin.web.forms.many import AddMany, StartMany

PREVIEW_FRAGMENTS = {"looking": "web/many/looking.html"}
PROGRESS_FRAGMENTS = {"many": "web/many/progress.html"}


@signed_in
def add_many(request: SignedInRequest) -> HttpResponse:
    """The list to be pasted. What is wrong with it is told above it, and it stays as it was typed."""
    require(request.user, "servers.add_initialserverprofile")
    form = AddMany(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        with told_on(form):
            batch = import_create(actor=request.user, **cleaned(form))
            return go_to(request, reverse("web:import", args=[batch.pk]))
    context = {"form": form, "formats": FORMATS}
    return page(request, "web/many/list.html", context, status=422 if form.errors else 200)


@signed_in
def import_(request: SignedInRequest, pk: int) -> HttpResponse:
    """Before it is started the rows to choose from, afterwards what becomes of them."""
    require(request.user, "servers.add_initialserverprofile")
    batch = found(imports_visible(request.user), pk)
    if request.method == "POST":
        return SUBMITTED.get(request.POST.get("step", ""), _start)(request, batch)
    form = StartMany(initial={"username": batch.username})
    return _progress(request, batch, form) if batch.started else _preview(request, batch, form)


def _start(request: SignedInRequest, batch: ServerImport) -> HttpResponse:
    """Keep what was typed of the rows, then begin. A login that is wrong loses none of it."""
    form = StartMany(request.POST)
    try:
        _change(request, batch)
    except InvalidInput as refusal:
        return _preview(request, batch, form, many.Typed(request.POST, refusal.field, refusal.message))
    if form.is_valid():
        with told_on(form):
            import_start(batch=batch, actor=request.user, **cleaned(form))
            return go_to(request, reverse("web:import", args=[batch.pk]))
    return _preview(request, batch, form)


def _retry(request: SignedInRequest, batch: ServerImport) -> HttpResponse:
    """The failed ones again, with another login."""
    form = StartMany(request.POST)
    if form.is_valid():
        with told_on(form):
            import_start(batch=batch, actor=request.user, **cleaned(form))
            return go_to(request, reverse("web:import", args=[batch.pk]))
    return _progress(request, batch, form)


def _look(request: SignedInRequest, batch: ServerImport) -> HttpResponse:
    """Ask the silent hosts once more; what was typed of the rows is kept."""
    try:
        _change(request, batch)
        import_look_again(batch=batch, actor=request.user)
    except VirtadminError as refusal:
        messages.error(request, refusal.message)
    return go_to(request, reverse("web:import", args=[batch.pk]))


SUBMITTED: dict[str, Callable[[SignedInRequest, ServerImport], HttpResponse]] = {"retry": _retry, "look": _look}


def _change(request: SignedInRequest, batch: ServerImport) -> None:
    rows = many.typed_rows(batch.rows.all(), request.POST)
    import_change(batch=batch, actor=request.user, rows=rows)


def _preview(
    request: SignedInRequest, batch: ServerImport, form: StartMany, typed: many.Typed | None = None
) -> HttpResponse:
    rows = list(import_rows(batch))
    context: dict[str, Any] = {
        "batch": batch,
        "format": FORMATS[batch.format].label if batch.format in FORMATS else batch.format,
        "form": form,
        "lines": many.lines(rows, addresses_watched(batch.owner), typed),
        "looking": many.looking(rows),
        "wrong": typed.why if typed else "",
    }
    status = 422 if form.errors or typed else 200
    return page(request, "web/many/preview.html", context, fragments=PREVIEW_FRAGMENTS, status=status)


def _progress(request: SignedInRequest, batch: ServerImport, form: StartMany) -> HttpResponse:
    rows = list(import_rows(batch))
    context = {"batch": batch, "form": form, "ends": many.ends(rows), "looking": many.looking(rows)}
    status = 422 if form.errors else 200
    return page(request, "web/many/page.html", context, fragments=PROGRESS_FRAGMENTS, status=status)
