"""The contract of a channel: a way for a message to reach a person."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from virtadmin.accounts.models import User
from virtadmin.core.errors import VirtadminError


class ChannelError(VirtadminError):
    """A message could not be handed over. Its text is shown to people and kept: it never holds a secret.

    `permanent`: trying again cannot help. `retry_after`: seconds the other side asked us to wait.
    `down`: the channel as a whole is in trouble, so other messages would fail just so now.
    """

    def __init__(
        self, message: str, *, permanent: bool = False, retry_after: float | None = None, down: bool = False
    ) -> None:
        super().__init__(message)
        self.permanent, self.retry_after, self.down = permanent, retry_after, down


@dataclass(frozen=True, slots=True)
class Message:
    """A notification as a channel gets it: everything is rendered, and `title` is one line."""

    id: int
    uid: UUID
    recipient: User
    level: str
    title: str
    text: str
    html: str
    link: str
    """The absolute address of the page it is about."""
    timestamp: datetime
    follows: UUID | None = None
    """The first message of its thread to this person; None when it is that itself or stands alone."""
    meta: dict[str, Any] = field(default_factory=dict)


class Channel(Protocol):
    """A way to people. Kept in `registry.CHANNELS`; a contract test runs over every one."""

    name: str
    """How it is stored; never changed."""
    label: str
    help: str
    """One sentence for people: what it does and what it needs."""
    flag: str | None
    """The field of Notification that says it went this way, if there is one."""

    def reaches(self, user: User) -> bool:
        """Whether it is set up for this person. Cheap: asked for every message, does no I/O."""
        ...

    def send(self, message: Message) -> None:
        """Hand the message over. Raises ChannelError; blocks for at most a minute or so."""
        ...
