"""An enrolment: its steps and its log as they come, and what to do next."""

from django.contrib import messages
from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_POST

from virtadmin.core.errors import VirtadminError
from virtadmin.servers.selectors import profiles_visible, unknown_systems_visible, waits_for_script
from virtadmin.servers.services import profile_script, profile_verify
from virtadmin.web import progress
from virtadmin.web.access import SignedInRequest, found, require, signed_in
from virtadmin.web.answers import go_to, page
from virtadmin.web.views.add import again_address

FRAGMENTS = {"progress": "web/enrolment/progress.html"}


@signed_in
def enrolment(request: SignedInRequest, pk: int) -> HttpResponse:
    """The run, followed live."""
    profile = found(profiles_visible(request.user).select_related("server"), pk)
    context = {
        "profile": profile,
        "strides": progress.strides(profile),
        "outcome": progress.outcome(profile),
        "over": progress.over(profile),
        "waits": waits_for_script(profile),
        "failed_at": progress.LABELS[progress.Step(profile.step)],
        "again": again_address(profile),
        "unknown": lambda: (
            unknown_systems_visible(request.user)
            .filter(owner=profile.owner_id, ip_address=profile.ip_address, port=profile.port)
            .first()
        ),
        "script": lambda: profile_script(profile=profile),
    }
    return page(request, "web/enrolment/page.html", context, fragments=FRAGMENTS)


@require_POST
@signed_in
def verify(request: SignedInRequest, pk: int) -> HttpResponse:
    """The person has run the script: connect and see."""
    require(request.user, "servers.add_initialserverprofile")
    profile = found(profiles_visible(request.user), pk)
    try:
        profile_verify(profile=profile)
    except VirtadminError as refusal:
        messages.error(request, refusal.message)
    return go_to(request, reverse("web:enrolment", args=[pk]))
