"""Every address of the hub."""

from django.contrib import admin
from django.urls import include, path

from virtadmin.api import webhooks
from virtadmin.api.exposition import MetricsResource

urlpatterns = [
    path("admin/", admin.site.urls),
    path("api/", include("virtadmin.api.urls")),
    path("metrics", MetricsResource.as_view({"get": "list"}), name="metrics"),
    path("webhooks/telegram/", webhooks.telegram, name="telegram"),
    path("webhooks/messenger/", webhooks.messenger, name="messenger"),
    path("", include("virtadmin.web.urls")),
]

handler400 = "virtadmin.api.fallbacks.bad_request"
handler404 = "virtadmin.api.fallbacks.page_not_found"
handler500 = "virtadmin.api.fallbacks.server_error"
