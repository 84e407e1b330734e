"""A service of Apprise, made from its URL; the URL is a secret as a whole."""

import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from virtadmin.accounts.models import User
from virtadmin.accounts.roles import Role
from virtadmin.core.errors import InvalidInput
from virtadmin.notifications import rendering
from virtadmin.notifications.providers import policy

SHORTEST_SECRET = 6
"""Shorter parts of a URL are not scrubbed: they would tear holes into words."""
NO_SECRET = frozenset({"https", "hooks.slack.com", "services", "webhooks", "discord.com"})
for _chatty in ("apprise", "urllib3"):
    # They log addresses with secrets in them, urllib3 at the level of debugging. What happened is told by the channel.
    logging.getLogger(_chatty).setLevel(logging.CRITICAL)


@dataclass(frozen=True, slots=True)
class Service:
    """What a URL leads to."""

    made: Any
    """Apprise's own object."""
    name: str
    """What people call it: Slack."""
    host: str
    """The host of its own that was given; empty at a provider's own address."""

    @property
    def address(self) -> str:
        """For people, without a secret."""
        return f"{self.name} at {self.host}" if self.host else self.name


def service_of(url: str, user: User) -> Service:
    """What the URL leads to, if this person may use it. Raises InvalidInput; its text holds nothing of the URL."""
    from apprise import Apprise, AppriseAsset, PersistentStoreMode  # three quarters of a second with its services
    from apprise.plugins import url_to_dict

    parts = url_to_dict(url, secure_logging=True)  # type: ignore[no-untyped-call]
    if not parts or "schema" not in parts:
        raise InvalidInput("url", "This is no URL that Apprise knows, such as slack://… or discord://….")
    schema = str(parts["schema"]).lower()
    parts["redirect"] = False  # an answer that leads elsewhere would take the secret there
    asset = AppriseAsset(
        app_id="Virtadmin", app_desc="Virtadmin", app_url=rendering.base_url(), image_url_mask="", image_url_logo="",
        secure_logging=True, storage_mode=PersistentStoreMode.MEMORY,
    )  # fmt: skip
    try:
        made = Apprise.instantiate(dict(parts), asset=asset, suppress_exceptions=False)
    except Exception:  # noqa: BLE001 - whatever 130 plug-ins raise; their words quote the URL, so none is kept
        made = None
    if made is None:
        raise InvalidInput("url", f"Apprise cannot use this {schema}:// URL: a part is missing or wrong.")
    if not is_admin(user) and (reason := policy.refusal(schema, parts, made)):
        raise InvalidInput("url", reason)
    own = schema not in policy.FIXED and getattr(made, "mode", "") != "cloud"
    return Service(made, str(made.service_name), str(parts.get("host") or "this machine") if own else "")


def is_admin(user: User) -> bool:
    """Whether the person may let the hub talk to any host."""
    return user.role == Role.ADMIN or user.is_superuser


def scrubbed(text: str, url: str, host: str = "") -> str:
    """The text without any part of the URL but the host of one's own, should a provider have repeated it."""
    for secret in sorted(_parts(url, host), key=len, reverse=True):
        text = text.replace(secret, "***")
    return text


def _parts(url: str, host: str) -> Iterator[str]:
    if url:
        yield url
    for part in re.split(r"[/:@?&=#,]+", url.partition("://")[2]):
        for form in {part, unquote(part)}:
            if len(form) >= SHORTEST_SECRET and form.lower() not in NO_SECRET and form != host:
                yield form
