"""Users, groups, tokens, locked sign-ins and the change log in the admin site."""

import copy
from typing import Any

from auditlog.admin import LogEntryAdmin as AuditlogAdmin
from auditlog.filters import ResourceTypeFilter
from auditlog.models import LogEntry
from axes.admin import AccessAttemptAdmin as AxesAdmin
from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group
from django.http import HttpRequest, HttpResponse
from knox.models import AuthToken
from unfold.admin import ModelAdmin
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from virtadmin.accounts.models import User
from virtadmin.accounts.rights import only_admins, rules_accounts
from virtadmin.accounts.services import user_create, user_update
from virtadmin.core.admin import ThroughServices

for model in (Group, AuthToken, LogEntry, AccessAttempt, AccessLog, AccessFailureLog):
    if admin.site.is_registered(model):
        admin.site.unregister(model)


class NewPassword(AdminPasswordChangeForm):  # type: ignore[misc]
    """Set by an admin through the service, so that it is checked and the person's tokens end."""

    actor: User

    def save(self, commit: bool = True) -> User:
        return user_update(user=self.user, actor=self.actor, password=self.cleaned_data["password1"])


@admin.register(User)
class UserAdmin(ThroughServices, DjangoUserAdmin):  # type: ignore[type-arg]
    """Accounts. The role says what a person may do; staff and permissions can only add to it."""

    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = NewPassword
    list_display = ["username", "email", "role", "is_active", "is_staff", "last_login"]
    list_filter = ["role", "is_active", "is_staff", "groups"]
    list_fullwidth = True
    readonly_fields = ["uuid", "last_login", "date_joined"]
    fieldsets = [
        (None, {"fields": ["username", "password", "role", "is_active", "groups"]}),
        ("Person", {"fields": ["first_name", "last_name", "email", "time_zone", "uuid"], "classes": ["tab"]}),
        ("More rights", {"fields": ["is_staff", "is_superuser", "user_permissions"], "classes": ["tab"]}),
        ("Dates", {"fields": ["last_login", "date_joined"], "classes": ["tab"]}),
    ]
    add_fieldsets = [
        (
            None,
            {"classes": ["wide"], "fields": ["username", "email", "role", "usable_password", "password1", "password2"]},
        )
    ]

    def save_by_service(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        wanted = {name: form.cleaned_data[name] for name in form.changed_data if name in form.cleaned_data}
        permissions = wanted.pop("user_permissions", None)
        if permissions is not None:
            only_admins(request.user)  # type: ignore[arg-type]
        if change:
            wanted.pop("password", None)  # it is a text about the hash, not a field
            saved = user_update(user=User.objects.get(pk=obj.pk), actor=request.user, **wanted)  # type: ignore[arg-type]
        else:
            given = {name: wanted[name] for name in ("username", "email", "role") if name in wanted}
            saved = user_create(actor=request.user, password=form.cleaned_data["password1"], **given)  # type: ignore[arg-type]
        if permissions is not None:
            saved.user_permissions.set(permissions)
        obj.__dict__.update(saved.__dict__)

    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> HttpResponse:  # noqa: A002
        mine = copy.copy(self)  # the form learns who asks; this object is every request's
        mine.change_password_form = type("NewPassword", (NewPassword,), {"actor": request.user})  # type: ignore[assignment]
        return DjangoUserAdmin.user_change_password(mine, request, id, form_url)


@admin.register(Group)
class GroupAdmin(DjangoGroupAdmin, ModelAdmin):  # type: ignore[misc]
    """Groups: who shares servers with whom. For admins alone to change, as everywhere: a group can carry rights."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return rules_accounts(request.user) and super().has_add_permission(request)  # type: ignore[arg-type]

    def has_change_permission(self, request: HttpRequest, obj: Group | None = None) -> bool:
        return rules_accounts(request.user) and super().has_change_permission(request, obj)  # type: ignore[arg-type]

    def has_delete_permission(self, request: HttpRequest, obj: Group | None = None) -> bool:
        return rules_accounts(request.user) and super().has_delete_permission(request, obj)  # type: ignore[arg-type]


@admin.register(AuthToken)
class AuthTokenAdmin(ModelAdmin):  # type: ignore[misc]
    """Tokens of programs: whose, since when, until when. They are made by the API, shown once, and ended here."""

    list_display = ["name", "user", "created", "expiry"]
    search_fields = ["user__username"]
    list_select_related = ["user"]
    fields = ["name", "user", "created", "expiry"]
    readonly_fields = fields

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: AuthToken | None = None) -> bool:
        return False

    @admin.display(description="token")
    def name(self, token: AuthToken) -> str:
        return f"{token.token_key[:4]}…"


@admin.register(LogEntry)
class LogEntryAdmin(AuditlogAdmin, ModelAdmin):  # type: ignore[misc]
    """Who changed which object, how and when."""

    list_display = ["created", "resource_url", "action", "msg_short", "user_url", "remote_addr"]
    list_filter = ["action", ResourceTypeFilter]
    search_fields = ["object_repr", "changes_text", "actor__username"]
    date_hierarchy = None


@admin.register(AccessAttempt)
class AccessAttemptAdmin(AxesAdmin, ModelAdmin):  # type: ignore[misc]
    """Failed sign-ins. Deleting one lifts its lock."""

    list_display = ["attempt_time", "username", "ip_address", "failures_since_start", "status"]
    list_filter = ["attempt_time"]
    search_fields = ["username", "ip_address"]
    date_hierarchy = None
