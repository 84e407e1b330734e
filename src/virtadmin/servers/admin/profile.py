"""Enrolments in the admin site: adding one starts it, looking at one follows it."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.forms.widgets import Script
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import RelatedDropdownFilter
from unfold.widgets import UnfoldAdminPasswordWidget, UnfoldAdminTextareaWidget

from virtadmin.core.admin import ThroughServices
from virtadmin.servers.models import InitialServerProfile
from virtadmin.servers.selectors import profiles_visible
from virtadmin.servers.services import profile_create, profile_delete

ENTERED = [
    "ip_address",
    "port",
    "username",
    "password",
    "ssh_key",
    "ssh_key_passphrase",
    "name",
    "host_key_fingerprint",
]
SECRET = {"password", "ssh_key", "ssh_key_passphrase"}


class AddProfile(forms.ModelForm):  # type: ignore[type-arg]
    """A login, typed once."""

    class Meta:
        model = InitialServerProfile
        fields = ENTERED
        widgets = {
            "password": UnfoldAdminPasswordWidget(attrs={"autocomplete": "new-password"}),
            "ssh_key": UnfoldAdminTextareaWidget(attrs={"rows": 5, "autocomplete": "off", "spellcheck": "false"}),
            "ssh_key_passphrase": UnfoldAdminPasswordWidget(attrs={"autocomplete": "new-password"}),
        }


@admin.register(InitialServerProfile)
class InitialServerProfileAdmin(ThroughServices):
    """Enrolments, with their logs."""

    list_display = ["__str__", "action", "status", "step", "server", "owner", "created", "finished"]
    list_filter = ["status", "action", ("owner", RelatedDropdownFilter)]
    search_fields = ["ip_address", "name", "username"]
    list_select_related = ["server", "owner"]
    form = AddProfile

    class Media:
        js = [Script("web/admin_log.js", type="module")]

    def get_queryset(self, request: HttpRequest) -> QuerySet[InitialServerProfile]:
        seen = profiles_visible(request.user)  # type: ignore[arg-type]
        return super().get_queryset(request).filter(pk__in=seen.values("pk"))  # type: ignore[no-any-return]

    def get_fields(self, request: HttpRequest, obj: InitialServerProfile | None = None) -> list[str]:
        if obj is None:
            return ENTERED
        shown = [name for name in ENTERED if name not in SECRET]
        return ["progress", "run_log", "server", *shown, "action", "owner", "created", "finished"]

    def get_readonly_fields(self, request: HttpRequest, obj: InitialServerProfile | None = None) -> list[str]:
        return self.get_fields(request, obj) if obj else []

    def has_change_permission(self, request: HttpRequest, obj: InitialServerProfile | None = None) -> bool:
        """What was entered stays as it was; trying again is a new run."""
        return False

    def save_by_service(self, request: HttpRequest, obj: InitialServerProfile, form: Any, change: bool) -> None:
        made = profile_create(owner=request.user, **{name: form.cleaned_data[name] for name in ENTERED})  # type: ignore[arg-type]
        obj.__dict__.update(made.__dict__)

    def delete_model(self, request: HttpRequest, obj: InitialServerProfile) -> None:
        profile_delete(profile=obj)

    @admin.display(description="status")
    def progress(self, profile: InitialServerProfile) -> SafeString:
        return format_html(
            '<b id="run-status" data-over="{}">{}</b>, {}',
            int(profile.finished is not None), profile.get_status_display(), profile.get_step_display(),
        )  # fmt: skip

    @admin.display(description="log")
    def run_log(self, profile: InitialServerProfile) -> SafeString:
        stream = f"{reverse('web:live')}?profile={profile.pk}"
        return format_html('<pre id="run-log" data-stream="{}" tabindex="0">{}</pre>', stream, profile.log or "–")
