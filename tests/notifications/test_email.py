"""Emails, over a real mail server."""

import base64
import logging
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from tests.notifications.conftest import LOST, PASSWORD, Clock, Mailbox, line
from virtadmin.accounts.models import User
from virtadmin.notifications.delivery import deliver, sweep
from virtadmin.notifications.mail.connection import Connection
from virtadmin.notifications.models import Delivery, Notification
from virtadmin.notifications.services import channel_test

Write = Callable[..., Notification]
Status = Delivery.Status


def send(clock: Clock, *notifications: Notification) -> None:
    deliver(notifications=[row.pk for row in notifications], clock=clock)


def test_an_accepted_email_is_plain_and_html_and_marked(
    mailbox: Mailbox, alice: User, write: Write, clock: Clock, valkey: object
) -> None:
    notification = write(alice)
    send(clock, notification)
    (mail,) = mailbox.mails
    assert (mail["To"], mail["Subject"]) == ("alice@example.org", "web1 is down: timeout")
    assert mail["From"] == "Virtadmin <hub@example.org>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Message-ID"] == f"<{notification.uid}@example.org>"
    assert mail["References"] is None
    plain, html = (mail.get_body([kind]) for kind in ("plain", "html"))
    assert plain is not None
    assert html is not None
    assert "What happened: No answer within 5 s." in plain.get_content()
    assert "<strong>web1</strong>" in html.get_content()
    notification.refresh_from_db()
    assert notification.emailed
    delivery = line("email")
    assert (delivery.status, delivery.attempts, delivery.sent_at, delivery.error) == (Status.SENT, 1, clock.now, "")


def test_the_emails_of_one_incident_are_one_conversation(
    mailbox: Mailbox, alice: User, bob: User, write: Write, clock: Clock, valkey: object
) -> None:
    of_bob = write(bob, thread="incident-1")
    opened = write(alice, thread="incident-1")
    closed = write(alice, thread="incident-1", kind="server_back")
    other = write(alice, thread="incident-2")
    send(clock, of_bob, opened, closed, other)
    by_id = {mail["Message-ID"]: mail for mail in mailbox.mails}
    reply = by_id[f"<{closed.uid}@example.org>"]
    assert reply["References"] == reply["In-Reply-To"] == f"<{opened.uid}@example.org>"
    assert [by_id[f"<{row.uid}@example.org>"]["References"] for row in (of_bob, opened, other)] == [None] * 3


def test_markup_and_line_breaks_in_names_stay_text(
    mailbox: Mailbox, alice: User, write: Write, clock: Clock, valkey: object
) -> None:
    name = "<b>x</b>\r\nBcc: charlie@example.org\n& \u202eco"
    send(clock, write(alice, facts={**LOST, "name": name}))
    (mail,) = mailbox.mails
    assert mail["Subject"] == "<b>x</b> Bcc: charlie@example.org & co is down: timeout"
    assert mail["Bcc"] is None
    html = mail.get_body(["html"])
    assert html is not None
    assert "<b>x</b>" not in html.get_content()
    assert "&lt;b&gt;x&lt;/b&gt; Bcc: charlie@example.org &amp; co" in html.get_content()


def test_a_refused_recipient_is_given_up_at_once(
    mailbox: Mailbox, alice: User, write: Write, clock: Clock, valkey: object
) -> None:
    mailbox.recipient_answer = "550 5.1.1 No such user"
    send(clock, write(alice))
    delivery = line("email")
    assert (delivery.status, delivery.attempts) == (Status.GIVEN_UP, 1)
    assert delivery.error == "The mail server answered 550 5.1.1 No such user"
    clock.now += timedelta(days=1)
    sweep(clock=clock)
    assert line("email").attempts == 1
    assert not Notification.objects.get(kind="server_lost").emailed


def test_a_busy_mail_server_is_tried_again_after_a_while(
    mailbox: Mailbox, alice: User, write: Write, clock: Clock, valkey: object
) -> None:
    mailbox.answers = ["451 4.3.0 Try again later"]
    send(clock, write(alice))
    assert (line("email").status, line("email").error) == (
        Status.FAILED,
        "The mail server answered 451 4.3.0 Try again later",
    )
    clock.now += timedelta(seconds=29)
    sweep(clock=clock)
    assert mailbox.mails == []
    clock.now += timedelta(seconds=1)
    sweep(clock=clock)
    assert len(mailbox.mails) == 1
    delivery = line("email")
    assert (delivery.status, delivery.attempts, delivery.error) == (Status.SENT, 2, "")


def test_a_mail_server_that_hangs_is_waited_for_once_not_once_a_message(
    mailbox: Mailbox, alice: User, bob: User, write: Write, clock: Clock, settings: Any, valkey: object
) -> None:
    settings.EMAIL_TIMEOUT = 0.2
    mailbox.seconds = 0.6
    first, second = write(alice), write(bob)
    send(clock, first, second)
    assert (line("email", first).status, line("email", first).attempts) == (Status.FAILED, 1)
    assert (line("email", second).status, line("email", second).attempts) == (Status.FAILED, 0)
    assert "does not answer" in line("email", second).error
    assert {line("email", row).next_attempt for row in (first, second)} == {clock.now + timedelta(seconds=30)}
    assert Delivery.objects.filter(channel="in_page", status=Status.SENT).count() == 2, "other channels go on"


@pytest.mark.parametrize(
    ("answer", "down"), [("421 Closing", True), ("452 Mailbox full", False)], ids=["server", "recipient"]
)
def test_only_trouble_of_the_server_itself_holds_the_other_messages(
    mailbox: Mailbox, alice: User, bob: User, write: Write, clock: Clock, answer: str, down: bool, valkey: object
) -> None:
    mailbox.answers = [answer]
    send(clock, write(alice), write(bob))
    assert len(mailbox.mails) == (0 if down else 1)


def test_no_secret_reaches_an_error_or_a_log(
    mailbox: Mailbox, alice: User, write: Write, clock: Clock, caplog: pytest.LogCaptureFixture, valkey: object
) -> None:
    encoded = base64.b64encode(f"\0hub\0{PASSWORD}".encode()).decode()
    mailbox.login_answer = f"535 5.7.8 You said {PASSWORD}, that is {encoded}"
    with caplog.at_level(logging.DEBUG, "virtadmin"):
        send(clock, write(alice))
    delivery = line("email")
    assert delivery.status == Status.FAILED
    assert delivery.error == (
        "The mail server refused the hub's login. The mail server answered 535 5.7.8 You said ***, that is ***"
    )
    assert PASSWORD not in caplog.text
    assert encoded not in caplog.text


@pytest.mark.parametrize("change", ["address", "setting", "inactive"])
def test_it_is_off_without_a_server_or_an_address(
    mailbox: Mailbox, alice: User, write: Write, change: str, settings: Any
) -> None:
    if change == "address":
        alice.email = ""
    elif change == "setting":
        settings.EMAIL_URL = ""
    else:
        alice.is_active = False
    write(alice)
    assert not Delivery.objects.filter(channel="email").exists()


def test_an_address_that_no_email_can_have_is_given_up(
    mailbox: Mailbox, alice: User, write: Write, clock: Clock, valkey: object
) -> None:
    User.objects.filter(pk=alice.pk).update(email="alice@example.org\nBcc: charlie@example.org")
    send(clock, write(User.objects.get(pk=alice.pk)))
    assert (line("email").status, line("email").error) == (Status.GIVEN_UP, "The email address cannot be used.")
    assert mailbox.mails == []


def test_a_mail_server_without_what_was_asked_for_is_tried_again(
    mailbox: Mailbox, alice: User, write: Write, clock: Clock, settings: Any, valkey: object
) -> None:
    settings.EMAIL_USE_TLS = True
    send(clock, write(alice))
    assert line("email").status == Status.FAILED
    assert "EMAIL_URL" in line("email").error
    settings.EMAIL_USE_TLS, settings.EMAIL_HOST_PASSWORD, settings.EMAIL_PORT = False, "", 1
    clock.now += timedelta(minutes=1)
    sweep(clock=clock)
    assert "refused" in line("email").error


def test_the_emails_of_a_batch_go_over_one_connection(
    mailbox: Mailbox, alice: User, write: Write, clock: Clock, valkey: object
) -> None:
    send(clock, *(write(alice) for _ in range(5)))
    assert (len(mailbox.mails), mailbox.connections) == (5, 1)


def test_a_connection_that_the_server_closed_is_made_anew_and_nothing_sent_twice(
    mailbox: Mailbox, alice: User, write: Write, clock: Clock, valkey: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    mailbox.closes_after = 2
    original = Connection.send
    monkeypatch.setattr(Connection, "send", lambda self, mail: (original(self, mail), time.sleep(0.05))[0])
    rows = [write(alice) for _ in range(5)]
    send(clock, *rows)
    assert [mail["Message-ID"] for mail in mailbox.mails] == [f"<{row.uid}@example.org>" for row in rows]
    assert mailbox.connections == 3
    assert {line("email", row).attempts for row in rows} == {1}


def test_after_a_refusal_the_connection_goes_on(
    mailbox: Mailbox, alice: User, write: Write, clock: Clock, valkey: object
) -> None:
    mailbox.answers = ["554 5.7.1 No", "250 OK"]
    send(clock, write(alice), write(alice))
    assert (len(mailbox.mails), mailbox.connections) == (1, 1)


def test_a_second_attempt_is_the_same_email(
    mailbox: Mailbox, alice: User, write: Write, clock: Clock, valkey: object
) -> None:
    mailbox.answers = ["250 OK"]
    notification = write(alice)
    send(clock, notification)
    Delivery.objects.filter(channel="email").update(status=Status.CLAIMED, next_attempt=clock.now)  # it died just after
    sweep(clock=clock)
    first, second = mailbox.mails
    assert first["Message-ID"] == second["Message-ID"] == f"<{notification.uid}@example.org>"


def test_an_address_that_is_unknown_there_switches_the_channel_off(
    mailbox: Mailbox, alice: User, write: Write, clock: Clock, valkey: object
) -> None:
    mailbox.recipient_answer = "550 5.7.1 Relaying denied"
    send(clock, write(alice))
    assert alice.channels.get(kind="email").enabled, "that may be the hub's fault"
    mailbox.recipient_answer = "550 5.1.1 No such user"
    send(clock, write(alice))
    row = alice.channels.get(kind="email")
    assert (row.enabled, row.disabled_reason) == (False, "The mail server answered 550 5.1.1 No such user")


def test_without_a_mail_server_of_smtp_the_test_says_what_happened(alice: User, settings: Any) -> None:
    settings.EMAIL_URL, settings.EMAIL_BACKEND = "dummymail://", "django.core.mail.backends.dummy.EmailBackend"
    assert channel_test(channel=alice.channels.get(kind="email"), actor=alice) == "The email was handed over."
