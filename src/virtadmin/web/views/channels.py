"""A person's channels: where messages go, which of them, and when."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_POST

from virtadmin.accounts.services import user_update
from virtadmin.core.errors import VirtadminError
from virtadmin.notifications.channel import ChannelError
from virtadmin.notifications.models import UserChannel
from virtadmin.notifications.registry import CHANNELS
from virtadmin.notifications.selectors import channels_visible
from virtadmin.notifications.services import (
    channel_create,
    channel_delete,
    channel_name,
    channel_test,
    channel_update,
)
from virtadmin.web.access import SignedInRequest, cleaned, found, signed_in, told_on
from virtadmin.web.answers import go_to, page
from virtadmin.web.channel_rows import kinds_to_add, rows_of
from virtadmin.web.forms.channels import ChannelForm, TimeZoneForm


@signed_in
def channels(request: SignedInRequest) -> HttpResponse:
    """All of them, what can be added, and the person's time zone, in which quiet hours count."""
    person = request.user
    form = TimeZoneForm(request.POST or None, initial={"time_zone": person.time_zone})
    if request.method == "POST" and form.is_valid():
        with told_on(form):
            user_update(user=person, actor=person, **cleaned(form))
            messages.success(request, "Quiet hours count in this time zone from now on.")
            return go_to(request, reverse("web:channels"))
    context = {"rows": rows_of(person), "kinds": kinds_to_add(person), "zone_form": form, "zone": person.zone}
    return page(request, "web/channels/page.html", context, status=422 if form.errors else 200)


@signed_in
def add_channel(request: SignedInRequest, kind: str) -> HttpResponse:
    """Fill in the form of a kind."""
    if kind not in CHANNELS or CHANNELS[kind].linked:
        raise Http404
    form = ChannelForm(request.user, CHANNELS[kind], data=request.POST or None)
    if request.method == "POST" and form.is_valid():
        with told_on(form):
            made = channel_create(actor=request.user, kind=kind, **form.values())
            messages.success(request, f"{channel_name(made)} is there. Send a test to see that it works.")
            return go_to(request, reverse("web:channels"))
    return _form_page(request, form, kind, None)


@signed_in
def channel(request: SignedInRequest, pk: int) -> HttpResponse:
    """Change one."""
    row = found(channels_visible(request.user), pk)
    if row.kind not in CHANNELS:
        raise Http404
    form = ChannelForm(request.user, CHANNELS[row.kind], row, request.POST or None)
    if request.method == "POST" and form.is_valid():
        with told_on(form):
            channel_update(channel=row, actor=request.user, **form.values())
            messages.success(request, f"{channel_name(row)} is changed.")
            return go_to(request, reverse("web:channels"))
    return _form_page(request, form, row.kind, row)


@require_POST
@signed_in
def test_channel(request: SignedInRequest, pk: int) -> HttpResponse:
    """Send a test message and show what the other side says."""
    row = found(channels_visible(request.user), pk)
    try:
        answer = channel_test(channel=row, actor=request.user)
        messages.success(request, f"Test of {channel_name(row)}: {answer}")
    except ChannelError as error:
        messages.error(request, f"The test of {channel_name(row)} failed. {error.message}")
    except VirtadminError as refusal:
        messages.error(request, refusal.message)
    return go_to(request, reverse("web:channels"))


@require_POST
@signed_in
def switch_channel(request: SignedInRequest, pk: int) -> HttpResponse:
    """On (`on` is given) or off."""
    row = found(channels_visible(request.user), pk)
    try:
        channel_update(channel=row, actor=request.user, enabled="on" in request.POST)
    except VirtadminError as refusal:
        messages.error(request, refusal.message)
    return go_to(request, f"{reverse('web:channels')}#channel-{pk}")


@require_POST
@signed_in
def delete_channel(request: SignedInRequest, pk: int) -> HttpResponse:
    """Delete it; a linked chat is unlinked so."""
    row = found(channels_visible(request.user), pk)
    name = channel_name(row)
    linked = row.kind in CHANNELS and CHANNELS[row.kind].linked
    channel_delete(channel=row, actor=request.user)
    messages.success(request, f"{name} is {'unlinked' if linked else 'deleted'}. Nothing is sent there any more.")
    return go_to(request, reverse("web:channels"))


def _form_page(request: SignedInRequest, form: ChannelForm, kind: str, row: UserChannel | None) -> HttpResponse:
    context = {"form": form, "kind": CHANNELS[kind], "channel": row, "zone": request.user.zone}
    context["unavailable"] = CHANNELS[kind].available(request.user)
    return page(request, "web/channels/form.html", context, status=422 if form.errors else 200)
