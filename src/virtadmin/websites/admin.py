"""Websites in the admin site."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.timezone import localtime, now
from unfold.contrib.filters.admin import RelatedDropdownFilter

from virtadmin.core.admin import ThroughServices
from virtadmin.core.errors import VirtadminError
from virtadmin.websites.admin_form import UrlForm
from virtadmin.websites.models import Url
from virtadmin.websites.rights import may_allow_private
from virtadmin.websites.selectors import urls_visible
from virtadmin.websites.services import url_check_now, url_create, url_delete, url_update

WHAT = ["uri", "name", "server", "tags", "groups", "enabled"]
EXPECTED = [
    "check_status_code", "expected_statuses", "text_present", "text_absent", "check_ssl", "confirmations",
]  # fmt: skip
ASKED = [
    "interval", "timeout", "method", "body", "headers", "secret_headers", "username", "password", "follow_redirects",
    "verify_tls", "ca_certificates", "private_allowed",
]  # fmt: skip
SET_BY_PEOPLE = {*WHAT, *EXPECTED, *ASKED}
NEWEST = ["status", "why", "hint", "code", "response_time", "last_check", "certificate", "issuer", "redirects"]


@admin.register(Url)
class UrlAdmin(ThroughServices):
    """Websites: what is asked and expected can be changed, what checks found is shown. Secrets never are."""

    form = UrlForm
    exclude = ["password", "secret_headers", "private_allowed"]  # the form has fields of its own for these
    list_display = [
        "__str__", "status", "code", "response_time", "certificate", "server", "owner", "last_check", "interval",
    ]  # fmt: skip
    list_filter = [
        "state__status",
        "enabled",
        ("tags", RelatedDropdownFilter),
        ("server", RelatedDropdownFilter),
        ("owner", RelatedDropdownFilter),
        ("groups", RelatedDropdownFilter),
    ]
    list_filter_submit = True
    search_fields = ["name", "uri", "tags__name"]
    list_select_related = ["state", "owner", "server"]
    ordering = ["name", "uri"]
    autocomplete_fields = ["server"]
    filter_horizontal = ["groups"]
    readonly_fields = [*NEWEST, "owner", "created"]
    fieldsets = [
        (None, {"fields": WHAT}),
        ("What is expected", {"fields": EXPECTED, "classes": ["tab"]}),
        ("How it is asked", {"fields": ASKED, "classes": ["tab"]}),
        ("Newest check", {"fields": [*NEWEST, "owner", "created"], "classes": ["tab"]}),
    ]
    actions = ["pause", "resume", "check_now"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Url]:
        seen = urls_visible(request.user).values("pk")  # type: ignore[arg-type]
        return super().get_queryset(request).filter(pk__in=seen).defer("password", "secret_headers")  # type: ignore[no-any-return]

    def get_fieldsets(self, request: HttpRequest, obj: Url | None = None) -> Any:
        """Of a new one nothing was found yet."""
        return self.fieldsets if obj else self.fieldsets[:-1]

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        may = may_allow_private(request.user)  # type: ignore[arg-type]
        return {"private_allowed": may, **super().get_changeform_initial_data(request)}

    def save_by_service(self, request: HttpRequest, obj: Url, form: Any, change: bool) -> None:
        wanted = {name: form.cleaned_data[name] for name in form.changed_data if name in SET_BY_PEOPLE}
        if "tags" in wanted:
            wanted["tags"] = [tag.name for tag in wanted["tags"]]
        if change:
            url_update(url=obj, actor=request.user, **wanted)  # type: ignore[arg-type]
            return
        wanted |= {"uri": form.cleaned_data["uri"], "private_allowed": form.cleaned_data["private_allowed"]}
        made = url_create(actor=request.user, **wanted)  # type: ignore[arg-type]
        obj.__dict__.update(made.__dict__)

    def delete_model(self, request: HttpRequest, obj: Url) -> None:
        url_delete(url=obj, actor=request.user)  # type: ignore[arg-type]

    @admin.action(description="Pause", permissions=["change"])
    def pause(self, request: HttpRequest, urls: QuerySet[Url]) -> None:
        """Ask nothing and tell nobody until resumed."""
        self._each(request, urls, "paused", lambda url: url_update(url=url, actor=request.user, enabled=False))  # type: ignore[arg-type]

    @admin.action(description="Resume", permissions=["change"])
    def resume(self, request: HttpRequest, urls: QuerySet[Url]) -> None:
        """Go on asking."""
        self._each(request, urls, "resumed", lambda url: url_update(url=url, actor=request.user, enabled=True))  # type: ignore[arg-type]

    @admin.action(description="Check now", permissions=["change"])
    def check_now(self, request: HttpRequest, urls: QuerySet[Url]) -> None:
        """Do not wait for the next time."""
        self._each(request, urls, "are checked now", lambda url: url_check_now(url=url, actor=request.user))  # type: ignore[arg-type]

    def _each(self, request: HttpRequest, urls: QuerySet[Url], done: str, act: Callable[[Url], object]) -> None:
        """Do it to each; what a service refuses is told with the website's name, and hinders no other."""
        count = 0
        for url in urls:
            try:
                act(url)
                count += 1
            except VirtadminError as refusal:
                messages.error(request, f"{url}: {refusal.message}")
        messages.success(request, f"{count} {done}.")

    @admin.display(ordering="state__status")
    def status(self, url: Url) -> str:
        return url.status

    @admin.display(description="why")
    def why(self, url: Url) -> str:
        return url.state.status_reason or "–"

    @admin.display(description="what to do")
    def hint(self, url: Url) -> str:
        return url.state.details.get("hint") or "–"

    @admin.display(description="code", ordering="state__status_code")
    def code(self, url: Url) -> str:
        return f"{url.state.status_code or '–'} {url.state.status_code_message}".strip()

    @admin.display(description="response time", ordering="state__response_time")
    def response_time(self, url: Url) -> str:
        took = url.state.response_time
        return "–" if took is None else f"{took:.0f} ms"

    @admin.display(description="last check", ordering="state__last_check")
    def last_check(self, url: Url) -> str:
        time = url.state.last_check
        return f"{localtime(time):%Y-%m-%d %H:%M:%S}" if time else "–"

    @admin.display(description="certificate until", ordering="state__ssl_expiration_date")
    def certificate(self, url: Url) -> str:
        until = url.state.ssl_expiration_date
        return f"{localtime(until):%Y-%m-%d} ({(until - now()).days} d)" if until else "–"

    @admin.display(description="issued by")
    def issuer(self, url: Url) -> str:
        return url.state.certificate.get("issuer") or "–"

    @admin.display(description="redirects")
    def redirects(self, url: Url) -> str:
        return " → ".join(hop["to"] for hop in url.state.details.get("redirects", ())) or "–"
