"""What a check is asked, made of what people set."""

import json
from collections.abc import Mapping
from typing import Any

from virtadmin.websites.check.outcome import Request
from virtadmin.websites.forgetting import ASKED
from virtadmin.websites.models import Url
from virtadmin.websites.statuses import statuses_parsed


def request_of(url: Url) -> Request:
    """The check of this website. It holds its secrets: give it to a `Checker`, and to nothing that is kept."""
    return request_made({name: getattr(url, name) for name in ASKED})


def request_made(asked: Mapping[str, Any]) -> Request:
    """The same of plain columns, named as in `forgetting.ASKED`."""
    return Request(
        uri=asked["uri"],
        method=asked["method"],
        body=asked["body"].encode() if asked["method"] == Url.Method.POST else b"",
        headers={**asked["headers"], **_secrets(asked["secret_headers"])},
        username=asked["username"],
        password=asked["password"],
        statuses=statuses_parsed(asked["expected_statuses"]) if asked["check_status_code"] else (),
        text_present=asked["text_present"],
        text_absent=asked["text_absent"],
        follow_redirects=asked["follow_redirects"],
        timeout=float(asked["timeout"]),
        verify_tls=asked["verify_tls"],
        ca_certificates=asked["ca_certificates"],
        private_allowed=asked["private_allowed"],
    )


def secrets_of(url: Url) -> dict[str, str]:
    """The secret headers with their values."""
    return _secrets(url.secret_headers)


def _secrets(stored: str) -> dict[str, str]:
    found: dict[str, str] = json.loads(stored) if stored else {}
    return found
