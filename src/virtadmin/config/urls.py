"""Every address of the hub."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("admin/", admin.site.urls),
    path("api/", include("virtadmin.api.urls")),
    path("", include("virtadmin.web.urls")),
]

handler400 = "virtadmin.api.fallbacks.bad_request"
handler404 = "virtadmin.api.fallbacks.page_not_found"
handler500 = "virtadmin.api.fallbacks.server_error"
