"""Websites for tests."""

import json
from typing import Any

from django.contrib.auth.models import Group

from virtadmin.accounts.models import User
from virtadmin.servers.models import Tag
from virtadmin.websites.models import Url, UrlState


def website(
    owner: User, uri: str = "https://shop.example.org/", *, shared_with: User | None = None, tags: tuple[str, ...] = (),
    secret_headers: dict[str, str] | None = None, state: dict[str, Any] | None = None, **fields: Any,
) -> Url:  # fmt: skip
    """A website with its state, as it is stored."""
    secrets = secret_headers or {}
    made = Url.objects.create(
        owner=owner,
        uri=uri,
        secret_headers=json.dumps(secrets) if secrets else "",
        secret_header_names=list(secrets),
        **fields,
    )
    UrlState.objects.create(url=made, **(state or {}))
    made.tags.set([Tag.objects.get_or_create(name=name)[0] for name in tags])
    if shared_with:
        group = Group.objects.get_or_create(name="team")[0]
        shared_with.groups.add(group)
        made.groups.add(group)
    return made
