"""What of websites the change log keeps: what people set, never a secret, nor what changes by itself."""

from auditlog.registry import auditlog

from virtadmin.accounts.log import log_shows
from virtadmin.websites.models import Url
from virtadmin.websites.selectors import urls_visible


def register() -> None:
    """Log changes of websites. Of secret headers, their names."""
    auditlog.register(Url, exclude_fields=["password", "secret_headers"], m2m_fields={"tags", "groups"})
    log_shows(urls_visible)
