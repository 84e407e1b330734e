"""What a platform hands in, and what it gets to say."""

from dataclasses import dataclass, field

from virtadmin.core.errors import VirtadminError


class LinkRefused(VirtadminError):
    """A chat could not be linked; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class Incoming:
    """What somebody wrote or pressed in a conversation."""

    platform: str
    """A `BotUserLink.Platform`."""
    conversation: str
    """The platform's id of it."""
    sender: str
    """The platform's id of the person."""
    title: str = ""
    """How the conversation calls itself: the person's name, or the group's."""
    text: str = ""
    token: str = ""
    """Of a deep link that was followed."""
    data: str = ""
    """Of a button that was pressed."""
    group: bool = False
    """Several people may be in it."""
    slash: bool = False
    """Commands are written with a slash there."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What the hub says. `done`: what the button promised has happened, so it may go."""

    text: str
    buttons: list[list[tuple[str, str]]] = field(default_factory=list)
    """Rows of (label, data)."""
    done: bool = False
