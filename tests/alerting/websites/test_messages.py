"""The words of messages about websites, as people read them."""

import re
from html.parser import HTMLParser
from typing import Any

import pytest

from tests.alerting.fleet import Fleet
from tests.alerting.sites import DAY, Sites
from virtadmin.accounts.models import User
from virtadmin.alerting.subject import address_of, called
from virtadmin.alerting.websites.facts import PHASES
from virtadmin.notifications import rendering
from virtadmin.notifications.models import Notification
from virtadmin.servers.models import Server
from virtadmin.websites.check.stages import Stage
from virtadmin.websites.models import Url, UrlState

pytestmark = pytest.mark.usefixtures("valkey")
HOSTILE = "<b>x</b>\nLink: http://evil"
HARMLESS = "<b>x</b> Link: http://evil"
LONG = "<i>" + 10_000 * "y"


@pytest.fixture(autouse=True)
def _address(settings: Any) -> None:
    """Where the hub is, and a variable that a template misspells shows."""
    settings.PUBLIC_URL, settings.HUB_NAME = "https://hub.example.org", "hub"
    settings.TEMPLATES = [
        {**engine, "OPTIONS": {**engine["OPTIONS"], "string_if_invalid": "MISSING"}} for engine in settings.TEMPLATES
    ]


def texts(sites: Sites) -> list[str]:
    return [row.description for row in sites.told()]


def test_down_and_up_again_read_like_this(alice: User) -> None:
    home = Fleet(alice)
    sites = Sites(alice, uri="https://shop.example.org/start?token=secret", server_id=home.ids[0])
    hops = [{"uri": "https://shop.example.org/start", "status": 302, "to": "https://shop.example.org/de/"}]
    UrlState.objects.update(details={"redirects": hops})
    sites.fall()
    sites.wait(90)
    sites.see()
    down, up = sites.told()
    assert down.title == "shop.example.org/start?… is down: HTTP 503"
    assert down.description == (
        "shop.example.org/start?… (https://shop.example.org/start?…) is down: HTTP 503.\n"
        "\n"
        "What happened: The server answered 503.\n"
        "Failed while: judging the answer\n"
        "Status: 503\n"
        "Redirected to: https://shop.example.org/de/\n"
        "What to do: Look at the web server's log.\n"
        "Since: 15 Jan 2027 08:00:00 UTC\n"
        "Runs on: s000\n"
        "Incidents: https://hub.example.org/incidents/\n"
        "\n"
        "hub keeps checking and tells you when it is up again.\n"
    )
    assert up.description == (
        "shop.example.org/start?… (https://shop.example.org/start?…) is up again, after 1 min 30 s.\n"
        "\n"
        "It was down from: 15 Jan 2027 08:00:00 UTC\n"
        "Why: The server answered 503.\n"
        "Incidents: https://hub.example.org/incidents/\n"
    )
    assert "server" not in down.meta, "what is about a server alone goes to its log"


def test_what_failed_without_an_answer_is_named(alice: User) -> None:
    sites = Sites(alice, name="shop")
    sites.fall(stage="tls_timeout", reason="No TLS within 10 s.", hint="", status=None)
    assert sites.titles() == ["shop is down: TLS timeout"]
    (told,) = texts(sites)
    assert told == (
        "shop (https://shop000.example.org/) is down: TLS timeout.\n"
        "\n"
        "What happened: No TLS within 10 s.\n"
        "Failed while: agreeing on encryption (TLS)\n"
        "Since: 15 Jan 2027 08:00:00 UTC\n"
        "Incidents: https://hub.example.org/incidents/\n"
        "\n"
        "hub keeps checking and tells you when it is up again.\n"
    )


def test_every_stage_but_the_hubs_own_fault_has_a_phase() -> None:
    assert {*Stage} - {*PHASES} == {Stage.INTERNAL}


def test_several_read_like_this(alice: User) -> None:
    sites = Sites(alice, 7)
    sites.fall(sites.ids[:2])
    sites.fall(sites.ids[2:], stage="refused", status=None)
    sites.wait(30)
    sites.see()
    first, rest, up = sites.told()
    assert first.title == "2 websites are down: shop000.example.org, shop001.example.org"
    assert rest.title == "5 websites are down: " + ", ".join(f"shop00{n}.example.org" for n in range(2, 7))
    assert first.description == (
        "2 websites are down:\n"
        "- shop000.example.org (https://shop000.example.org/): HTTP 503, since 15 Jan 2027 08:00:00 UTC\n"
        "- shop001.example.org (https://shop001.example.org/): HTTP 503, since 15 Jan 2027 08:00:00 UTC\n"
        "\n"
        "Incidents: https://hub.example.org/incidents/\n"
        "\n"
        "hub keeps checking and tells you when they are up again.\n"
    )
    assert up.title == "Recovered: 7 websites are up again"
    assert up.description.startswith(
        "7 websites are up again:\n- shop000.example.org (https://shop000.example.org/) after 30 s\n"
    )


def test_an_expiring_an_expired_and_a_renewed_certificate_read_like_this(alice: User) -> None:
    sites = Sites(alice)
    UrlState.objects.update(certificate={"issuer": "Some CA"})
    expires = sites.now + 5 * DAY
    sites.see(expires=expires)
    sites.now = expires
    sites.see(expires=expires)
    sites.wait(60)
    sites.see(expires=sites.now + 90 * DAY, renewed="It was valid until A, and is until B now.")
    assert texts(sites) == [
        (
            "The certificate of shop000.example.org (https://shop000.example.org/) expires in 5 days. "
            "Browsers refuse the website from then on: renew it before.\n"
            "\n"
            "Expires: 20 Jan 2027 08:00:00 UTC\n"
            "Issued by: Some CA\n"
            "Incidents: https://hub.example.org/incidents/\n"
            "\n"
            "hub reminds you once more at each step before it expires, and tells you when it is renewed.\n"
        ),
        (
            "The certificate of shop000.example.org (https://shop000.example.org/) has expired: "
            "browsers refuse the website now. Renew the certificate; if it was renewed, reload the web server.\n"
            "\n"
            "Expired: 20 Jan 2027 08:00:00 UTC\n"
            "Issued by: Some CA\n"
            "Incidents: https://hub.example.org/incidents/\n"
            "\n"
            "hub tells you when it is renewed.\n"
        ),
        (
            "shop000.example.org (https://shop000.example.org/) shows a new certificate. "
            "It expires 20 Apr 2027 08:01:00 UTC.\n"
            "\n"
            "What changed: It was valid until A, and is until B now.\n"
            "Issued by: Some CA\n"
            "People were told of the old one from: 15 Jan 2027 08:00:00 UTC\n"
            "Incidents: https://hub.example.org/incidents/\n"
        ),
    ]


def test_a_changed_certificate_reads_like_this(alice: User) -> None:
    sites = Sites(alice)
    sites.certified(80 * DAY, renewed="The issuer was A and is B now.")
    sites.wait(40)
    (told,) = texts(sites)
    assert told == (
        "shop000.example.org (https://shop000.example.org/) shows another certificate than before. "
        "If nobody of you changed it, find out what answers there.\n"
        "\n"
        "What changed: The issuer was A and is B now.\n"
        "Noticed: 15 Jan 2027 08:00:00 UTC\n"
        "Incidents: https://hub.example.org/incidents/\n"
    )


def everything(sites: Sites, **text: str) -> None:
    """Let every message about websites be written, alone and together."""
    for ids in (sites.ids[:1], sites.ids):
        sites.fall(ids, **text)
        sites.wait(120)
        sites.see(ids)
        sites.wait(120)
        end = sites.now + 150
        for _ in range(2):
            sites.see(ids, expires=end)
            sites.wait(180)
        for _ in range(2):
            sites.see(ids, expires=sites.now + 90 * DAY, renewed=text.get("reason", "It is new."))
        sites.wait(120)


KINDS = {
    "website_down", "website_up", "websites_down", "websites_up", "certificate_expiring", "certificate_expired",
    "certificate_renewed", "certificate_changed", "certificates", "certificates_changed",
}  # fmt: skip


def test_names_and_answers_cannot_become_markup_or_lines(alice: User) -> None:
    home = Fleet(alice)
    sites = Sites(alice, 25, name=HOSTILE, server_id=home.ids[0])
    Server.objects.update(name=HOSTILE)
    UrlState.objects.update(certificate={"issuer": HOSTILE}, details={"redirects": [{"to": HOSTILE}]})
    everything(sites, reason=HOSTILE, hint=HOSTILE)
    assert {*Notification.objects.values_list("kind", flat=True)} == KINDS
    for row in Notification.objects.all():
        html = rendering.html(row.kind, row.title, row.meta)
        assert "\n" not in row.title
        assert HARMLESS in row.description
        assert not re.search(r"^Link:", row.description, re.MULTILINE)
        assert "<b>" not in html
        assert "&lt;b&gt;x&lt;/b&gt; Link: http://evil" in html
        assert "MISSING" not in row.title + row.description + html
        assert "\n\n\n" not in row.description
        assert "https://hub.example.org/incidents/\n" in row.description
        HTMLParser().feed(html)
        assert html.count("<tr>") == html.count("</tr>") >= 1


def test_texts_without_end_make_no_long_message(alice: User) -> None:
    sites = Sites(alice, 60, name="x" * 100, uri="https://example.org/" + 1900 * "z")
    UrlState.objects.update(certificate={"issuer": LONG}, details={"redirects": [{"to": LONG}]})
    everything(sites, reason=LONG, hint=LONG)
    assert {*Notification.objects.values_list("kind", flat=True)} == KINDS
    for row in Notification.objects.all():
        assert len(row.title) <= 200
        assert len(row.description) < 32_000
        assert "<i>" not in rendering.html(row.kind, row.title, row.meta)


@pytest.mark.parametrize(
    ("uri", "name", "shown", "address"),
    [
        ("https://example.org", "", "example.org", "https://example.org"),
        ("https://example.org:8443/a/?key=1#part", "", "example.org:8443/a/?…", "https://example.org:8443/a/?…"),
        ("http://ann:secret@example.org/", "shop", "shop", "http://example.org/"),
        ("http://[::1]:8080/", "", "[::1]:8080", "http://[::1]:8080/"),
    ],
)
def test_a_website_is_called_by_its_name_or_address_without_what_may_be_secret(
    uri: str, name: str, shown: str, address: str
) -> None:
    assert (called(Url(uri=uri, name=name)), address_of(Url(uri=uri, name=name))) == (shown, address)
