"""An enrolment: its steps and its log as they come, what to do next, and at its end what to call the server."""

from django.contrib import messages
from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_POST

from virtadmin.core.errors import VirtadminError
from virtadmin.servers.import_outcome import last_words
from virtadmin.servers.models import InitialServerProfile, Server, ServerState
from virtadmin.servers.selectors import profiles_visible, servers_visible, unknown_systems_visible, waits_for_script
from virtadmin.servers.services import profile_script, profile_verify, server_update
from virtadmin.web import progress
from virtadmin.web.access import SignedInRequest, cleaned, found, require, signed_in, told_on
from virtadmin.web.answers import go_to, page
from virtadmin.web.forms.add import FirstSettings
from virtadmin.web.views.add import again_address

FRAGMENTS = {
    "progress": "web/enrolment/progress.html",
    "first": "web/enrolment/first.html",
    "settings": "web/enrolment/settings.html",
}


@signed_in
def enrolment(request: SignedInRequest, pk: int) -> HttpResponse:
    """The run, followed live. When it has succeeded, posting here sets name, tags and interval of its server."""
    profile = found(profiles_visible(request.user).select_related("server"), pk)
    server = _made(request, profile)
    may_change = server is not None and request.user.has_perm("servers.change_server")
    form = FirstSettings.for_server(server, request.POST or None) if server and may_change else None
    if request.method == "POST" and form and server and form.is_valid():
        with told_on(form):
            server_update(server=server, actor=request.user, **cleaned(form))
            return go_to(request, reverse("web:server", args=[server.pk]))
    waits = waits_for_script(profile)
    context = {
        "profile": profile,
        "strides": progress.strides(profile) if progress.is_followed(profile, waits=waits) else [],
        "bar": progress.bar(profile) if progress.is_followed(profile, waits=waits) else None,
        "outcome": last_words(profile.log),
        "over": progress.over(profile),
        "removed": progress.removed(profile) if profile.action == progress.Action.UNENROL else [],
        "waits": waits,
        "failed_at": progress.LABELS[progress.Step(profile.step)],
        "again": again_address(profile),
        "unknown": lambda: (
            unknown_systems_visible(request.user)
            .filter(owner=profile.owner_id, ip_address=profile.ip_address, port=profile.port)
            .first()
        ),
        "script": lambda: profile_script(profile=profile),
        "first": ServerState.objects.filter(server=server).first() if server else None,
        "settings": form,
    }
    status = 422 if form and form.errors else 200
    return page(request, "web/enrolment/page.html", context, fragments=FRAGMENTS, status=status)


def _made(request: SignedInRequest, profile: InitialServerProfile) -> Server | None:
    """The server that this run has brought under watch, as far as this person may see it."""
    if (profile.action, profile.status) != (progress.Action.ENROL, progress.Status.SUCCEEDED):
        return None
    return servers_visible(request.user).prefetch_related("tags").filter(pk=profile.server_id or 0).first()


@require_POST
@signed_in
def verify(request: SignedInRequest, pk: int) -> HttpResponse:
    """The person has run the script: connect and see."""
    require(request.user, "servers.add_initialserverprofile")
    profile = found(profiles_visible(request.user), pk)
    try:
        profile_verify(profile=profile, actor=request.user)
    except VirtadminError as refusal:
        messages.error(request, refusal.message)
    return go_to(request, reverse("web:enrolment", args=[pk]))
