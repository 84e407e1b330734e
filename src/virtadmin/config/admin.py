"""The admin site: unfold's, with the content policy its scripts need and the hub's one sign-in page."""

from typing import Any
from urllib.parse import urlencode

from csp.constants import SELF, UNSAFE_EVAL, UNSAFE_INLINE
from csp.decorators import csp_update
from django.conf import settings
from django.contrib.admin.apps import AdminConfig
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from unfold.sites import UnfoldAdminSite


class VirtadminAdminSite(UnfoldAdminSite):  # type: ignore[misc]
    """Unfold's site. Its Alpine.js evaluates expressions, so these pages alone allow eval, and styles in the page."""

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        policy = {"script-src": [SELF, UNSAFE_EVAL], "style-src": [SELF, UNSAFE_INLINE]}
        return csp_update(policy)(super().admin_view(view, cacheable))

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Lead to the sign-in page of all; who is signed in and comes here anyway is not of the staff."""
        if request.user.is_authenticated and not self.has_permission(request):
            raise PermissionDenied
        return redirect(f"{settings.LOGIN_URL}?{urlencode({'next': request.GET.get('next', '/admin/')})}")

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Lead to the page of all, where wrong guesses are counted and a new password ends one's tokens."""
        return redirect("web:account")


class VirtadminAdminConfig(AdminConfig):
    """Makes `VirtadminAdminSite` the site every app registers with."""

    default_site = "virtadmin.config.admin.VirtadminAdminSite"
