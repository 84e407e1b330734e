"""Incidents in a page: found, acknowledged and silenced, without a script."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from tests.web.conftest import SignIn
from virtadmin.accounts.models import User
from virtadmin.alerting.models import Incident, Silence
from virtadmin.alerting.rules.quiet import Hold
from virtadmin.servers.models import Server
from virtadmin.web.incidents import sentence, until

HOUR = timedelta(hours=1)


@pytest.fixture
def hot(web1: Server) -> Incident:
    """The processor is over its limit, and what kept it busy is known."""
    return Incident.objects.create(
        server=web1, kind="cpu_usage", open_key=f"{web1.pk}:cpu_usage", value=91.3, limit=80,
        context={"processes": [{"name": "<mysqld>", "cpu_percent": 180.2, "rss_mib": 900}]},
    )  # fmt: skip


@pytest.fixture
def was_lost(web1: Server) -> Incident:
    """It was lost for two hours, later than the other began."""
    now = timezone.now()
    return Incident.objects.create(
        server=web1, kind="lost", level="critical", opened=now + HOUR, closed=now + 3 * HOUR, reason="No answer.",
        ending="recovered",
    )  # fmt: skip


def test_the_open_ones_come_first_with_what_why_and_who(
    alice: User, hot: Incident, was_lost: Incident, sign_in: SignIn
) -> None:
    page = sign_in(alice).get("/incidents/").content.decode()
    assert page.index("CPU at 91.3 %, limit 80 %") < page.index("Lost: No answer.")
    assert "Heaviest then: &lt;mysqld&gt; 180 %" in page
    assert "for 2 h" in page
    assert "Open <b>1</b>" in page


@pytest.mark.parametrize(
    ("query", "hot_shown", "lost_shown"),
    [
        ("?state=open", True, False),
        ("?state=over", False, True),
        ("?kind=lost", False, True),
        ("?level=warning", True, False),
        ("?q=web1+192.0", True, True),
        ("?q=db", False, False),
        ("?state=nonsense&kind=weather&level=high", True, True),
    ],
)
def test_the_list_is_narrowed(
    alice: User, hot: Incident, was_lost: Incident, sign_in: SignIn, query: str, hot_shown: bool, lost_shown: bool
) -> None:
    page = sign_in(alice).get(f"/incidents/{query}").content.decode()
    assert (f'id="incident-{hot.pk}"' in page, f'id="incident-{was_lost.pk}"' in page) == (hot_shown, lost_shown)


def test_one_is_acknowledged_and_that_is_taken_back(alice: User, hot: Incident, sign_in: SignIn) -> None:
    client = sign_in(alice)
    answer = client.post(f"/incidents/{hot.pk}/acknowledge/?state=open")
    assert answer["Location"] == "/incidents/?state=open"
    page = client.get("/incidents/").content.decode()
    assert "alice looks after it" in page
    assert "Acknowledged: nobody is reminded" in page
    client.post(f"/incidents/{hot.pk}/acknowledge/", {"back": "1"})
    assert "looks after it" not in client.get("/incidents/").content.decode()


@pytest.mark.parametrize(("sent", "hours"), [("3600", 1), ("28800", 8), ("", None), ("nonsense", 1)])
def test_one_is_silenced_for_as_long_as_the_button_says(
    alice: User, hot: Incident, sign_in: SignIn, sent: str, hours: int | None
) -> None:
    sign_in(alice).post(f"/incidents/{hot.pk}/silence/", {"seconds": sent})
    ends = Silence.objects.get(server=hot.server, kind="cpu_usage").ends
    assert (ends is None) == (hours is None)
    assert ends is None or abs(ends - timezone.now() - (hours or 0) * HOUR) < timedelta(minutes=1)
    assert "silenced until" in sign_in(alice).get("/incidents/").content.decode()


def test_what_is_over_cannot_be_acknowledged_and_the_page_says_so(
    alice: User, was_lost: Incident, sign_in: SignIn
) -> None:
    answer = sign_in(alice).post(f"/incidents/{was_lost.pk}/acknowledge/", follow=True)
    assert "This incident is over already." in answer.content.decode()


def test_members_look_strangers_find_nothing_and_nobody_signs_in(
    bob: User, charlie: User, hot: Incident, sign_in: SignIn
) -> None:
    seen = sign_in(bob).get("/incidents/").content.decode()
    assert "CPU at 91.3 %" in seen
    assert "Acknowledge" not in seen
    assert "All is well" in sign_in(charlie).get("/incidents/").content.decode()
    for deed in ("acknowledge", "silence"):
        path = f"/incidents/{hot.pk}/{deed}/"
        assert [sign_in(person).post(path).status_code for person in (bob, charlie)] == [403, 404]
        assert sign_in(bob).get(path).status_code == 405
    assert not Silence.objects.exists()


def test_the_list_is_a_fragment_of_its_own(alice: User, hot: Incident, sign_in: SignIn) -> None:
    asked = {"HX-Request": "true", "HX-Target": "section#incidents"}
    part = sign_in(alice).get("/incidents/", headers=asked).content.decode().strip()
    assert part.startswith('<section id="incidents"')
    assert part.endswith("</section>")


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"kind": "hdd_usage", "value": 97, "limit": 8, "place": "/", "open_key": "x"}, "Disk at 97 % on /, limit 8 %"),
        ({"kind": "cpu_usage", "value": 70.0, "peak": 99.5, "limit": 80}, "CPU up to 99.5 %, limit 80 %"),
        ({"kind": "cpu_usage", "limit": 80}, "CPU, limit 80 %"),
        ({"kind": "disk_forecast", "value": 9.2, "place": "/", "open_key": "x"}, "/ is full in about 9 hours"),
        ({"kind": "ram_forecast", "value": None}, "Memory was going to be full soon"),
        ({"kind": "lost"}, "Lost"),
        ({"kind": "host_key_changed"}, "Its host key changed"),
    ],
)  # fmt: skip
def test_every_kind_is_a_sentence(fields: dict[str, object], said: str) -> None:
    assert sentence(Incident(**fields)) == said


def test_the_end_of_a_silence_is_told_by_the_persons_clock() -> None:
    now, zone = datetime(2026, 11, 22, 22, tzinfo=UTC), ZoneInfo("Europe/Berlin")
    rule = Silence()
    assert until(Hold("silenced", now + HOUR / 2, rule), now, zone) == "silenced until 23:30"
    assert until(Hold("maintenance", now + HOUR, rule), now, zone) == "in maintenance until 23 Nov 00:00"
    assert until(Hold("silenced", None, rule), now, zone) == "silenced until somebody ends it"
