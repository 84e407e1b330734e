"""Every address of the hub."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("admin/", admin.site.urls),
    path("api/", include("virtadmin.api.urls")),
    path("", include("virtadmin.web.urls")),
]
