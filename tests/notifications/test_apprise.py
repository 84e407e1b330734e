"""Services reached by Apprise, over real local web servers."""

import logging
import socket
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.notifications.conftest import NOW
from tests.notifications.webhooks import Hook
from virtadmin.accounts.models import User
from virtadmin.core.errors import InvalidInput
from virtadmin.notifications.channel import ChannelError, Message
from virtadmin.notifications.channels.apprise import AppriseChannel
from virtadmin.notifications.models import UserChannel
from virtadmin.notifications.providers import services, wire
from virtadmin.notifications.providers.policy import FIXED, HOSTED
from virtadmin.notifications.providers.verdict import DEFAULT_PAUSE, LONGEST_PAUSE, pause

TOKEN = "s3cr3t-t0ken-of-alice"
SLACK = "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/"
CHANNEL = AppriseChannel()


def row(user: User, url: str) -> UserChannel:
    channel = UserChannel(user=user, kind="apprise")
    channel.settings = {"url": url}
    return channel


def message(user: User, level: str = "critical") -> Message:
    return Message(
        id=1,
        uid=UUID(int=1),
        recipient=user,
        level=level,
        title="web1: CPU at 97 %",
        text="CPU of web1 is at 97 %.\n",
        html="<p>CPU</p>",
        link="https://hub.example.org/servers/7/",
        timestamp=NOW,
    )


def refused(user: User, url: str) -> str:
    with pytest.raises(InvalidInput) as error:
        CHANNEL.clean(user, {"url": url})
    assert error.value.field == "url"
    return error.value.message


@pytest.mark.parametrize(
    ("url", "address"),
    [
        (SLACK, "Slack"),
        ("https://hooks.slack.com/services/T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ", "Slack"),
        ("https://discord.com/api/webhooks/1234567890/abcdefghijklmnop", "Discord"),
        ("pagerduty://0123456789abcdef0123456789abcdef@0123456789abcdef", "Pager Duty"),
        (
            "twilio://AC735c307c62944b5a7e32b5e2d0b7f3a1:735c307c62944b5a7e32b5e2d0b7f3a1@15551234567/15557654321",
            "Twilio",
        ),
        ("ntfy://my-secret-topic", "ntfy"),
    ],
)
def test_services_at_a_providers_own_address_are_for_everybody(bob: User, url: str, address: str) -> None:
    assert CHANNEL.clean(bob, {"url": url}) == {"url": url, "address": address}


@pytest.mark.parametrize(
    "url",
    [
        "json://127.0.0.1:8080/x", "jsons://hooks.example.org/x", "xml://10.0.0.1", "form://10.0.0.1", "syslog://",
        "gotify://10.0.0.1/AaBbCcDdEeFfGgH", "mailto://user:password@example.org", "ntfy://10.0.0.1/topic",
        "workflows://10.0.0.1/0123456789/abcdefgh", "matrix://user:password@10.0.0.1/#room",
        "rocket://user:password@10.0.0.1/#room", "mmost://10.0.0.1/0123456789abcdef",
    ],
)  # fmt: skip
def test_hosts_of_ones_own_and_the_hubs_machine_are_for_admins(alice: User, admin_person: User, url: str) -> None:
    assert refused(alice, url).startswith("Only admins")
    assert CHANNEL.clean(admin_person, {"url": url})["url"] == url


def test_a_file_of_the_hub_cannot_be_sent_anywhere(alice: User) -> None:
    assert "template" in refused(alice, SLACK + "?template=/etc/passwd")
    assert "template" in refused(alice, "discord://1234567890/abcdefghijklmnop?template=file:///etc/passwd")


@pytest.mark.parametrize("url", ["", "nonsense", "https://example.org/", "slack://", f"slack://{TOKEN}", "x" * 1999])
def test_what_is_no_service_is_refused_without_repeating_it(
    alice: User, url: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        told = refused(alice, url)
    assert TOKEN not in told + caplog.text


@pytest.mark.parametrize("address", ["169.254.169.254", "[fe80::1]", "0.0.0.0"])
def test_not_even_an_admin_reaches_the_clouds_credentials(admin_person: User, address: str) -> None:
    assert "Nothing is sent there" in refused(admin_person, f"json://{address}/latest")
    with pytest.raises(ChannelError, match="Nothing is sent there"):
        CHANNEL.send(message(admin_person), row(admin_person, f"json://{address}/latest"))


def test_who_is_no_admin_any_more_loses_it(alice: User, hook: Hook) -> None:
    with pytest.raises(ChannelError, match="Only admins") as error:
        CHANNEL.send(message(alice), row(alice, f"json://127.0.0.1:{hook.port}"))
    assert error.value.gone
    assert hook.bodies == []


@pytest.mark.parametrize(("level", "kind"), [("info", "info"), ("critical", "failure"), ("recovery", "success")])
def test_the_message_arrives_and_its_answer_is_shown(admin_person: User, hook: Hook, level: str, kind: str) -> None:
    hook.answer(200, '{"queued":  true}')
    to = row(admin_person, f"json://hub:{TOKEN}@127.0.0.1:{hook.port}/alerts")
    assert CHANNEL.send(message(admin_person, level), to) == 'JSON answered 200 OK: {"queued": true}'
    assert hook.paths == ["/alerts"]
    (body,) = hook.bodies
    assert (body["title"], body["message"].strip(), body["type"]) == (
        "web1: CPU at 97 %",
        "CPU of web1 is at 97 %.",
        kind,
    )


@pytest.mark.parametrize("scheme", ["xml", "form"])
def test_other_shapes_arrive_too(admin_person: User, hook: Hook, scheme: str) -> None:
    CHANNEL.send(message(admin_person), row(admin_person, f"{scheme}://127.0.0.1:{hook.port}/x"))
    assert "CPU" in hook.bodies[0]


def test_a_service_for_short_messages_gets_the_title_and_the_link(
    admin_person: User, hook: Hook, monkeypatch: pytest.MonkeyPatch
) -> None:
    from apprise.plugins.custom_json import NotifyJSON

    monkeypatch.setattr(NotifyJSON, "body_maxlen", 160)
    CHANNEL.send(message(admin_person), row(admin_person, f"json://127.0.0.1:{hook.port}"))
    assert hook.bodies[0]["message"] == "web1: CPU at 97 %\nhttps://hub.example.org/servers/7/"


@pytest.mark.parametrize(
    ("status", "body", "permanent", "gone"),
    [(500, "oops", False, False), (503, "", False, False), (408, "", False, False), (400, "bad", True, False),
     (404, "", False, False), (410, "", True, True)],
)  # fmt: skip
def test_what_an_answer_of_ones_own_server_means(
    admin_person: User, hook: Hook, status: int, body: str, permanent: bool, gone: bool
) -> None:
    hook.answer(status, body)
    with pytest.raises(ChannelError, match=f"JSON answered {status}") as error:
        CHANNEL.send(message(admin_person), row(admin_person, f"json://127.0.0.1:{hook.port}"))
    assert (error.value.permanent, error.value.gone, error.value.down) == (permanent, gone, False)


@pytest.mark.parametrize(
    ("status", "body", "permanent", "gone"),
    [(404, "no_service", True, True), (403, "invalid_token", True, True), (500, "server_error", False, False),
     (400, "invalid_payload", True, False), (200, "channel_not_found", True, True)],
)  # fmt: skip
def test_what_a_providers_answer_means(
    alice: User, hook: Hook, monkeypatch: pytest.MonkeyPatch, status: int, body: str, permanent: bool, gone: bool
) -> None:
    from apprise.plugins.slack import NotifySlack

    monkeypatch.setattr(NotifySlack, "webhook_url", f"http://127.0.0.1:{hook.port}/services")
    monkeypatch.setattr(wire, "refusal", lambda address, private_allowed: None)
    hook.answer(status, body)
    with pytest.raises(ChannelError, match=f"Slack answered {status}") as error:
        CHANNEL.send(message(alice), row(alice, SLACK))
    assert (error.value.permanent, error.value.gone) == (permanent, gone)
    assert hook.paths[0].startswith("/services/T1JJ3T3L2")


def test_a_provider_whose_name_leads_into_the_hubs_network_gets_nothing(
    alice: User, hook: Hook, monkeypatch: pytest.MonkeyPatch
) -> None:
    from apprise.plugins.slack import NotifySlack

    monkeypatch.setattr(NotifySlack, "webhook_url", f"http://127.0.0.1:{hook.port}/services")
    with pytest.raises(ChannelError, match=r"127\.0\.0\.1 is a loopback address"):
        CHANNEL.send(message(alice), row(alice, SLACK))
    assert hook.bodies == []


def resolving(monkeypatch: pytest.MonkeyPatch, *answers: str) -> None:
    """Each look at `rebind.example` is answered by the next of these addresses."""
    real, left = socket.getaddrinfo, [*answers]

    def resolve(host: Any, port: Any, *args: Any, **kwargs: Any) -> Any:
        return real(left.pop(0) if host == "rebind.example" else host, port, *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", resolve)


def test_a_name_that_leads_elsewhere_once_it_was_judged_is_not_followed(
    alice: User, hook: Hook, monkeypatch: pytest.MonkeyPatch
) -> None:
    from apprise.plugins.slack import NotifySlack

    monkeypatch.setattr(NotifySlack, "webhook_url", f"http://rebind.example:{hook.port}/services")
    resolving(monkeypatch, "8.8.8.8", "127.0.0.1")
    with pytest.raises(ChannelError, match=r"rebind\.example cannot be reached"):
        CHANNEL.send(message(alice), row(alice, SLACK))
    assert hook.bodies == []


def test_the_address_that_was_judged_is_the_one_connected_to(
    admin_person: User, hook: Hook, monkeypatch: pytest.MonkeyPatch
) -> None:
    resolving(monkeypatch, "127.0.0.1", "169.254.169.254")
    CHANNEL.send(message(admin_person), row(admin_person, f"json://rebind.example:{hook.port}/x"))
    assert len(hook.bodies) == 1


def test_a_name_that_led_nowhere_when_it_was_judged_is_not_looked_up_again(
    admin_person: User, hook: Hook, monkeypatch: pytest.MonkeyPatch
) -> None:
    resolving(monkeypatch, "nowhere.invalid", "127.0.0.1")
    with pytest.raises(ChannelError, match="not a known host name"):
        CHANNEL.send(message(admin_person), row(admin_person, f"json://rebind.example:{hook.port}/x"))
    assert hook.bodies == []


def test_a_proxy_that_the_hub_was_given_is_gone_through(
    alice: User, hook: Hook, monkeypatch: pytest.MonkeyPatch
) -> None:
    from apprise.plugins.slack import NotifySlack

    monkeypatch.setattr(NotifySlack, "webhook_url", "http://8.8.8.8/services")
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{hook.port}")
    CHANNEL.send(message(alice), row(alice, SLACK))
    assert hook.paths[0].startswith("http://8.8.8.8/services/")


@pytest.mark.parametrize(
    ("header", "seconds"), [("7", 7.0), ("Sun, 22 Nov 2026 14:04:05 GMT", 60.0), ("", DEFAULT_PAUSE)]
)
def test_the_pause_that_is_asked_for_is_told(
    admin_person: User, hook: Hook, header: str, seconds: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("virtadmin.notifications.channels.apprise.timezone.now", lambda: NOW)
    hook.answer(429, "slow down", **({"Retry_After": header} if header else {}))
    with pytest.raises(ChannelError) as error:
        CHANNEL.send(message(admin_person), row(admin_person, f"json://127.0.0.1:{hook.port}"))
    assert (error.value.retry_after, error.value.permanent) == (seconds, False)


@given(st.text(max_size=40))
def test_any_pause_is_understood_or_passed_over(header: str) -> None:
    assert 1 <= pause(header, datetime(2026, 1, 1, tzinfo=UTC)) <= LONGEST_PAUSE


def test_no_part_of_the_url_reaches_an_answer_an_error_or_a_log(
    admin_person: User, hook: Hook, caplog: pytest.LogCaptureFixture
) -> None:
    hook.answer(400, f"Unknown token {TOKEN}, you asked for /hidden-path%20x and /hidden-path x")
    hook.answer(200, f"Hello {TOKEN}")
    url = f"json://hub:{TOKEN}@127.0.0.1:{hook.port}/hidden-path%20x?+X-Token={TOKEN}"
    with caplog.at_level(logging.DEBUG):
        with pytest.raises(ChannelError) as error:
            CHANNEL.send(message(admin_person), row(admin_person, url))
        answer = CHANNEL.send(message(admin_person), row(admin_person, url))
        hook.seconds, wire_seconds = 0.5, wire.READ_SECONDS
        try:
            wire.READ_SECONDS = 0.1
            with pytest.raises(ChannelError, match="did not answer") as late:
                CHANNEL.send(message(admin_person), row(admin_person, url))
        finally:
            wire.READ_SECONDS = wire_seconds
    told = error.value.message + str(error.value) + answer + str(late.value) + caplog.text
    assert TOKEN not in told
    assert "hidden-path" not in told
    assert error.value.message == "JSON answered 400 Bad Request: Unknown token ***, you asked for /*** and /***"


@pytest.mark.parametrize(
    ("host", "told"), [("127.0.0.1:1", "refuses the connection"), ("nowhere.example", "known host name")]
)
def test_a_server_that_is_away_is_named_with_what_happened(admin_person: User, host: str, told: str) -> None:
    with pytest.raises(ChannelError, match=told) as error:
        CHANNEL.send(message(admin_person), row(admin_person, f"json://{host}/{TOKEN}"))
    assert TOKEN not in error.value.message
    assert (error.value.permanent, error.value.down) == (False, False)


@pytest.mark.parametrize(
    ("error", "told"),
    [("ConnectTimeout", "did not answer within 5 s"), ("ReadTimeout", "did not answer within 15 s"),
     ("exceptions.SSLError", "no certificate that can be trusted"), ("ConnectionError", "cannot be reached")],
)  # fmt: skip
def test_what_happened_on_the_way_is_told_without_an_address(
    admin_person: User, hook: Hook, error: str, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    import requests

    kind = requests.exceptions.SSLError if "SSL" in error else getattr(requests, error)

    def broken(self: object, request: object, **kwargs: object) -> None:
        raise kind(f"https://hooks.example.org/{TOKEN}")

    monkeypatch.setattr(requests.adapters.HTTPAdapter, "send", broken)
    with pytest.raises(ChannelError, match=told) as failed:
        CHANNEL.send(message(admin_person), row(admin_person, f"json://127.0.0.1:{hook.port}/{TOKEN}"))
    assert TOKEN not in failed.value.message


def test_a_redirect_is_not_followed(admin_person: User, hook: Hook) -> None:
    hook.answer(302, "", Location=f"http://127.0.0.1:{hook.port}/elsewhere")
    with pytest.raises(ChannelError, match="302"):
        CHANNEL.send(message(admin_person), row(admin_person, f"json://127.0.0.1:{hook.port}/here?redirect=yes"))
    assert hook.paths == ["/here"]


def test_what_somebody_else_sends_is_not_listened_to(hook: Hook) -> None:
    import requests

    with wire.listening(public=False) as heard:
        pass
    assert requests.post(f"http://127.0.0.1:{hook.port}/", data="x", timeout=5).status_code == 200
    assert heard.replies == []


def test_every_scheme_for_everybody_is_one_that_names_no_host() -> None:
    from apprise.manager_plugins import NotificationManager

    manager: Any = NotificationManager()
    manager.load_modules()
    domains_of_a_sender = {"mailgun", "sparkpost", "smtp2go"}
    for scheme in FIXED:
        assert scheme in manager, scheme
        assert scheme in domains_of_a_sender or not any("{host}" in url for url in manager[scheme].templates), scheme
    assert not FIXED & HOSTED.keys()


def test_a_fault_in_a_plug_in_is_told_without_its_words(
    admin_person: User, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from apprise.plugins.custom_json import NotifyJSON

    def faulty(self: object, **kwargs: object) -> bool:
        raise RuntimeError(TOKEN)

    monkeypatch.setattr(NotifyJSON, "notify", faulty)
    with pytest.raises(ChannelError) as error:
        CHANNEL.send(message(admin_person), row(admin_person, f"json://127.0.0.1/{TOKEN}"))
    assert error.value.message == "JSON failed: RuntimeError."
    assert TOKEN not in caplog.text


def test_a_row_without_a_url_is_over(alice: User) -> None:
    with pytest.raises(ChannelError) as error:
        CHANNEL.send(message(alice), UserChannel(user=alice, kind="apprise"))
    assert error.value.gone
    assert services.scrubbed("abc", "") == "abc"
