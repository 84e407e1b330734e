"""What is read from a text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from virtadmin.chatbots.commands import LONGEST, NAMES, Command, for_others, number, parse


@pytest.mark.parametrize(
    ("text", "name", "argument"),
    [
        ("/status", "status", ""),
        ("status", "status", ""),
        ("/Status@hub_bot", "status", ""),
        ("  /server   web 1  ", "server", "web 1"),
        ("server web1\nls", "server", "web1 ls"),
        ("/ack_12", "ack", "12"),
        ("acknowledge #12", "ack", "#12"),
        ("/start AbC-_9", "start", "AbC-_9"),
        ("?", "help", ""),
        ("stop", "stop", ""),
        ("/nonsense", "", ""),
        ("server_", "", ""),
        ("", "", ""),
        ("🙂", "", ""),
    ],
)
def test_commands_are_understood_as_people_write_them(text: str, name: str, argument: str) -> None:
    assert parse(text) == Command(name, argument)


@given(st.text(max_size=400))
def test_any_text_is_a_known_command_or_none(text: str) -> None:
    found = parse(text)
    assert found.name in {"", *NAMES.values()}
    assert len(found.argument) <= LONGEST
    assert found.argument.isprintable() or not found.argument.isascii()
    assert "\0" not in found.argument


@pytest.mark.parametrize(
    ("argument", "found"),
    [("12", 12), ("#12", 12), ("12 1h", 12), ("web1", None), ("", None), ("²", None), ("9" * 30, None), ("-1", None)],
)
def test_numbers_of_incidents(argument: str, found: int | None) -> None:
    assert number(argument) == found


@pytest.mark.parametrize(
    ("text", "others"),
    [("/status@hub_bot", False), ("/status@HUB_BOT", False), ("/status@x_bot 1", True), ("/a", False)],
)
def test_commands_for_another_bot_are_its_own(text: str, others: bool) -> None:
    assert for_others(text, "hub_bot") is others
