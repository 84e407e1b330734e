"""What the pages say of websites, apart from any page: conditions, bars, spans, phases, certificates, headers."""

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from django.forms import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from tests.web.sites import PHASES, certificate
from virtadmin.collector.websites.tried import state_tried
from virtadmin.web.condition import Condition
from virtadmin.web.forms.headers import lines_of, names_of, pairs_in
from virtadmin.web.websites.certificate import card
from virtadmin.web.websites.condition import Known, certificate_end, standing
from virtadmin.web.websites.listing import bare, milliseconds
from virtadmin.web.websites.newest import newest, phases_of
from virtadmin.web.websites.settings import settings_said
from virtadmin.web.websites.spans import spans
from virtadmin.web.websites.strip import HEIGHT, Day, Kind, bar, days_of, percent, said, strip
from virtadmin.websites.check.outcome import Outcome, Phases
from virtadmin.websites.check.stages import Stage
from virtadmin.websites.models import Url, UrlState
from virtadmin.websites.uptime import Spent

NOW = datetime(2026, 11, 26, 14, tzinfo=UTC)
TODAY = NOW.date()
UP = Known(enabled=True, interval=60, status="up", last_check=NOW - timedelta(seconds=30))
SECONDS = st.integers(0, 86_400)


@pytest.mark.parametrize(
    ("change", "condition", "word", "reason"),
    [
        ({}, Condition.UP, "up", ""),
        ({"enabled": False, "status": "down"}, Condition.PAUSED, "paused", "until it is resumed"),
        ({"status": "down", "reason": "refused: Nobody."}, Condition.DOWN, "down", "Nobody."),
        ({"status": "down", "reason": "odd"}, Condition.DOWN, "down", "odd"),
        ({"failures": 1, "reason": "dns: No such name."}, Condition.UNKNOWN, "unsure", "No such name. It is checked"),
        ({"status": "pending", "last_check": None}, Condition.PENDING, "waiting", "first check"),
        ({"last_check": NOW - timedelta(minutes=9)}, Condition.STALE, "no news", "overdue"),
        ({"last_check": NOW - timedelta(minutes=9), "retry_at": NOW.timestamp() + 9}, Condition.UP, "up", ""),
        ({"warned": True, "expires": NOW + timedelta(days=5)}, Condition.OVER, "expiring", "expires in 5 days."),
    ],
)
def test_the_condition_of_a_website(change: dict[str, Any], condition: Condition, word: str, reason: str) -> None:
    told = standing(replace(UP, **change), NOW)
    assert (told.condition, told.word) == (condition, word)
    assert reason in told.reason


def test_the_hint_belongs_to_the_stage() -> None:
    assert "firewall" in standing(replace(UP, status="down", reason="refused: Nobody."), NOW).hint


@pytest.mark.parametrize(
    ("left", "text"),
    [
        (None, ""),
        (timedelta(days=-1), "Its certificate has expired."),
        (timedelta(hours=3), "Its certificate expires within a day."),
        (timedelta(days=1, hours=2), "Its certificate expires in 1 day."),
    ],
)
def test_how_long_a_certificate_lasts(left: timedelta | None, text: str) -> None:
    assert certificate_end(None if left is None else NOW + left, NOW) == text


@pytest.mark.parametrize(
    ("spent", "kind", "text"),
    [
        (Spent(86_400), Kind.UP, "100 % up"),
        (Spent(86_280, 120), Kind.DENTED, "99.86 % up, down for 2 min"),
        (Spent(43_200, 43_200), Kind.DOWN, "50.00 % up, down for 12 h"),
        (Spent(0, 86_400), Kind.DOWN, "0.00 % up, down for 1 d"),
        (Spent(0, 0, 1800), Kind.HELD, "down for 30 min in maintenance"),
        (Spent(), Kind.NONE, "nothing known"),
    ],
)
def test_a_day_has_a_shape_and_exact_figures(spent: Spent, kind: Kind, text: str) -> None:
    day = Day(TODAY, spent)
    assert (day.kind, day.name, day.text) == (kind, "Thu 26 Nov", text)
    assert f'class="{kind}"' in bar(day) or not spent.up


@given(up=SECONDS, down=SECONDS, held=SECONDS)
def test_bars_stay_in_their_box_and_no_outage_is_too_small_to_be_seen(up: int, down: int, held: int) -> None:
    drawn = bar(Day(TODAY, Spent(up, down, held)))
    heights = [float(part) for part in re.findall(r'd="M1\.5 (-?[0-9.]+)', drawn)]
    assert all(0 < height <= HEIGHT for height in heights)
    assert ('class="d' in drawn) == bool(down)
    assert ('class="up"' in drawn) == bool(up)


@given(st.floats(0, 100))
def test_percentages_are_never_rounded_up(value: float) -> None:
    text = percent(value)
    assert float(text.removesuffix(" %")) <= value
    assert (text == "100 %") == (value == 100)


def test_nothing_known_has_no_percentage() -> None:
    assert percent(None) == "–"
    assert said(days_of({}, TODAY, 30)) == "Last 30 days: nothing known yet"


def test_a_strip_says_in_words_what_it_shows() -> None:
    known = {TODAY - timedelta(days=ago): Spent(86_400 - 900 * (ago < 5), 900 * (ago < 5)) for ago in range(30)}
    days = days_of(known, TODAY, 30)
    assert [day.day for day in (days[0], days[-1])] == [date(2026, 10, 28), TODAY]
    drawn = strip(days)
    label = "Last 30 days: 99.82 % up; outages on Thu 26 Nov, Wed 25 Nov, Tue 24 Nov and 2 more days"
    assert f'role="img" aria-label="{label}"' in drawn
    assert drawn.count("<path") == 2  # one for what was up, one for what was not
    assert "style" not in drawn


def test_spans_are_of_the_last_days_up_to_now() -> None:
    known = {TODAY - timedelta(days=ago): Spent(86_400) for ago in range(365)}
    known[TODAY - timedelta(days=26)] = Spent(82_800, 3600, 60)
    found = {span.label: span for span in spans(known, TODAY)}
    assert [*found] == ["Today", "7 days", "30 days", "November", "365 days"]
    assert (found["Today"].text, found["November"].text, found["7 days"].was_down) == ("100 %", "100 %", False)
    assert (found["30 days"].text, found["30 days"].note) == ("99.86 %", "down for 1 h, 1 min in maintenance")
    assert {span.text for span in spans({}, TODAY)} == {"–"}


def test_phases_are_one_after_the_other_and_fill_the_whole() -> None:
    phases = phases_of(PHASES, rest="Read the page")
    assert [phase.text for phase in phases] == ["4.2 ms", "12 ms", "24 ms", "61 ms", "12 ms"]
    for one, after in pairwise(phases):
        assert one.start + one.width == pytest.approx(after.start, abs=0.05)
    assert phases[-1].start + phases[-1].width == pytest.approx(100, abs=0.05)
    assert phases_of({}, rest="x") == []


@given(st.fixed_dictionaries({name: st.floats(0, 1e5) for name in PHASES}))
def test_phases_never_leave_their_bar(spent: dict[str, float]) -> None:
    for phase in phases_of(spent, rest="x"):
        assert 0 <= phase.start <= 100
        assert 0 < phase.width <= 100


@pytest.mark.parametrize(
    ("outcome", "last"),
    [
        (Outcome(status=200, phrase="OK", phases=Phases(dns=0.001, total=0.1)), "Read the page"),
        (Outcome(Stage.REFUSED, "Nobody.", "Look.", phases=Phases(dns=0.001, total=0.1)), "Until it failed"),
    ],
)
def test_what_was_tried_is_shown_like_what_was_checked(outcome: Outcome, last: str) -> None:
    state = state_tried(outcome)
    shown = newest(state, NOW)
    assert (shown.status, shown.took, shown.phases[-1].label) == (outcome.status, "100 ms", last)
    assert state.status_reason == ("refused: Nobody." if outcome.stage else "")
    assert shown.certificate is None
    assert newest(UrlState(), NOW).phases == []


@pytest.mark.parametrize(
    ("change", "days", "sign", "wrong"),
    [
        ({}, 61, "up", []),
        ({}, 9, "warning", []),
        ({}, -2, "down", ["It has expired."]),
        ({}, 300, "down", ["It is not valid yet."]),
        ({"name_matches": False}, 61, "down", ["It is not for this host's name."]),
        ({"trusted": False}, 61, "down", ["The hub does not know who issued it."]),
        ({"trusted": False, "chain_complete": False}, 61, "down", ["The server does not send the whole chain"]),
        ({"trusted": False, "self_signed": True}, 61, "down", ["It is signed by itself"]),
        ({"self_signed": True}, 61, "up", []),
        ({"trusted": False}, -2, "down", ["It has expired."]),
        ({"protocol": "TLSv1.1"}, 61, "down", ["The server speaks TLSv1.1"]),
    ],
)
def test_a_certificate_says_what_is_wrong_with_it(
    change: dict[str, Any], days: int, sign: str, wrong: list[str]
) -> None:
    shown = card(certificate(NOW, days=days, **change), NOW)
    assert shown.sign == sign
    assert len(shown.wrong) == len(wrong)
    assert all(said.startswith(known) for said, known in zip(shown.wrong, wrong, strict=True))
    assert 0 <= shown.used <= 100


def test_a_certificate_of_many_names_folds_most_of_them() -> None:
    shown = card(certificate(NOW, days=1.5, names=[f"n{n}.example.org" for n in range(9)]), NOW)
    assert (len(shown.names), len(shown.more_names), shown.lasts) == (6, 3, "1 day left")
    assert shown.fingerprint.startswith("9f:86:d0")
    assert card(certificate(NOW, days=-1), NOW).lasts == "over"


def test_headers_are_typed_one_a_line() -> None:
    text = "Accept: */*\r\n\nX-Odd:  a: b \n"
    assert pairs_in(text) == {"Accept": "*/*", "X-Odd": "a: b"}
    assert pairs_in(lines_of({"Accept": "*/*", "X-Odd": "a: b"})) == {"Accept": "*/*", "X-Odd": "a: b"}
    assert names_of("X-Key:\nX-New: v\nX-Empty:", ["X-Key"]) == {"X-Key": None, "X-New": "v", "X-Empty": ""}


@pytest.mark.parametrize("text", ["no colon: fine\nsecret-word", ": secret-word", "A: secret-word\na: again"])
def test_a_line_that_is_no_header_is_named_by_its_number_alone(text: str) -> None:
    with pytest.raises(ValidationError, match=r"Line [12]") as refused:
        pairs_in(text)
    assert "secret-word" not in str(refused.value)


def test_settings_tell_what_is_unusual_and_no_secret() -> None:
    plain = dict(settings_said(Url(uri="http://shop.example.org/", confirmations=1)))
    assert plain == {
        "Checked": "every 1 min, given up after 10 s", "Down after": "the first failed check", "Status code": "200-299",
    }  # fmt: skip
    odd = Url(
        uri="https://shop.example.org/", check_status_code=False, text_present="a", text_absent="b", method="POST",
        headers={"Accept": "x"}, secret_headers='{"X-Key": "hidden"}', secret_header_names=["X-Key"],
        username="monitor",
        password="hidden", follow_redirects=False, ca_certificates="PEM", check_ssl=False, private_allowed=True,
    )  # fmt: skip
    told = dict(settings_said(odd))
    assert told["Headers"] == "Accept, X-Key (secret)"
    assert told["Certificate"] == "must be valid, of an own CA too; nobody is reminded before it expires"
    assert {"Must be there", "Must not be there", "Method", "Signs in as", "Redirects", "Private addresses"} <= {*told}
    assert "hidden" not in str(told)


def test_addresses_and_times_are_short() -> None:
    assert bare("https://shop.example.org/") == "shop.example.org"
    assert len(bare("https://shop.example.org/" + "x" * 99)) == 60
    assert (milliseconds(85.2), milliseconds(1234)) == ("85 ms", "1.2 s")
