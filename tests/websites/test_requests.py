"""What a check is asked."""

from django.db import connection

from tests.websites.sites import website
from virtadmin.accounts.models import User
from virtadmin.websites.check.outcome import Request
from virtadmin.websites.models import Url
from virtadmin.websites.requests import request_of


def test_a_website_of_which_only_the_address_is_known_is_asked_as_a_browser_would(alice: User) -> None:
    stored = Url.objects.get(pk=website(alice, "https://shop.example.org/").pk)
    assert request_of(stored) == Request(uri="https://shop.example.org/", statuses=((200, 299),))


def test_everything_that_was_set_is_in_it(alice: User) -> None:
    made = website(
        alice,
        "https://shop.example.org/login",
        method="POST",
        body="für alle",
        expected_statuses="200-299, 401",
        text_present="Welcome",
        text_absent="Error",
        headers={"Accept-Language": "de"},
        secret_headers={"X-Api-Key": "s3cret"},
        username="shop",
        password="pa:ss wörd",
        follow_redirects=False,
        timeout=30,
        verify_tls=False,
        ca_certificates="PEM",
        private_allowed=True,
    )
    assert request_of(Url.objects.get(pk=made.pk)) == Request(
        uri="https://shop.example.org/login",
        method="POST",
        body="für alle".encode(),
        headers={"Accept-Language": "de", "X-Api-Key": "s3cret"},
        username="shop",
        password="pa:ss wörd",
        statuses=((200, 299), (401, 401)),
        text_present="Welcome",
        text_absent="Error",
        follow_redirects=False,
        timeout=30.0,
        verify_tls=False,
        ca_certificates="PEM",
        private_allowed=True,
    )


def test_any_answer_will_do_where_the_status_is_not_checked(alice: User) -> None:
    assert request_of(website(alice, check_status_code=False)).statuses == ()


def test_a_body_is_sent_with_post_alone(alice: User) -> None:
    assert request_of(website(alice, method="GET", body="left over")).body == b""


def test_secrets_are_not_readable_in_the_database(alice: User) -> None:
    website(alice, username="shop", password="pa55word", secret_headers={"X-Api-Key": "s3cret"})
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM websites_url")
        stored = str(cursor.fetchall())
    assert "pa55word" not in stored
    assert "s3cret" not in stored
    assert "X-Api-Key" in stored
