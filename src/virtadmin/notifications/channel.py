"""The contract of a channel: a way for a message to reach a person."""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol, runtime_checkable
from uuid import UUID

from virtadmin.accounts.models import User
from virtadmin.core.errors import VirtadminError
from virtadmin.notifications.models import UserChannel


class ChannelError(VirtadminError):
    """A message could not be handed over. Its text is shown to people and kept: it never holds a secret.

    `permanent`: trying again cannot help. `retry_after`: seconds the other side asked us to wait; nothing more goes to
    this person's channel before, and with `down` nothing over this kind of channel.
    `down`: the channel as a whole is in trouble, so other people's messages would fail just so now.
    `gone`: this person's channel is over (the bot was blocked, the token revoked, the address is unknown): it is
    disabled with this text as the reason, its owner is told, and the message goes to the fallback. Implies `permanent`.
    """

    def __init__(
        self,
        message: str,
        *,
        permanent: bool = False,
        retry_after: float | None = None,
        down: bool = False,
        gone: bool = False,
    ) -> None:
        super().__init__(message)
        self.permanent, self.retry_after, self.down, self.gone = permanent or gone, retry_after, down, gone


@dataclass(frozen=True, slots=True)
class Field:
    """One thing a channel's form asks for."""

    name: str
    label: str
    help: str
    """A sentence for people."""
    secret: bool = False
    """It is never shown again, nor in an answer, a log or an error."""
    required: bool = True


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
    severity: str = ""
    """The level it is routed by: that of what it tells of; for a recovery, that of what is over."""
    incident: int | None = None
    """The incident it tells of, if it is one alone: buttons may acknowledge or silence it."""
    several: bool = False
    """It tells of several incidents, which buttons may acknowledge or silence together."""


class Channel(Protocol):
    """A way to people. Kept in `registry.CHANNELS`; a contract test runs over every one.

    A person's own channel of this kind is a `UserChannel` row (`to`); several threads may call a channel at once.
    """

    name: str
    """How it is stored; never changed."""
    label: str
    help: str
    """One sentence for people: what it does and what it needs."""
    flag: str | None
    """The field of Notification that says it went this way, if there is one."""

    fields: tuple[Field, ...]
    """What its form asks for; the answers are the row's `settings`."""
    single: bool
    """A person has one at most."""
    linked: bool
    """It is made by linking a chat, not by a form."""

    def available(self, user: User) -> str:
        """Why this person cannot have one on this hub, in a sentence; "" if they can. Does no I/O."""
        ...

    def clean(self, user: User, config: dict[str, Any]) -> dict[str, Any]:
        """What is stored of the form's answers (by field; required ones are there). Raises InvalidInput naming the
        field; its text never holds a secret."""
        ...

    def address(self, row: UserChannel) -> str:
        """Where it leads, for people: an email address, a chat's title. Never a secret; may read `row.settings`."""
        ...

    def reaches(self, row: UserChannel) -> bool:
        """Whether a message can be handed over at all now. Asked for every message: no I/O, and it does not read
        `row.settings`, which are not loaded."""
        ...

    def send(self, message: Message, to: UserChannel) -> str:
        """Hand the message over. Returns what the other side answered, in a sentence for people.

        Raises ChannelError; blocks for at most a minute or so.
        """
        ...


class Unasked:
    """What the channels share whose form asks for nothing: a person has one, without any setting of its own."""

    flag: str | None = None
    fields: tuple[Field, ...] = ()
    single = True
    linked = False

    def available(self, user: User) -> str:
        """Everybody can have one."""
        return ""

    def clean(self, user: User, config: dict[str, Any]) -> dict[str, Any]:
        """There is nothing to store."""
        return {}

    def reaches(self, row: UserChannel) -> bool:
        """As long as its owner may sign in."""
        return row.user.is_active


class ToChat(Unasked):
    """What the channels share that lead to a linked chat."""

    single = False
    linked = True


@runtime_checkable
class Batched(Protocol):
    """A channel that keeps a connection for the messages of one batch. Optional."""

    def batch(self) -> AbstractContextManager[object]:
        """Entered before the first and left after the last message of a batch, all by one thread."""
        ...


@runtime_checkable
class Choosy(Protocol):
    """A channel that does not take every message. Optional."""

    def takes(self, meta: Mapping[str, Any], *, by_owner: bool) -> bool:
        """Whether a message with these facts can go this way at all. Asked for every message: no I/O.

        `by_owner`: whether its recipient owns the server it is about.
        """
        ...
