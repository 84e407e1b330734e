"""Who gets in to a page, and how a view turns a service's refusal into words beside the field."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.forms import BaseForm
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone

from virtadmin.accounts.models import User
from virtadmin.core.errors import InvalidInput, VirtadminError
from virtadmin.ssh.stages import ConnectionFailure, Stage

FIELD_OF = {Stage.DNS: "ip_address", Stage.REFUSED: "port"}
"""Beside which field a host that cannot be asked is told; else above all of them."""

Given = ParamSpec("Given")
Row = TypeVar("Row", bound=Model)
View = Callable[Concatenate[HttpRequest, Given], HttpResponse]


class SignedInRequest(HttpRequest):
    """A request whose user is known."""

    user: User


def signed_in(view: Callable[Concatenate[SignedInRequest, Given], HttpResponse]) -> View[Given]:
    """Let only signed-in people in, and show times in their zone.

    A fragment asked for after the session ended makes its page load again.
    """

    @wraps(view)
    def guarded(request: HttpRequest, *args: Given.args, **kwargs: Given.kwargs) -> HttpResponse:
        if request.user.is_authenticated:
            with timezone.override(request.user.zone):
                return view(request, *args, **kwargs)  # type: ignore[arg-type]  # the check above makes it one
        if request.headers.get("HX-Request") == "true":
            return HttpResponse(status=401, headers={"HX-Refresh": "true"})
        return redirect_to_login(request.get_full_path())

    return guarded  # type: ignore[return-value]  # wraps() hides that it is one


def require(user: User, permission: str) -> None:
    """Answer 403 to people whose role does not grant `app.action_model`."""
    if not user.has_perm(permission):
        raise PermissionDenied


def found(rows: QuerySet[Row], pk: int) -> Row:
    """The row of what this person may see; 404 for strangers, as if there were none."""
    row = rows.filter(pk=pk).first()
    if row is None:
        raise Http404
    return row


@contextmanager
def told_on(form: BaseForm) -> Iterator[None]:
    """Put what a service refuses onto the form: beside the field if it has it, else above all."""
    try:
        yield
    except InvalidInput as refusal:
        form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
    except ConnectionFailure as failure:
        field = FIELD_OF.get(failure.stage)
        form.add_error(field if field in form.fields else None, f"{failure.message} {failure.hint}".strip())
    except VirtadminError as refusal:
        form.add_error(None, refusal.message)


def cleaned(form: BaseForm) -> dict[str, Any]:
    """What a valid form holds, for the service that takes these names."""
    return dict(form.cleaned_data)
