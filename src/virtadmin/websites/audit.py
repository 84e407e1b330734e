"""What of websites the change log keeps: what people set, never a secret, nor what changes by itself."""

from auditlog.registry import auditlog

from virtadmin.websites.models import Url


def register() -> None:
    """Log changes of websites. Of secret headers, their names."""
    auditlog.register(Url, exclude_fields=["password", "secret_headers"], m2m_fields={"tags", "groups"})
