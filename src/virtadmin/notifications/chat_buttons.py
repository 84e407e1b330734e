"""The buttons under an alert in a chat, and what they say to the hub when they are pressed. Pure."""

from virtadmin.notifications.channel import Message

ACKNOWLEDGE, SILENCE = "ack", "silence"
LABELS = {ACKNOWLEDGE: "Acknowledge", SILENCE: "Silence 1 h"}
ALERTS = ("warning", "critical")


def buttons(message: Message) -> list[tuple[str, str]]:
    """(label, data) of the buttons of this message; none where nothing is open."""
    if message.incident is None or message.level not in ALERTS:
        return []
    return buttons_of(message.incident)


def buttons_of(incident: int) -> list[tuple[str, str]]:
    """(label, data) of the buttons of an open incident."""
    return [(label, f"{action}:{incident}") for action, label in LABELS.items()]


def pressed(data: str) -> tuple[str, int] | None:
    """The action and the incident's number that the data stands for; None if it is none of ours."""
    action, _, number = data.partition(":")
    if action not in LABELS or not number.isascii() or not number.isdigit() or len(number) > 18:
        return None
    return action, int(number)
