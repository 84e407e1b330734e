"""Silences, maintenance windows, recipients and limits by tag: a page each, drawn from one registry."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpResponse, QueryDict
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from virtadmin.accounts.models import User
from virtadmin.alerting.models import MaintenanceWindow, Silence, ThresholdTemplate
from virtadmin.alerting.rules import maintenance, recipients, silences, threshold_templates
from virtadmin.alerting.rules.recurrence import upcoming
from virtadmin.web.access import SignedInRequest, found, require, signed_in, told_on
from virtadmin.web.answers import go_to, page
from virtadmin.web.forms.rules import (
    DAYS,
    MaintenanceForm,
    RecipientsForm,
    RuleForm,
    SilenceForm,
    TemplateForm,
    limits_said,
)

PAGE_SIZE = 100
SHOWN = 3
"""Times a maintenance window comes that are shown."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of rule: how it is called, which rows a person sees, and the services that make, change and end it."""

    name: str
    title: str
    intro: str
    add: str
    end: str
    permission: str
    rows: Callable[[User], QuerySet[Any]]
    form: type[RuleForm]
    make: Callable[..., object]
    change: Callable[..., object]
    remove: Callable[..., object]
    shown: Callable[[Any], dict[str, Any]] = lambda row: {}
    """What the list shows of a row, besides the row."""
    lost: str = ""
    """What is lost when it is taken away, to be confirmed; empty: nothing that is not soon made again."""

    @property
    def address(self) -> str:
        """The name of the list's address."""
        return f"web:{self.name}"


def _silence(row: Silence) -> dict[str, Any]:
    return {"runs": row.runs(timezone.now())}


def _window(row: MaintenanceWindow) -> dict[str, Any]:
    coming = upcoming(row.recurrence, timezone.now(), SHOWN) if row.enabled else []
    return {"coming": coming, "days": [DAYS[name] for name in row.weekdays], "zone": row.recurrence.zone}


def _template(row: ThresholdTemplate) -> dict[str, Any]:
    return {"said": limits_said(row)}


KINDS = {
    kind.name: kind
    for kind in (
        Kind(
            "silences", "Silences",
            "While a silence lasts, nobody is told. All is still watched, and what is open at its end is told then.",
            "Silence", "End it", "silence",
            silences.silences_visible, SilenceForm, silences.silence_create,
            lambda row, **given: silences.silence_update(silence=row, **given),
            lambda row, **given: silences.silence_end(silence=row, **given), _silence,
        ),
        Kind(
            "maintenance", "Maintenance windows",
            "Times that come again at which nobody is told, such as the night of the updates. All is still watched, "
            "and what is open at the end is told then.",
            "Add a window", "Delete it", "maintenancewindow",
            maintenance.maintenance_visible, MaintenanceForm, maintenance.maintenance_create,
            lambda row, **given: maintenance.maintenance_update(window=row, **given),
            lambda row, **given: maintenance.maintenance_delete(window=row, **given), _window,
            "What it holds is told again, also what it would have held the next times.",
        ),
        Kind(
            "recipients", "Who is told",
            "Everybody who may see a server or website is told of it, unless it is said here who is. What is said for "
            "one itself comes before what is said for its tags.",
            "Say who is told", "Delete it", "recipients",
            recipients.recipients_visible, RecipientsForm, recipients.recipients_create,
            recipients.recipients_update, recipients.recipients_delete,
            lost="Everybody who may see it is told of it again.",
        ),
        Kind(
            "templates", "Limits by tag",
            "Servers with the tag get these limits, new ones too. What is set on a server's own page stays as it is.",
            "Add limits", "Delete it", "thresholdtemplate",
            threshold_templates.threshold_templates_visible, TemplateForm,
            threshold_templates.threshold_template_create,
            lambda row, **given: threshold_templates.threshold_template_update(template=row, **given),
            lambda row, **given: threshold_templates.threshold_template_delete(template=row, **given), _template,
            "Servers with the tag go back to the limits of other templates, or to the defaults.",
        ),
    )
}  # fmt: skip


@signed_in
def listing(request: SignedInRequest, name: str) -> HttpResponse:
    """The rows a person may see, and the form for another."""
    kind = _kind(name)
    form = kind.form(request.user, data=_sent(request))
    if request.method == "POST":
        require(request.user, f"alerting.add_{kind.permission}")
        if form.is_valid():
            with told_on(form):
                kind.make(actor=request.user, **form.values())
                messages.success(request, "Done.")
                return go_to(request, reverse(kind.address))
    shown = Paginator(kind.rows(request.user), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {"kind": kind, "page": shown, "rows": [(row, kind.shown(row)) for row in shown], "form": form}
    context |= {"list": f"web/rules/{name}.html", "rights": _rights(request.user, kind)}
    return page(request, "web/rules/page.html", context, status=422 if form.errors else 200)


@signed_in
def change(request: SignedInRequest, name: str, pk: int) -> HttpResponse:
    """One of them, in a form."""
    kind = _kind(name)
    require(request.user, f"alerting.change_{kind.permission}")
    row = found(kind.rows(request.user), pk)
    form = kind.form(request.user, row, _sent(request))
    if request.method == "POST" and form.is_valid():
        with told_on(form):
            kind.change(row=row, actor=request.user, **form.values())
            return go_to(request, reverse(kind.address))
    context = {"kind": kind, "row": row, "form": form, "rights": _rights(request.user, kind)}
    return page(request, "web/rules/change.html", context, status=422 if form.errors else 200)


@require_POST
@signed_in
def remove(request: SignedInRequest, name: str, pk: int) -> HttpResponse:
    """End it, or take it away."""
    kind = _kind(name)
    require(request.user, f"alerting.delete_{kind.permission}")
    kind.remove(row=found(kind.rows(request.user), pk), actor=request.user)
    return go_to(request, reverse(kind.address))


def _sent(request: SignedInRequest) -> QueryDict | None:
    """What was sent, even if it is nothing: an empty form is judged too."""
    return request.POST if request.method == "POST" else None


def _kind(name: str) -> Kind:
    if name not in KINDS:
        raise Http404
    return KINDS[name]


def _rights(user: User, kind: Kind) -> dict[str, bool]:
    return {verb: user.has_perm(f"alerting.{verb}_{kind.permission}") for verb in ("add", "change", "delete")}
