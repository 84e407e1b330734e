"""What a text asks for. Pure."""

from dataclasses import dataclass

from virtadmin.notifications.rendering import one_line

NAMES = {
    "start": "start",
    "help": "help",
    "hi": "help",
    "hello": "help",
    "?": "help",
    "status": "status",
    "servers": "servers",
    "server": "server",
    "top": "server",
    "websites": "websites",
    "sites": "websites",
    "incidents": "incidents",
    "alerts": "incidents",
    "ack": "ack",
    "acknowledge": "ack",
    "silence": "silence",
    "stop": "stop",
    "unlink": "stop",
}
"""Every word that is understood, and the command it stands for."""
LONGEST = 200
"""Characters of an argument that are looked at."""


@dataclass(frozen=True, slots=True)
class Command:
    """A command and what follows it. `name` is "" for a text that is none."""

    name: str
    argument: str = ""


def parse(text: str) -> Command:
    """The command in a text, with or without its slash: `/ack 12`, `/ack@hub_bot 12`, `ack #12`, `/ack_12`."""
    first, _, rest = text.strip().partition(" ")
    word = first.removeprefix("/").partition("@")[0].lower()
    argument = one_line(rest)[:LONGEST].strip()
    if word not in NAMES:
        head, _, tail = word.partition("_")
        if head not in NAMES or not tail:
            return Command("")
        word, argument = head, tail[:LONGEST]
    return Command(NAMES[word], argument)


def number(argument: str) -> int | None:
    """The incident's number in `12`, `#12` or `12 1h`; None if it names none."""
    first = argument.removeprefix("#").partition(" ")[0]
    return int(first) if first.isascii() and first.isdigit() and len(first) < 19 else None


def for_others(text: str, bot: str) -> bool:
    """Whether a command names another bot, as people do in groups with several: `/status@that_bot`."""
    named = text.strip().partition(" ")[0].partition("@")[2]
    return bool(named) and named.lower() != bot.lower()
