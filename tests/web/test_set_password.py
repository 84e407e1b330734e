"""The page behind an invitation: its address is the secret, so it goes nowhere."""

import logging
from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from virtadmin.accounts.models import User
from virtadmin.accounts.password_links import password_link_create

GOOD = {"new_password": "a-good-password", "again": "a-good-password"}


@pytest.fixture
def token(alice: User, admin_person: User) -> str:
    return password_link_create(user=alice, actor=admin_person)


def test_it_works_once_and_for_a_day(token: str, alice: User) -> None:
    path = f"/password/{token}/"
    with time_machine.travel(timezone.now() + timedelta(hours=25)):
        late = Client().post(path, GOOD)
        assert late.status_code == 404
        assert "too old" in late.content.decode()
    assert Client().get(path).status_code == 200, "to look at it does not use it up"
    assert Client().post(path, {**GOOD, "again": "another"}).status_code == 422
    assert Client().post(path, GOOD).headers["Location"] == "/login/"
    assert Client().get(path).status_code == 404
    assert Client().post(path, dict.fromkeys(GOOD, "another-good-one")).status_code == 404
    alice.refresh_from_db()
    assert alice.check_password(GOOD["again"])


def test_browsers_tell_its_address_to_nobody_and_keep_it_nowhere(token: str) -> None:
    path = f"/password/{token}/"
    for answer in (Client().get(path), Client().post(path, {}), Client().post(path, GOOD), Client().get(path)):
        # Not even to the hub itself: a proxy before it may write down where each request for a picture came from.
        # The origin alone is told, without which the form could not be sent.
        assert answer.headers["Referrer-Policy"] == "strict-origin"
        assert "no-store" in answer.headers["Cache-Control"]
    assert Client().get("/login/").headers["Referrer-Policy"] == "same-origin"


@pytest.mark.parametrize("sent", [{}, {"csrfmiddlewaretoken": "forged"}])
def test_no_line_of_the_log_has_it_not_even_of_what_is_refused(
    token: str, settings: Settings, caplog: pytest.LogCaptureFixture, sent: dict[str, str]
) -> None:
    settings.ACCESS_LOG = True
    path = f"/password/{token}/"
    careful = Client(enforce_csrf_checks=True, raise_request_exception=False)
    with caplog.at_level(logging.DEBUG):
        assert careful.get(path).status_code == 200
        assert careful.post(path, {**GOOD, **sent}).status_code == 403
        assert careful.get(path, headers={"host": "a host"}).status_code == 400
        assert careful.delete(f"{path}nothing/").status_code == 404
        with pytest.MonkeyPatch.context() as broken:
            broken.setattr("virtadmin.web.views.set_password.password_link_user", None)
            assert careful.get(path).status_code == 500
    said = "\n".join([caplog.text, *(str(record.__dict__.get("path", "")) for record in caplog.records)])
    assert "/password/***/" in said
    assert token not in said
    assert {record.name for record in caplog.records} >= {"virtadmin.access", "django.security.csrf", "django.request"}
