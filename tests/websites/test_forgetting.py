"""What is known no more once something else is asked."""

from typing import Any

import pytest

from tests.websites.sites import website
from virtadmin.accounts.models import User
from virtadmin.websites import services
from virtadmin.websites.forgetting import ASKED
from virtadmin.websites.models import Url, UrlState

KNOWN: dict[str, Any] = {
    "status": "down", "status_reason": "status: HTTP 503", "failures": 7, "successes": 1, "retry_at": 9.0,
    "status_code": 503, "status_code_message": "Service Unavailable", "response_time": 12.5,
    "details": {"hint": "x"}, "certificate": {"fingerprint": "ab"}, "ssl_expiration_date_notified": True, "round": 5,
}  # fmt: skip
VERDICT = {"status": "pending", "status_reason": "", "failures": 0, "successes": 0, "retry_at": None}
MEASURED = {"status_code": None, "status_code_message": "", "response_time": None, "details": {}}


@pytest.fixture
def url(alice: User) -> Url:
    return website(alice, "https://shop.example.org/", state=KNOWN)


@pytest.mark.parametrize(
    ("change", "lost"),
    [
        ({"name": "Shop", "interval": 10, "confirmations": 1, "check_ssl": False, "tags": ["a"]}, {}),
        ({"enabled": False}, {}),
        ({"enabled": True}, {}),
        ({"method": "GET", "uri": "https://shop.example.org/"}, {}),
        ({"method": "POST"}, VERDICT),
        ({"body": "x"}, VERDICT),
        ({"expected_statuses": "503"}, VERDICT),
        ({"check_status_code": False}, VERDICT),
        ({"text_present": "x"}, VERDICT),
        ({"text_absent": "x"}, VERDICT),
        ({"headers": {"A": "1"}}, VERDICT),
        ({"secret_headers": {"A": "1"}}, VERDICT),
        ({"username": "x", "password": "y"}, VERDICT),
        ({"follow_redirects": False}, VERDICT),
        ({"verify_tls": False}, VERDICT),
        ({"timeout": 30}, VERDICT),
        ({"uri": "https://shop.example.org/health"}, {**VERDICT, **MEASURED}),
        ({"uri": "https://shop.example.org:8443/"}, {**VERDICT, **MEASURED, "certificate": {}}),
        ({"uri": "https://other.example.org/"}, {**VERDICT, **MEASURED, "certificate": {}}),
        ({"uri": "http://shop.example.org/"}, {**VERDICT, **MEASURED, "certificate": {}}),
    ],
)
def test_it_is_what_depended_on_it(alice: User, url: Url, change: dict[str, Any], lost: dict[str, Any]) -> None:
    services.url_update(url=url, actor=alice, **change)
    state = UrlState.objects.get()
    assert {name: getattr(state, name) for name in KNOWN} == {**KNOWN, **lost}
    assert state.revision == (1 if lost else 0), "what was asked before counts no more"


def test_every_column_is_asked_or_known_not_to_be() -> None:
    """So that a new setting is not forgotten here."""
    asked_by_nobody = {
        "id", "name", "server", "owner", "enabled", "interval", "confirmations", "check_ssl", "secret_header_names",
        "created",
    }  # fmt: skip
    assert {field.name for field in Url._meta.fields} == asked_by_nobody | {*ASKED}
