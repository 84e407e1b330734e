"""Silences, maintenance windows, recipients and templates of limits in the admin site, by the same services."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.contrib.filters.admin import RelatedDropdownFilter

from virtadmin.alerting.models import MaintenanceWindow, Recipients, Silence, ThresholdTemplate
from virtadmin.alerting.rules import maintenance, recipients, silences, threshold_templates
from virtadmin.alerting.rules.inheritance import FIELDS
from virtadmin.alerting.rules.recurrence import WEEKDAYS
from virtadmin.core.admin import ThroughServices

FOR = [("server", RelatedDropdownFilter), ("url", RelatedDropdownFilter), ("tag", RelatedDropdownFilter)]


class MaintenanceForm(forms.ModelForm):  # type: ignore[type-arg]  # it takes none when it runs
    """With the days of the week to choose from."""

    weekdays = forms.MultipleChoiceField(
        choices=[(name, name.capitalize()) for name in WEEKDAYS], required=False, widget=forms.CheckboxSelectMultiple
    )

    class Meta:
        model = MaintenanceWindow
        fields = [
            "name",
            "server",
            "url",
            "tag",
            "weekdays",
            "month_day",
            "date",
            "start",
            "minutes",
            "zone",
            "enabled",
        ]


class RuleAdmin(ThroughServices):
    """What they share: seen as everywhere, made, changed and taken away by their services."""

    list_select_related = ["owner", "server", "url", "tag"]
    list_filter_submit = True
    readonly_fields = ["owner"]
    rows: Callable[..., QuerySet[Any]]
    make: Callable[..., Any]
    update: Callable[..., Any]
    remove: Callable[..., Any]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        seen = type(self).rows(request.user)
        return super().get_queryset(request).filter(pk__in=seen.order_by().values("pk"))  # type: ignore[no-any-return]

    def save_by_service(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        given = {name: form.cleaned_data[name] for name in form.changed_data}
        if "tag" in given:
            given["tag"] = given["tag"].name if given["tag"] else ""
        if change:
            type(self).update(self.model.objects.get(pk=obj.pk), actor=request.user, **given)
        else:
            made = type(self).make(actor=request.user, **given)
            obj.pk, obj.owner = made.pk, made.owner
            obj._state.adding = False  # noqa: SLF001  # it is in the database; Django documents the flag

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        type(self).remove(obj, actor=request.user)


@admin.register(Silence)
class SilenceAdmin(RuleAdmin):
    """Ended rather than deleted, so that it is known what held messages."""

    list_display = ["__str__", "owner", "starts", "ends", "reason"]
    list_filter = [*FOR]
    search_fields = ["server__name", "url__name", "url__uri", "tag__name", "reason"]
    autocomplete_fields = ["server", "url", "tag"]
    fields = ["server", "url", "tag", "kind", "starts", "ends", "reason", "owner"]
    actions = ["end"]
    rows = staticmethod(silences.silences_visible)
    make = staticmethod(silences.silence_create)
    update = staticmethod(lambda row, **given: silences.silence_update(silence=row, **given))

    def has_delete_permission(self, request: HttpRequest, obj: Silence | None = None) -> bool:
        return False

    @admin.action(description="End them now", permissions=["change"])
    def end(self, request: HttpRequest, chosen: QuerySet[Silence]) -> None:
        """As many as are chosen."""
        for silence in chosen:
            silences.silence_end(silence=silence, actor=request.user)  # type: ignore[arg-type]


@admin.register(MaintenanceWindow)
class MaintenanceAdmin(RuleAdmin):
    """When it is, and for what."""

    form = MaintenanceForm
    list_display = [
        "name",
        "owner",
        "server",
        "url",
        "tag",
        "days",
        "month_day",
        "date",
        "start",
        "minutes",
        "zone",
    ]
    list_filter = ["enabled", *FOR]
    search_fields = ["name", "server__name", "url__name", "url__uri", "tag__name"]
    autocomplete_fields = ["server", "url", "tag"]
    fields = [*MaintenanceForm.Meta.fields, "owner"]
    rows = staticmethod(maintenance.maintenance_visible)
    make = staticmethod(maintenance.maintenance_create)
    update = staticmethod(lambda row, **given: maintenance.maintenance_update(window=row, **given))
    remove = staticmethod(lambda row, **given: maintenance.maintenance_delete(window=row, **given))

    @admin.display(description="days of the week", empty_value="-")
    def days(self, row: MaintenanceWindow) -> str:
        return ", ".join(name.capitalize() for name in row.weekdays)


@admin.register(Recipients)
class RecipientsAdmin(RuleAdmin):
    """Who is told of what."""

    list_display = ["__str__", "owner", "people"]
    list_filter = [*FOR]
    search_fields = ["server__name", "url__name", "url__uri", "tag__name", "users__username"]
    autocomplete_fields = ["server", "url", "tag"]
    filter_horizontal = ["users"]
    fields = ["server", "url", "tag", "users", "owner"]
    rows = staticmethod(recipients.recipients_visible)
    make = staticmethod(recipients.recipients_create)
    update = staticmethod(lambda row, **given: recipients.recipients_update(row=row, **given))
    remove = staticmethod(lambda row, **given: recipients.recipients_delete(row=row, **given))

    @admin.display(description="who is told")
    def people(self, row: Recipients) -> str:
        return ", ".join(sorted(person.get_username() for person in row.users.all()))


@admin.register(ThresholdTemplate)
class ThresholdTemplateAdmin(RuleAdmin):
    """Limits for a tag."""

    list_display = ["name", "tag", "owner", "priority", *FIELDS]
    list_filter = [("tag", RelatedDropdownFilter)]
    list_select_related = ["owner", "tag"]
    search_fields = ["name", "tag__name"]
    autocomplete_fields = ["tag"]
    fields = ["name", "tag", "priority", *FIELDS, "owner"]
    rows = staticmethod(threshold_templates.threshold_templates_visible)
    make = staticmethod(threshold_templates.threshold_template_create)
    update = staticmethod(lambda row, **given: threshold_templates.threshold_template_update(template=row, **given))
    remove = staticmethod(lambda row, **given: threshold_templates.threshold_template_delete(template=row, **given))
