"""What can be done to websites. API, admin and pages are doors to these."""

import copy
from collections.abc import Mapping
from functools import partial
from typing import Any

from django.db import transaction

from virtadmin.accounts.acting import acting
from virtadmin.accounts.models import User
from virtadmin.core.errors import Conflict
from virtadmin.core.rates import rate_take
from virtadmin.core.retrying import retried
from virtadmin.metrics.series import website_subject
from virtadmin.servers.dispatch import task_send
from virtadmin.servers.rights import require
from virtadmin.websites.events import after_commit, url_changed, url_deleted
from virtadmin.websites.filling import columns_filled, relations_filled
from virtadmin.websites.forgetting import forgotten
from virtadmin.websites.models import Url, UrlState
from virtadmin.websites.rights import require_for

MOST = 5000
"""Websites a person may have."""
CHECKS_A_MINUTE = 60
"""Checks at once that one person may ask for."""


def url_create(*, actor: User, uri: str, **fields: Any) -> Url:
    """Have a website checked from now on; the actor owns it. `fields` as in `url_update`.

    Raises InvalidInput, NotAllowed, Conflict (they have as many as one person may).
    """
    require(actor, "websites.add_url")
    with acting(actor):
        return retried(partial(_create, actor, {**fields, "uri": uri}))


def _create(actor: User, fields: Mapping[str, Any]) -> Url:
    if Url.objects.filter(owner=actor).count() >= MOST:
        raise Conflict(f"You have {MOST} websites, and more nobody may have.")
    url = Url(owner=actor)
    columns_filled(url, actor, fields)
    url.save()
    UrlState.objects.create(url=url)
    relations_filled(url, actor, fields)
    after_commit(url_changed, url.pk)
    return url


def url_update(*, url: Url, actor: User, **fields: Any) -> Url:
    """Change what people set: `websites.checks.PLAIN`, uri, server, tags (names), groups, private_allowed, and the
    secrets (`websites.secrets`). Where something else is asked than before, what was known is forgotten.

    Returns the website as it is then. Raises InvalidInput, NotAllowed, Conflict (it was deleted meanwhile).
    """
    require_for(actor, "websites.change_url", url)
    with acting(actor):
        return retried(partial(_update, url.pk, actor, fields))


def _update(pk: int, actor: User, fields: Mapping[str, Any]) -> Url:
    url = Url.objects.select_for_update().filter(pk=pk).first()  # what is judged is what is stored, secrets above all
    if url is None:
        raise Conflict("This website was deleted meanwhile.")
    before = copy.copy(url)
    url.save(update_fields=columns_filled(url, actor, fields))
    relations_filled(url, actor, fields)
    lost = forgotten(before, url)
    if lost:
        UrlState.objects.filter(url=url).update(**lost)
    after_commit(url_changed, pk)
    return url


def url_check_now(*, url: Url, actor: User) -> None:
    """Have it checked at once, 60 times a minute a person. Raises NotAllowed, Conflict (it is paused), TooOften."""
    require_for(actor, "websites.change_url", url)
    if not url.enabled:
        raise Conflict("This website is paused: resume it first.")
    rate_take("check", actor.pk, a_minute=CHECKS_A_MINUTE)
    after_commit(url_changed, url.pk)


def url_delete(*, url: Url, actor: User) -> None:
    """Check it no more; its history goes by a task. Raises NotAllowed."""
    require_for(actor, "websites.delete_url", url)
    with acting(actor):
        retried(partial(_delete, url, url.pk))  # the collector may be writing it just now


def _delete(url: Url, pk: int) -> None:
    url.pk = pk  # a deletion that is refused at its commit has taken it away
    transaction.on_commit(partial(task_send, "metrics.forget", website_subject(pk)))
    after_commit(url_deleted, pk)
    url.delete()
