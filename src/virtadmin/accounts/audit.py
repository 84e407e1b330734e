"""What of accounts the change log keeps, and from where a change came."""

from auditlog.middleware import AuditlogMiddleware
from auditlog.registry import auditlog
from django.conf import settings
from django.contrib.auth.models import Group
from django.http import HttpRequest, HttpResponse

from virtadmin.accounts.address import client_address
from virtadmin.accounts.models import User


def register() -> None:
    """Log changes of users (never the password's hash) and of groups. `two_factor` tells of itself."""
    auditlog.register(
        User,
        exclude_fields=["last_login"],
        mask_fields=["password"],
        mask_callable="virtadmin.accounts.audit.hidden",
        m2m_fields={"groups", "user_permissions"},
    )
    auditlog.register(Group, m2m_fields={"permissions"})


def hidden(_value: str) -> str:
    """What stands for a password's hash: auditlog's own way would leave half of it."""
    return "••••••"


class AuditMiddleware(AuditlogMiddleware):  # type: ignore[misc]
    """Auditlog's, but it believes X-Forwarded-For only from trusted proxies: anybody can send that header. And where
    anybody may read it asks nobody who they are: that is a look into the table of sessions, and nothing is changed."""

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path.startswith(settings.PUBLIC_PATHS):
            return self.get_response(request)  # type: ignore[no-any-return]
        return super().__call__(request)  # type: ignore[no-any-return]

    @staticmethod
    def _get_remote_addr(request: HttpRequest) -> str | None:
        return client_address(request) or None
