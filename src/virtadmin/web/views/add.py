"""Adding a server: the form, with a login or without."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.urls import reverse

from virtadmin.servers.models import InitialServerProfile
from virtadmin.servers.services import profile_create
from virtadmin.web.access import SignedInRequest, cleaned, require, signed_in, told_on
from virtadmin.web.answers import go_to, page
from virtadmin.web.forms.add import AddServer

FRAGMENTS = {"add": "web/add/form.html"}
PREFILLED = ("ip_address", "port", "username", "name", "host_key_fingerprint")


@signed_in
def add(request: SignedInRequest) -> HttpResponse:
    """Show the form (filled from the address bar when tried again), or start the enrolment and show it."""
    require(request.user, "servers.add_initialserverprofile")
    form = AddServer(request.POST or None, initial=_initial(request))
    if request.method == "POST" and form.is_valid():
        with told_on(form):
            profile = profile_create(owner=request.user, by_hand="by_hand" in request.POST, **cleaned(form))
            return go_to(request, reverse("web:enrolment", args=[profile.pk]))
    return page(request, "web/add/page.html", {"form": form}, fragments=FRAGMENTS)


def _initial(request: SignedInRequest) -> dict[str, Any]:
    return {name: request.GET[name] for name in PREFILLED if request.GET.get(name)}


def again_address(profile: InitialServerProfile) -> str:
    """Where to try the same again: the form with everything but the secrets filled in."""
    return reverse("web:add") + "?" + urlencode({name: getattr(profile, name) for name in PREFILLED})
