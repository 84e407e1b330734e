"""A website's secrets: taken, kept where nothing is said of them, and never sent to a host they were not given for."""

import json
from collections.abc import Mapping
from typing import Any

from virtadmin.core.errors import InvalidInput
from virtadmin.websites.addresses import secrets_may_follow
from virtadmin.websites.checks import password_checked
from virtadmin.websites.headers import SECRET, headers_checked
from virtadmin.websites.models import Url
from virtadmin.websites.requests import secrets_of


def secret_columns(url: Url, fields: Mapping[str, Any], *, uri: str, username: str) -> dict[str, Any]:
    """The columns of the secrets, as they are to be stored beside the new `uri` and `username`. Raises InvalidInput.

    `password`: None or absent = as it is. `secret_headers`: the same; of an object, a value of None = as it is.
    Without a user name there is no password.
    """
    password, headers = fields.get("password"), fields.get(SECRET)
    kept = secrets_of(url)
    given = kept if headers is None else _given(headers, kept)
    stays = {name for name in given if headers is None or headers[name] is None}
    if url.pk and not secrets_may_follow(url.uri, uri):
        _refuse_to_move(keeps_password=bool(username and url.password) and password is None, keeps_headers=bool(stays))
    columns: dict[str, Any] = {}
    if password is not None or not username:
        columns["password"] = password_checked(password or "") if username or password else ""
    if headers is not None:
        columns[SECRET] = json.dumps(given) if given else ""
        columns["secret_header_names"] = list(given)
    return columns


def _given(headers: Any, kept: Mapping[str, str]) -> dict[str, str]:
    """The headers with those values filled in that are to stay as they are."""
    if not isinstance(headers, Mapping):
        raise InvalidInput(SECRET, "Give the headers as an object of names and values.")
    unknown = [name for name, value in headers.items() if value is None and name not in kept]
    if unknown:
        raise InvalidInput(SECRET, f"There is no value of {str(unknown[0])[:50]!r} yet that could stay.")
    return headers_checked(SECRET, {name: kept[name] if value is None else value for name, value in headers.items()})


def _refuse_to_move(*, keeps_password: bool, keeps_headers: bool) -> None:
    """Whoever may change the address must not learn by it what others entered."""
    for field, keeps, what in (
        ("password", keeps_password, "the password"),
        (SECRET, keeps_headers, "the secret headers"),
    ):
        if keeps:
            raise InvalidInput(field, f"The address is another host's: give {what} anew, or take it off.")
