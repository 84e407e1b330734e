"""Taking a server away: cleanly with a login, or from here alone."""

from django.http import HttpResponse
from django.urls import reverse

from virtadmin.servers.models import Server
from virtadmin.servers.services import server_cleanup_line, server_delete, server_unenrol
from virtadmin.web.access import SignedInRequest, cleaned, require, signed_in, told_on
from virtadmin.web.answers import go_to, page
from virtadmin.web.forms.fields import LoginFields, Plain
from virtadmin.web.views.server import one


@signed_in
def remove(request: SignedInRequest, pk: int) -> HttpResponse:
    """The two ways. Un-enrolment is followed on its own page; deletion tells what stays on the server."""
    require(request.user, "servers.delete_server")
    server = one(request, pk)
    way = request.POST.get("way")
    form = LoginFields(request.POST if way == "unenrol" else None)
    refused = Plain({})
    if way == "delete":
        with told_on(refused):
            gone = {"name": server.name, "address": server.ip_address, **_on_host(server)}
            server_delete(server=server, actor=request.user)
            return page(request, "web/removal/done.html", gone)
    if way == "unenrol" and form.is_valid():
        with told_on(form):
            profile = server_unenrol(server=server, actor=request.user, **cleaned(form))
            return go_to(request, reverse("web:enrolment", args=[profile.pk]))
    context = {"server": server, "form": form, "refused": refused, **_on_host(server)}
    return page(request, "web/removal/page.html", context)


def _on_host(server: Server) -> dict[str, str]:
    """What lies on the server: where, whose, and the line that takes it away."""
    home = "/home/virtadmin" if server.has_root_install else f"~{server.username}/.virtadmin"
    who = "root" if server.has_root_install else server.username
    return {"home": home, "who": who, "line": server_cleanup_line(server)}
