"""The buttons under an alert in a chat, and what they say to the hub when they are pressed. Pure."""

from typing import NamedTuple

from virtadmin.notifications.channel import Message

ACKNOWLEDGE, SILENCE = "ack", "silence"
LABELS = {ACKNOWLEDGE: "Acknowledge", SILENCE: "Silence 1 h"}
LABELS_OF_ALL = {ACKNOWLEDGE: "Acknowledge all", SILENCE: "Silence all 1 h"}
ALERTS = ("warning", "critical")
OF_MESSAGE = "m"
"""Before a number that is a message's: the button is for all incidents that it tells of. A list of them would be too
long for a button, which holds 64 bytes."""


class Pressed(NamedTuple):
    """What a button asks for: something with an incident, or with all those that a message tells of."""

    action: str
    number: int
    of_message: bool = False


def buttons(message: Message) -> list[tuple[str, str]]:
    """(label, data) of the buttons of this message; none where nothing is open."""
    if message.level not in ALERTS:
        return []
    if message.incident is not None:
        return buttons_of(message.incident)
    if message.several:
        return [(label, f"{action}:{OF_MESSAGE}{message.id}") for action, label in LABELS_OF_ALL.items()]
    return []


def buttons_of(incident: int) -> list[tuple[str, str]]:
    """(label, data) of the buttons of an open incident."""
    return [(label, f"{action}:{incident}") for action, label in LABELS.items()]


def pressed(data: str) -> Pressed | None:
    """What the data stands for; None if it is none of ours."""
    action, _, said = data.partition(":")
    number = said.removeprefix(OF_MESSAGE)
    if action not in LABELS or not number.isascii() or not number.isdigit() or len(number) > 18:
        return None
    return Pressed(action, int(number), of_message=said.startswith(OF_MESSAGE))
