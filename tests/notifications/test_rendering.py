"""The words of messages, as people read them."""

import re
from datetime import datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from tests.notifications.conftest import CPU, LOST
from virtadmin.notifications import rendering
from virtadmin.notifications.templatetags.messages_text import duration, moment, percent, words

FOLDER = Path(rendering.__file__).parent / "templates" / "notifications"
KINDS = sorted(path.name.removesuffix(".title.txt") for path in FOLDER.glob("*.title.txt"))
OF_CHANNELS = ["channel_disabled", "channel_test"]
OF_SEVERAL = [
    "acknowledged_several",
    "host_keys",
    "outage",
    "outage_over",
    "server_alerts",
    "servers_changed",
    "still_open",
]
"""Messages that list incidents: tests/alerting/test_messages.py."""
OF_WEBSITES = [kind for kind in KINDS if kind.startswith(("website", "certificate"))]
"""tests/alerting/websites/test_messages.py."""
OF_SERVERS = [kind for kind in KINDS if kind not in [*OF_CHANNELS, *OF_SEVERAL, *OF_WEBSITES]]
HOSTILE = {
    **CPU,
    "by": "alice",
    "hours": 9.2,
    "kind": "CPU",
    "level": "critical",
    "name": "<script>x</script>\nLink: http://evil & 'so' on",
    "reason": "<i>\r\n.\r\n",
}


@pytest.fixture(autouse=True)
def _no_missing_variable(settings: Any) -> None:
    """A variable that a template misspells shows."""
    templates = [
        {**engine, "OPTIONS": {**engine["OPTIONS"], "string_if_invalid": "MISSING"}} for engine in settings.TEMPLATES
    ]
    settings.TEMPLATES = templates


def test_every_kind_has_its_three_templates() -> None:
    for kind in KINDS:
        assert (FOLDER / f"{kind}.text.txt").exists()
        assert (FOLDER / f"{kind}.html").exists()


@pytest.mark.parametrize("kind", OF_SERVERS)
def test_names_cannot_become_markup_or_lines(kind: str) -> None:
    facts = rendering.cleaned(HOSTILE)
    title, text = rendering.title(kind, facts), rendering.text(kind, facts)
    html = rendering.html(kind, title, facts)
    assert "\n" not in title
    assert "<script>x</script> Link: http://evil & 'so' on" in title
    assert "<script>x</script> Link: http://evil & 'so' on" in text
    assert not re.search(r"^Link:|^\.$", text, re.MULTILINE)
    assert "<script>" not in html
    assert "<i>" not in html
    assert "&lt;script&gt;" in html
    assert "MISSING" not in title + text + html


@pytest.mark.parametrize("kind", OF_SERVERS)
def test_every_message_says_where_since_when_and_where_to_look(kind: str, settings: Any) -> None:
    settings.PUBLIC_URL = "https://hub.example.org"
    facts = rendering.cleaned({**CPU, "level": "warning"})
    text, html = rendering.text(kind, facts), rendering.html(kind, "A title", facts)
    for told in (text, html):
        assert "web1" in told
        assert "192.0.2.1" in told
        assert "22 Nov 2026 14:03:05 UTC" in told
        assert "https://hub.example.org/servers/7/" in told
    HTMLParser().feed(html)
    assert html.count("<tr>") == html.count("</tr>") >= 2


@pytest.mark.parametrize("kind", OF_CHANNELS)
@pytest.mark.parametrize("fallback", ["", "Email"])
def test_messages_of_channels_name_them_harmlessly_and_lead_to_their_page(
    kind: str, fallback: str, settings: Any
) -> None:
    settings.PUBLIC_URL = "https://hub.example.org"
    name = "<script>x</script>\nLink: http://evil"
    facts = rendering.cleaned(
        {"channel": name, "fallback": fallback, "reason": name, "since": LOST["since"], "level": "warning"}
    )
    title, text = rendering.title(kind, facts), rendering.text(kind, facts)
    html = rendering.html(kind, title, facts)
    assert "<script>x</script> Link: http://evil" in text
    assert "<script>" not in html
    assert "MISSING" not in title + text + html
    assert "https://hub.example.org/channels/" in text
    assert "https://hub.example.org/channels/" in html
    assert ("goes to Email instead" in text) == bool(fallback and kind == "channel_disabled")


def test_a_crossed_limit_reads_like_this(settings: Any) -> None:
    settings.PUBLIC_URL, settings.HUB_NAME = "https://hub.example.org", "hub"
    facts = {**CPU, "level": "critical"}
    assert rendering.title("limit_crossed", facts) == "Critical: web1: CPU at 97 %, limit 80 %"
    assert rendering.text("limit_crossed", facts) == (
        "CPU of web1 (192.0.2.1) is at 97 %, the mean of the last 5 min. The limit is 80 %.\n"
        "\n"
        "Since: 22 Nov 2026 14:03:05 UTC\n"
        "Server: https://hub.example.org/servers/7/\n"
        "\n"
        "hub tells you when it is over.\n"
    )


def test_a_recovery_reads_like_this(settings: Any) -> None:
    settings.PUBLIC_URL = "https://hub.example.org"
    facts = {**CPU, "cpu_usage": 41.24, "level": "recovery"}
    assert rendering.title("limit_cleared", facts) == "Recovered: web1: CPU at 41.2 %"
    assert rendering.text("limit_cleared", facts) == (
        "CPU of web1 (192.0.2.1) is at 41.2 %, below the limit of 80 % again.\n"
        "\n"
        "It was over the limit from 22 Nov 2026 14:03:05 UTC for 1 h 6 min, 99.5 % at most.\n"
        "Server: https://hub.example.org/servers/7/\n"
    )


def test_a_lost_server_reads_like_this(settings: Any) -> None:
    settings.PUBLIC_URL, settings.HUB_NAME = "https://hub.example.org", "hub"
    facts = {**LOST, "level": "critical", "stage": "auth_rejected"}
    assert rendering.title("server_lost", facts) == "web1 is down: auth rejected"
    assert rendering.text("server_lost", facts) == (
        "web1 (192.0.2.1) cannot be asked any more: auth rejected.\n"
        "\n"
        "What happened: No answer within 5 s.\n"
        "What to do: Check whether it is on.\n"
        "Since: 22 Nov 2026 14:03:05 UTC\n"
        "Last answer: 22 Nov 2026 14:01:00 UTC\n"
        "Server: https://hub.example.org/servers/7/\n"
        "\n"
        "hub keeps trying and tells you when the server is back.\n"
    )


@pytest.mark.parametrize(
    ("public", "listen", "expected"),
    [
        ("https://hub.example.org", "0.0.0.0:1", r"https://hub\.example\.org/servers/7/"),
        ("", "127.0.0.1:8000", r"http://127\.0\.0\.1:8000/servers/7/"),
        ("", "0.0.0.0:8000", r"http://[\w.-]+:8000/servers/7/"),
        ("", "[::]:8000", r"http://[\w.-]+:8000/servers/7/"),
    ],
)
def test_links_are_absolute_and_lead_to_a_host(settings: Any, public: str, listen: str, expected: str) -> None:
    settings.PUBLIC_URL, settings.VIRTADMIN_LISTEN = public, listen
    link = rendering.link(LOST)
    assert re.fullmatch(expected, link)
    assert public or "0.0.0.0" not in link
    assert rendering.link({}).endswith("/notifications/")


def test_a_long_title_is_cut(settings: Any) -> None:
    assert len(rendering.title("server_lost", {**LOST, "name": "x" * 500})) == 200


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [(0, "0 s"), (45, "45 s"), (300, "5 min"), (90, "1 min 30 s"), (3600, "1 h"), (4000, "1 h 6 min"),
     (86400 * 2 + 60, "2 d"), (86400 + 7200, "1 d 2 h"), (-5, "0 s")],
)  # fmt: skip
def test_durations_are_told_in_their_two_largest_units(seconds: float, expected: str) -> None:
    assert duration(seconds) == expected


def test_figures_are_told_briefly() -> None:
    assert [percent(97.0), percent(97.25), percent(0.04)] == ["97 %", "97.2 %", "0 %"]
    assert words("host_key_changed") == "host key changed"


def test_moments_are_told_in_the_hubs_time_zone(settings: Any) -> None:
    settings.TIME_ZONE = "Europe/Berlin"
    assert moment("2026-07-02T14:03:05+00:00") == "2 Jul 2026 16:03:05 CEST"
    assert datetime.fromisoformat("2026-07-02T14:03:05+00:00").tzinfo is not None
