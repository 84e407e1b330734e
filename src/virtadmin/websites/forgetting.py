"""What is known of a website no more once something else is asked of it. Pure."""

from typing import Any

from virtadmin.servers.watched import REACH as VERDICT
from virtadmin.servers.watched import revised
from virtadmin.websites.addresses import same_site
from virtadmin.websites.models import Url, UrlState

ASKED = (
    "uri", "method", "body", "headers", "secret_headers", "username", "password", "follow_redirects", "timeout",
    "check_status_code", "expected_statuses", "text_present", "text_absent", "verify_tls", "ca_certificates",
    "private_allowed",
)  # fmt: skip
"""What decides whether an answer is as it should be."""
MEASURED = ("last_check", "status_code", "status_code_message", "response_time", "details")
CERTIFICATE = ("ssl_start_date", "ssl_expiration_date", "certificate")
"""Not whether people were told that it expires: that is so until alerting has closed it."""


def forgotten(before: Url, after: Url) -> dict[str, Any]:
    """The columns of its state, each with what a new website has there; none if all stays as it is.

    The verdict goes when it is judged by something else, or was paused: else it would stay "down" from before, and
    nobody be told that it is. What was measured goes with the address, and the certificate with the site.
    """
    asked = any(getattr(before, name) != getattr(after, name) for name in ASKED)
    resumed = after.enabled and not before.enabled
    lost: list[str] = [*VERDICT] if asked or resumed else []
    if before.uri != after.uri:
        lost += MEASURED
        if not same_site(before.uri, after.uri):
            lost += CERTIFICATE
    return revised(UrlState(), *lost) if lost else {}
