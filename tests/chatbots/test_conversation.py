"""What is answered, to whom; nothing of other people's servers. Every text is here as people read it."""

import logging
import re
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from tests.chatbots.conftest import incoming, linked, make_incident, make_server
from virtadmin.accounts.models import User
from virtadmin.alerting.models import Incident
from virtadmin.chatbots import answers
from virtadmin.chatbots.contract import Reply
from virtadmin.chatbots.conversation import NOT_YOURS, TOLD_AT_MOST, UNKNOWN, hear
from virtadmin.notifications.models import BotUserLink, UserChannel
from virtadmin.servers.models import Server, ServerState

HELP = """\
I tell you when a server or a website needs you, and I answer these:
/status – how things are
/servers – all servers with their newest numbers
/server NAME – one server by its name: numbers and heaviest processes
/websites – all websites, those in trouble first
/incidents – what is open now
/ack NUMBER – acknowledge an incident: no more reminders of it
/silence NUMBER – silence an incident for an hour
/stop – unlink this chat
/help – this list"""


@pytest.fixture(autouse=True)
def heaviest(monkeypatch: pytest.MonkeyPatch) -> None:
    """No worker runs here; `test_processes` asks a real one."""
    monkeypatch.setattr(answers, "heaviest_now", lambda server_id: "stress-ng 98 %, php-fpm (3) 12 %")


def say(text: str = "", **more: Any) -> Reply:
    reply = hear(incoming(text, **more), timezone.now())
    assert reply is not None
    return reply


def test_help_is_a_list_with_and_without_slashes(link: BotUserLink) -> None:
    assert say("/help").text == HELP
    assert say("help", slash=False).text == HELP.replace("\n/", "\n")
    assert say("what is this?").text == f"I do not understand this.\n\n{HELP}"
    assert say("/start").text == f"This chat is linked to alice.\n\n{HELP}"


def test_status_of_nothing_one_and_several(alice: User, link: BotUserLink) -> None:
    assert say("/status").text == "No server is watched yet for you. Add one on your hub's page."
    assert say("/servers").text == "No server is watched yet for you. Add one on your hub's page."
    web1 = make_server(alice, "web1")
    assert say("/status").text == "Your server is up. Nothing is open."
    make_server(alice, "web2", "192.0.2.2")
    assert say("/status").text == "All 2 servers are up. Nothing is open."
    make_server(alice, "web3", "192.0.2.3", status="down", status_reason="timeout: No answer within 5 s.")
    Server.objects.filter(name="web2").update(enabled=False)
    first = make_incident(web1)
    told = say("/status")
    assert told.text == (
        f"3 servers: 1 up, 1 lost, 1 paused.\n\n1 incident is open:\n• #{first.pk} web1: CPU at 97 %, for 5 min"
    )
    assert told.buttons == [[("Acknowledge", f"ack:{first.pk}"), ("Silence 1 h", f"silence:{first.pk}")]]


def test_servers_are_listed_with_their_numbers_the_troubled_first(web1: Server, alice: User, link: BotUserLink) -> None:
    make_server(alice, "x" * 100, "192.0.2.2", status="down")
    make_server(alice, "fresh", "192.0.2.3", status="pending", last_update=None, cpu_usage=None)
    assert say("/servers").text.splitlines() == [
        "• fresh: waiting for its first numbers",
        f"• {'x' * 59}…: lost",
        "• web1: up, CPU 12.5 %, memory 40 %, disk 70.2 %",
    ]


def test_many_servers_are_cut_short_and_say_so(alice: User, link: BotUserLink) -> None:
    for number in range(32):
        make_server(alice, f"web{number:02}", f"192.0.2.{number}")
    lines = say("/servers").text.splitlines()
    assert len(lines) == 31
    assert lines[-1] == "and 2 more servers; the page shows all."


def test_one_server_is_told_whole(web1: Server, link: BotUserLink) -> None:
    incident = make_incident(web1, "hdd_usage", place="/var", value=91.0)
    told = say("/server WEB1")
    assert re.sub(r"1[2345] s ago", "12 s ago", told.text) == (
        "web1 (192.0.2.1) is up.\n"
        "Measured 12 s ago:\n"
        "• CPU 12.5 %\n"
        "• Memory 40 % of 2.0 GiB\n"
        "• Disk 70.2 % of 50.0 GiB\n"
        "• Network 1.25 Mb/s in, 0.031 Mb/s out\n"
        "• Up for 3 d 3 h\n"
        "Heaviest processes: stress-ng 98 %, php-fpm (3) 12 %\n"
        "\n"
        "Open:\n"
        f"#{incident.pk} web1: disk /var at 91 %, for 5 min"
    )


def test_a_lost_one_says_why_and_how_old_its_numbers_are(alice: User, link: BotUserLink) -> None:
    past = timezone.now() - timedelta(hours=2)
    lost = {"status": "down", "status_reason": "timeout: No answer within 5 s.", "last_update": past}
    make_server(alice, "web1", network_usage_in=None, uptime=None, **lost)
    assert say("/server web1").text == (
        "web1 (192.0.2.1) is lost.\nNo answer within 5 s.\nMeasured 2 h ago:\n"
        "• CPU 12.5 %\n• Memory 40 % of 2.0 GiB\n• Disk 70.2 % of 50.0 GiB"
    )
    ServerState.objects.update(last_update=None)
    assert say("/server web1").text == "web1 (192.0.2.1) is lost.\nNo answer within 5 s."


def test_a_server_is_meant_by_number_name_address_or_a_part(web1: Server, alice: User, link: BotUserLink) -> None:
    make_server(alice, "web10", "192.0.2.10")
    make_server(alice, "database", "192.0.2.20")
    for word in ("web1", f"#{web1.pk}", str(web1.pk), "192.0.2.1"):
        assert say(f"/server {word}").text.startswith("web1 (")
    assert say("/server base").text.startswith("database (")
    assert say("/server web").text == "Which one do you mean?\n• web1\n• web10"
    assert say("/server").text == "Which one? Say its name after the command, such as: server web1"
    assert say("/server nobody <b>").text == "None of your servers is called nobody <b>."


def test_nothing_of_other_peoples_servers_comes_out(web1: Server, others: Incident, link: BotUserLink) -> None:
    asked = ["/status", "/servers", "/incidents", f"/ack {others.pk}", f"/silence {others.pk}", "/server secret-server",
             f"/server {others.server_id}", "/server 192.0.2.66", "/ack", "/silence"]  # fmt: skip
    for text in asked:
        told = say(text).text
        assert "secret-server (" not in told
        assert "secret-server:" not in told
    assert say(f"/ack {others.pk}").text == f"There is no incident {others.pk} that you could see."
    assert say(data=f"ack:{others.pk}").text == "I do not know this incident any more."
    others.refresh_from_db()
    assert others.acknowledged is None


def test_incidents_of_every_kind_in_words(web1: Server, link: BotUserLink) -> None:
    assert say("/incidents").text == "Nothing is open."
    kinds: dict[str, dict[str, Any]] = {
        "lost": {"value": None, "reason": "No answer within 5 s."},
        "host_key_changed": {"value": None},
        "disk_forecast": {"value": 9.0, "place": "/"},
        "ram_forecast": {"value": 5.5},
        "network_in_usage": {"value": 88.8},
    }
    numbers = [make_incident(web1, kind, **about).pk for kind, about in kinds.items()]
    told = say("/incidents")
    assert told.text.splitlines()[0] == "5 incidents are open:"
    assert sorted(told.text.splitlines()[1:]) == sorted(
        f"• #{number} web1: {words}, for 5 min"
        for number, words in zip(
            numbers,
            ["lost (no answer within 5 s)", "host key changed", "/ full in 9 h", "memory full in 5 h 30 min",
             "network in at 88.8 %"],
            strict=True,
        )
    )  # fmt: skip
    assert len(told.buttons) == 5
    assert told.buttons[0][0][0].startswith("Acknowledge #")
    make_incident(web1)
    assert say("/incidents").buttons == []


def test_acknowledging_by_word(web1: Server, alice: User, link: BotUserLink) -> None:
    assert say("/ack").text == "Nothing is open."
    incident = make_incident(web1)
    assert say("/ack").text == "Acknowledged: nobody is reminded of this any more. (web1: CPU at 97 %)"
    incident.refresh_from_db()
    assert incident.acknowledged_by == alice
    assert say("/ack").text == "All that is open is acknowledged already."
    assert say(f"/ack {incident.pk}").text == "Acknowledged already by you. (web1: CPU at 97 %)"
    assert say("/incidents").text.endswith("for 5 min, acknowledged by alice")
    assert say("/incidents").buttons == [[("Silence 1 h", f"silence:{incident.pk}")]]


def test_with_several_open_it_asks_which(web1: Server, link: BotUserLink) -> None:
    first, second = make_incident(web1), make_incident(web1, "ram_usage", value=85.0)
    told = say("/ack")
    assert told.text.startswith(f"Which one? Say its number, such as: ack {second.pk}\n\n2 incidents are open:")
    assert len(told.buttons) == 2
    assert say(f"/ack #{first.pk}").text.startswith("Acknowledged")
    assert say("/ack").text.startswith("Acknowledged")  # the other is the only one left
    assert say("/ack nonsense").text == "There is no incident nonsense that you could see."


def test_silencing_for_an_hour(web1: Server, link: BotUserLink) -> None:
    make_incident(web1)
    assert re.fullmatch(r"Silenced until \d\d:\d\d UTC\. \(web1: CPU at 97 %\)", say("/silence").text)


def test_what_is_over_says_so(web1: Server, link: BotUserLink) -> None:
    incident = make_incident(web1)
    Incident.objects.update(closed=timezone.now(), open_key=None)
    for told in (say(data=f"ack:{incident.pk}"), say(f"/silence {incident.pk}")):
        assert (told.text, told.done) == ("This is over already. (web1: CPU at 97 %)", True)


def test_who_may_only_read_is_told_so(web1: Server, bob: User) -> None:
    linked(bob)
    incident = make_incident(web1)
    told = say(data=f"silence:{incident.pk}")
    assert (told.text, told.done) == ("Your role does not allow this.", False)


def test_somebody_elses_acknowledgement_is_told(web1: Server, bob: User, link: BotUserLink) -> None:
    incident = make_incident(web1, acknowledged=timezone.now(), acknowledged_by=bob)
    assert say(data=f"ack:{incident.pk}").text == "Acknowledged already by bob. (web1: CPU at 97 %)"
    Incident.objects.update(acknowledged_by=None)
    assert say(data=f"ack:{incident.pk}").text == "Acknowledged already by somebody. (web1: CPU at 97 %)"


@pytest.mark.parametrize("data", ["", "ack", "ack:x", "drop:1", "ack:99999", "x" * 64])
def test_unknown_buttons_do_nothing(data: str, web1: Server, link: BotUserLink) -> None:
    if data:
        assert say(data=data).text == "I do not know this incident any more."


def test_stop_unlinks_and_then_it_is_a_stranger(link: BotUserLink) -> None:
    assert say("/stop").text == "This chat is unlinked: nothing more comes here."
    assert not BotUserLink.objects.exists()
    assert not UserChannel.objects.filter(kind="telegram").exists()
    assert say("/status").text == UNKNOWN
    assert hear(incoming("/status"), timezone.now()) is None


def test_strangers_are_answered_once_a_day_and_do_not_fill_the_log(db: None, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    for number in range(3 * TOLD_AT_MOST):
        chat = {"conversation": str(number), "sender": str(number)}
        assert say("hello", **chat).text == UNKNOWN
        assert hear(incoming("hello?", **chat), timezone.now()) is None
    assert caplog.text.count("linked to nobody") == TOLD_AT_MOST


def test_who_guesses_links_is_not_answered_for_ever(db: None) -> None:
    told = [hear(incoming(token=f"guess{number}"), timezone.now()) for number in range(12)]
    assert [bool(reply) for reply in told] == [True] * 10 + [False] * 2


def test_in_a_group_the_linked_person_commands_alone(web1: Server, alice: User) -> None:
    linked(alice, conversation="-4001", sender="11")
    incident = make_incident(web1)
    group = {"conversation": "-4001", "group": True}
    assert say("/status", sender="11", **group).text.startswith("Your server is up.")
    assert hear(incoming("status?", sender="11", **group), timezone.now()) is None
    assert hear(incoming("/dance", sender="11", **group), timezone.now()) is None
    assert say("/ack", sender="22", **group).text == NOT_YOURS
    assert hear(incoming("/ack", sender="22", **group), timezone.now()) is None
    assert say(data=f"ack:{incident.pk}", sender="22", **group).text == NOT_YOURS
    incident.refresh_from_db()
    assert incident.acknowledged is None
    assert say("/stop", sender="11", **group).text == "This group is unlinked: nothing more comes here."
    assert hear(incoming("/dance", sender="22", **group), timezone.now()) is None


def test_a_person_who_was_shut_out_is_a_stranger(alice: User, link: BotUserLink) -> None:
    User.objects.update(is_active=False)
    assert say("/status").text == UNKNOWN


def test_writing_opens_a_channel_again_that_was_over(link: BotUserLink) -> None:
    reason = {"enabled": False, "disabled_reason": "blocked", "disabled_at": timezone.now()}
    UserChannel.objects.filter(pk=link.channel_id).update(**reason)
    BotUserLink.objects.update(heard=None)
    say("/help")
    link.refresh_from_db()
    assert link.heard
    assert (link.channel.enabled, link.channel.disabled_reason) == (True, "")


def test_what_a_person_switched_off_stays_off(link: BotUserLink) -> None:
    UserChannel.objects.filter(pk=link.channel_id).update(enabled=False)
    say("/help")
    assert not UserChannel.objects.get(pk=link.channel_id).enabled


@pytest.mark.parametrize("name", ["<b>x</b>\n/stop", "*_`[", "\u202egnp.exe", "a\0b"])
def test_names_stay_on_their_line(name: str, alice: User, link: BotUserLink) -> None:
    clean = name.replace("\0", "")
    make_incident(make_server(alice, clean))
    for text in ("/servers", "/incidents", "/status", "/server #" + str(Server.objects.get().pk), f"/server {name}"):
        for line in say(text).text.splitlines():
            assert not line.startswith("/stop")
            assert "\u202e" not in line
