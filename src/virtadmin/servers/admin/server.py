"""Servers, tags and unknown systems in the admin site."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.timezone import localtime
from unfold.admin import ModelAdmin
from unfold.contrib.filters.admin import RelatedDropdownFilter

from virtadmin.core.admin import ReadOnly, ShownBeside, ThroughServices
from virtadmin.core.errors import VirtadminError
from virtadmin.servers.models import InitialServerProfile, Server, Tag, UnknownSystem
from virtadmin.servers.selectors import servers_visible, unknown_systems_visible
from virtadmin.servers.services import server_delete, server_update

SET_BY_PEOPLE = ("name", "enabled", "interval", "link_speed", "tags", "groups", "parent")
NEWEST = ("status", "why", "last_update", "uptime", "cpu", "memory", "disk", "network", "system")


class ProfilesBeside(ShownBeside):
    """The runs on a server."""

    model = InitialServerProfile
    verbose_name_plural = "enrolments"
    fields = ["action", "status", "step", "username", "owner", "created", "finished"]
    readonly_fields = fields
    show_change_link = True


def _percent(value: float | None, total: str = "") -> str:
    return "–" if value is None else f"{value:.1f} %{total}"


@admin.register(Server)
class ServerAdmin(ThroughServices):
    """What people set of a server can be changed; what is measured is shown."""

    list_display = ["name", "status", "ip_address", "owner", "cpu", "memory", "disk", "last_update", "interval"]
    list_filter = [
        "state__status",
        "enabled",
        ("tags", RelatedDropdownFilter),
        ("owner", RelatedDropdownFilter),
        ("groups", RelatedDropdownFilter),
    ]
    list_filter_submit = True
    search_fields = ["name", "ip_address", "tags__name"]
    list_select_related = ["state", "owner"]
    ordering = ["name"]
    autocomplete_fields = ["parent"]
    filter_horizontal = ["groups"]
    readonly_fields = [*NEWEST, "ip_address", "port", "username", "transport", "owner", "public_key", "created"]
    fieldsets = [
        (None, {"fields": [*SET_BY_PEOPLE]}),
        ("Newest metrics", {"fields": [*NEWEST], "classes": ["tab"]}),
        ("How it is reached", {"fields": [*readonly_fields[len(NEWEST) :]], "classes": ["tab"]}),
    ]
    inlines = [ProfilesBeside]
    actions = ["pause", "resume", "take_away"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Server]:
        seen = super().get_queryset(request).filter(pk__in=servers_visible(request.user).values("pk"))  # type: ignore[arg-type]
        return seen.prefetch_related("tags")  # type: ignore[no-any-return]

    def has_add_permission(self, request: HttpRequest) -> bool:
        """A server is added by an enrolment."""
        return False

    def save_by_service(self, request: HttpRequest, obj: Server, form: Any, change: bool) -> None:
        wanted = {name: form.cleaned_data[name] for name in form.changed_data if name in SET_BY_PEOPLE}
        if "tags" in wanted:
            wanted["tags"] = [tag.name for tag in wanted["tags"]]
        for name in ("groups",):
            if name in wanted:
                wanted[name] = list(wanted[name])
        server_update(server=Server.objects.get(pk=obj.pk), actor=request.user, **wanted)  # type: ignore[arg-type]

    def delete_model(self, request: HttpRequest, obj: Server) -> None:
        """Delete it, and say what stays on the host."""
        try:
            messages.info(request, server_delete(server=obj, actor=request.user))  # type: ignore[arg-type]
        except VirtadminError as refusal:
            messages.error(request, refusal.message)

    @admin.action(description="Pause", permissions=["change"])
    def pause(self, request: HttpRequest, servers: QuerySet[Server]) -> None:
        """Ask nothing and tell nobody until resumed."""
        self._enable(request, servers, enabled=False)

    @admin.action(description="Resume", permissions=["change"])
    def resume(self, request: HttpRequest, servers: QuerySet[Server]) -> None:
        """Go on asking."""
        self._enable(request, servers, enabled=True)

    def _enable(self, request: HttpRequest, servers: QuerySet[Server], *, enabled: bool) -> None:
        for server in servers:
            server_update(server=server, actor=request.user, enabled=enabled)  # type: ignore[arg-type]
        messages.success(request, f"{len(servers)} {'resumed' if enabled else 'paused'}.")

    @admin.action(description="Un-enrol with a login …", permissions=["delete"])
    def take_away(self, request: HttpRequest, servers: QuerySet[Server]) -> HttpResponse | None:
        """Lead on to the form that asks for the login: one server at a time, as each has its own."""
        if len(servers) == 1:
            return redirect(reverse("web:remove", args=[servers[0].pk]))
        messages.error(request, "Choose one server: each needs its own login.")
        return None

    @admin.display(ordering="state__status")
    def status(self, server: Server) -> str:
        return server.status

    @admin.display(description="why")
    def why(self, server: Server) -> str:
        return server.state.status_reason or "–"

    @admin.display(description="last update", ordering="state__last_update")
    def last_update(self, server: Server) -> str:
        time = server.state.last_update
        return f"{localtime(time):%Y-%m-%d %H:%M:%S}" if time else "–"

    @admin.display(description="uptime")
    def uptime(self, server: Server) -> str:
        seconds = server.state.uptime
        return (
            "–" if seconds is None else f"{seconds // 86400} d {seconds % 86400 // 3600} h {seconds % 3600 // 60} min"
        )

    @admin.display(description="CPU", ordering="state__cpu_usage")
    def cpu(self, server: Server) -> str:
        return _percent(server.state.cpu_usage)

    @admin.display(description="memory", ordering="state__ram_usage")
    def memory(self, server: Server) -> str:
        return _percent(server.state.ram_usage, f" of {server.state.ram_total or 0} MiB")

    @admin.display(description="disk", ordering="state__hdd_usage")
    def disk(self, server: Server) -> str:
        return _percent(server.state.hdd_usage, f" of {server.state.hdd_total or 0:.0f} GiB")

    @admin.display(description="network in, out")
    def network(self, server: Server) -> str:
        flows = (server.state.network_usage_in, server.state.network_usage_out)
        return ", ".join("–" if flow is None else f"{flow:.2f} Mb/s" for flow in flows)

    @admin.display(description="system")
    def system(self, server: Server) -> str:
        return ", ".join(
            str(server.state.facts[name]) for name in ("os", "kernel", "cpu") if server.state.facts.get(name)
        )


@admin.register(Tag)
class TagAdmin(ModelAdmin):  # type: ignore[misc]
    """The words servers are grouped by."""

    list_display = ["name"]
    search_fields = ["name"]


@admin.register(UnknownSystem)
class UnknownSystemAdmin(ReadOnly):
    """Systems the probe cannot run on."""

    list_display = ["ip_address", "port", "system", "owner", "seen"]
    list_filter = [("owner", RelatedDropdownFilter)]
    search_fields = ["ip_address", "system", "tried"]
    list_select_related = ["owner"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[UnknownSystem]:
        seen = unknown_systems_visible(request.user)  # type: ignore[arg-type]
        return super().get_queryset(request).filter(pk__in=seen.values("pk"))  # type: ignore[no-any-return]
