"""Limits and incidents in the admin site; limits also on their server's page there."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.admin import TabularInline
from unfold.contrib.filters.admin import RelatedDropdownFilter
from unfold.forms import PaginationInlineFormSet

import virtadmin.alerting.admin_rules  # noqa: F401  # registers its pages: Django looks into this module alone
from virtadmin.alerting.limits import LIMITS
from virtadmin.alerting.models import Incident, Threshold
from virtadmin.alerting.selectors import incidents_visible, thresholds_visible
from virtadmin.alerting.services import incident_acknowledge, threshold_reset, threshold_update
from virtadmin.core.admin import ReadOnly, ThroughServices
from virtadmin.servers.admin import ServerAdmin

SET_BY_PEOPLE = [*LIMITS.names(), "window"]
FLAGS = [limit.flag for limit in LIMITS]


class LimitsFormSet(PaginationInlineFormSet):  # type: ignore[misc]
    """Saves by the service."""

    def save_existing(self, form: Any, obj: Threshold, commit: bool = True) -> Threshold:
        wanted = {name: form.cleaned_data[name] for name in form.changed_data}
        stored = Threshold.objects.get(pk=obj.pk)  # `obj` has taken on what was typed
        return threshold_update(threshold=stored, actor=None, **wanted)  # the request's person is logged already


class LimitsBeside(TabularInline):  # type: ignore[misc]
    """A server's limits, changed on its page."""

    model = Threshold
    formset = LimitsFormSet
    fields = SET_BY_PEOPLE
    can_delete = False
    verbose_name_plural = "limits"

    def has_add_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


ServerAdmin.inlines = [LimitsBeside, *ServerAdmin.inlines]


@admin.register(Threshold)
class ThresholdAdmin(ThroughServices):
    """Every server's limits. A server always has some, so they are neither added nor deleted, but reset."""

    list_display = ["server", *LIMITS.names(), "window"]
    list_filter = [*FLAGS]
    search_fields = ["server__name", "server__ip_address"]
    list_select_related = ["server"]
    fields = ["server", *SET_BY_PEOPLE, *FLAGS]
    readonly_fields = ["server", *FLAGS]
    actions = ["reset"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Threshold]:
        seen = thresholds_visible(request.user)  # type: ignore[arg-type]
        return super().get_queryset(request).filter(pk__in=seen.values("pk"))  # type: ignore[no-any-return]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Threshold | None = None) -> bool:
        return False

    def save_by_service(self, request: HttpRequest, obj: Threshold, form: Any, change: bool) -> None:
        wanted = {name: form.cleaned_data[name] for name in form.changed_data if name in SET_BY_PEOPLE}
        threshold_update(threshold=Threshold.objects.get(pk=obj.pk), actor=request.user, **wanted)  # type: ignore[arg-type]

    @admin.action(description="Put back the limits of templates and the defaults", permissions=["change"])
    def reset(self, request: HttpRequest, thresholds: QuerySet[Threshold]) -> None:
        """As many as are chosen."""
        for threshold in thresholds:
            threshold_reset(threshold=threshold, actor=request.user)  # type: ignore[arg-type]


@admin.register(Incident)
class IncidentAdmin(ReadOnly):
    """From a limit crossed, a server lost, or a website down, to its recovery."""

    list_display = [
        "server", "url", "kind", "level", "opened", "closed", "value", "peak", "place", "reason",
        "acknowledged_by", "ending",
    ]  # fmt: skip
    list_filter = [
        "kind",
        "level",
        ("closed", admin.EmptyFieldListFilter),
        ("server", RelatedDropdownFilter),
        ("url", RelatedDropdownFilter),
    ]
    actions = ["acknowledge"]
    search_fields = ["server__name", "server__ip_address", "url__name", "url__uri", "reason"]
    list_select_related = ["server", "url", "acknowledged_by"]
    date_hierarchy = None

    def get_queryset(self, request: HttpRequest) -> QuerySet[Incident]:
        seen = incidents_visible(request.user)  # type: ignore[arg-type]
        return super().get_queryset(request).filter(pk__in=seen.values("pk"))  # type: ignore[no-any-return]

    @admin.action(description="Acknowledge: nobody is reminded any more", permissions=["attend"])
    def acknowledge(self, request: HttpRequest, incidents: QuerySet[Incident]) -> None:
        """Those of the chosen that are open."""
        for incident in incidents.filter(open_key__isnull=False):
            incident_acknowledge(incident=incident, actor=request.user)  # type: ignore[arg-type]

    def has_attend_permission(self, request: HttpRequest) -> bool:
        """The page only shows, but people may say that they look after an incident."""
        return request.user.has_perm("alerting.change_incident")
