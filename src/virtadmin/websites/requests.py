"""What a check is asked, made of what people set."""

import json

from virtadmin.websites.check.outcome import Request
from virtadmin.websites.models import Url
from virtadmin.websites.statuses import statuses_parsed


def request_of(url: Url) -> Request:
    """The check of this website. It holds its secrets: give it to a `Checker`, and to nothing that is kept."""
    return Request(
        uri=url.uri,
        method=url.method,
        body=url.body.encode() if url.method == Url.Method.POST else b"",
        headers={**url.headers, **secrets_of(url)},
        username=url.username,
        password=url.password,
        statuses=statuses_parsed(url.expected_statuses) if url.check_status_code else (),
        text_present=url.text_present,
        text_absent=url.text_absent,
        follow_redirects=url.follow_redirects,
        timeout=float(url.timeout),
        verify_tls=url.verify_tls,
        ca_certificates=url.ca_certificates,
        private_allowed=url.private_allowed,
    )


def secrets_of(url: Url) -> dict[str, str]:
    """The secret headers with their values."""
    found: dict[str, str] = json.loads(url.secret_headers or "{}")
    return found
