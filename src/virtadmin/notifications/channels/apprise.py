"""The message over one of the services that Apprise knows: Slack, Discord, PagerDuty, SMS and 100 more."""

from typing import Any

from django.utils import timezone

from virtadmin.accounts.models import User
from virtadmin.core.errors import InvalidInput
from virtadmin.notifications.channel import ChannelError, Field, Message
from virtadmin.notifications.models import UserChannel
from virtadmin.notifications.providers.services import Service, is_admin, scrubbed, service_of
from virtadmin.notifications.providers.verdict import told, verdict
from virtadmin.notifications.providers.wire import Wire, host_refusal, listening

TYPES = {"info": "info", "warning": "warning", "critical": "failure", "recovery": "success"}
"""Apprise's word for each level: it chooses a colour or a sign."""
SHORT = 500
"""A service that takes fewer characters, such as SMS, gets the title and the link."""


class AppriseChannel:
    """One URL, one service. Each is in trouble by itself, so none is ever `down` for all."""

    name = "apprise"
    label = "Another service (Apprise)"
    help = (
        "Sends over one of 100 other services, such as Slack, Discord, Microsoft Teams, PagerDuty, Opsgenie, Pushover, "
        "ntfy or SMS by Twilio."
    )
    flag: str | None = None
    fields: tuple[Field, ...] = (
        Field(
            name="url",
            label="Apprise URL",
            help="As Apprise's documentation words it for the service, such as slack://TokenA/TokenB/TokenC or "
            "discord://WebhookID/WebhookToken; many services' own webhook addresses work as they are. It is kept "
            "encrypted and never shown again. Hosts of one's own (json://…) are for admins.",
            secret=True,
        ),
    )
    single = False
    linked = False

    def available(self, user: User) -> str:
        return ""

    def clean(self, user: User, config: dict[str, Any]) -> dict[str, Any]:
        url = str(config["url"])
        service = service_of(url, user)
        if service.host and (reason := host_refusal(service.host, public=not is_admin(user))):
            raise InvalidInput("url", f"Nothing is sent there: {reason}.")
        return {"url": url, "address": service.address}

    def address(self, row: UserChannel) -> str:
        return str(row.settings.get("address", ""))

    def reaches(self, row: UserChannel) -> bool:
        return row.user.is_active

    def send(self, message: Message, to: UserChannel) -> str:
        url = str(to.settings.get("url", ""))
        try:
            service = service_of(url, to.user)
        except InvalidInput as refused:  # its owner is no admin any more, or Apprise no longer knows the service
            raise ChannelError(refused.message, gone=True) from None
        with listening(public=not is_admin(to.user)) as wire:
            taken = _handed(service, message)
        if not taken:
            raise _failure(service, wire, url)
        answer = told(service.name, wire.replies[-1]) if wire.replies else f"{service.name} took it."
        return scrubbed(answer, url, service.host)


def _handed(service: Service, message: Message) -> bool:
    from apprise import NotifyFormat, OverflowMode  # loaded by now

    short = service.made.body_maxlen < SHORT
    body = f"{message.title}\n{message.link}" if short else message.text
    try:
        taken = service.made.notify(
            body=body,
            title="" if short else message.title,
            notify_type=TYPES.get(message.level, "info"),
            body_format=NotifyFormat.TEXT,
            overflow=OverflowMode.TRUNCATE,
        )
    except Exception as error:  # noqa: BLE001 - 130 plug-ins; a traceback of theirs would show the URL
        raise ChannelError(f"{service.name} failed: {type(error).__name__}.") from None
    return bool(taken)


def _failure(service: Service, wire: Wire, url: str) -> ChannelError:
    """What went wrong: no answer to the newest request, else the newest answer that was no good one."""
    if wire.trouble or not wire.replies:
        return ChannelError(scrubbed(wire.trouble or f"{service.name} did not take it.", url, service.host))
    reply = next((one for one in reversed(wire.replies) if one.status >= 300), wire.replies[-1])
    error = verdict(service.name, reply, timezone.now(), own_host=bool(service.host))
    error.message = scrubbed(error.message, url, service.host)
    error.args = (error.message,)
    return error
