"""Status pages in the admin site, by the same services. Their lines are chosen on the page that everybody has."""

from django.contrib import admin

from virtadmin.alerting.admin_rules import RuleAdmin
from virtadmin.core.admin import ShownBeside
from virtadmin.statuspages import services
from virtadmin.statuspages.models import StatusEntry, StatusPage
from virtadmin.statuspages.selectors import status_pages_visible


class LinesBeside(ShownBeside):
    """What is on the page."""

    model = StatusEntry
    fields = ["name", "url", "server", "tag"]
    verbose_name_plural = "lines"


@admin.register(StatusPage)
class StatusPageAdmin(RuleAdmin):
    """Whose it is, where it is, and whether it is switched on."""

    list_display = ["title", "slug", "enabled", "indexed", "owner"]
    list_filter = ["enabled", "indexed"]
    list_select_related = ["owner"]
    search_fields = ["title", "slug", "owner__username"]
    fields = ["title", "intro", "slug", "enabled", "indexed", "owner"]
    inlines = [LinesBeside]
    rows = staticmethod(status_pages_visible)
    make = staticmethod(services.status_page_create)
    update = staticmethod(lambda row, **given: services.status_page_update(page=row, **given))
    remove = staticmethod(lambda row, **given: services.status_page_delete(page=row, **given))
