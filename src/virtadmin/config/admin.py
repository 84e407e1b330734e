"""The admin site: unfold's, with the content policy its scripts need."""

from typing import Any

from csp.constants import SELF, UNSAFE_EVAL, UNSAFE_INLINE
from csp.decorators import csp_update
from django.contrib.admin.apps import AdminConfig
from unfold.sites import UnfoldAdminSite


class VirtadminAdminSite(UnfoldAdminSite):
    """Unfold's site. Its Alpine.js evaluates expressions, so these pages alone allow eval and inline script."""

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        policy = {"script-src": [SELF, UNSAFE_EVAL, UNSAFE_INLINE], "style-src": [SELF, UNSAFE_INLINE]}
        return csp_update(policy)(super().admin_view(view, cacheable))


class VirtadminAdminConfig(AdminConfig):
    """Makes `VirtadminAdminSite` the site every app registers with."""

    default_site = "virtadmin.config.admin.VirtadminAdminSite"
