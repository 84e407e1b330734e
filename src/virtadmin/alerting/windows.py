"""Where windows live between rounds: in Valkey, one small value a server, so that any worker may judge.

Losing them is harmless: a window that is not covered is not judged, so there is never a false alert, only a later one.
"""

import logging
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import redis

from virtadmin.alerting.models import MAX_WINDOW
from virtadmin.alerting.window import Window
from virtadmin.core import bus
from virtadmin.core.expiring import save_all

logger = logging.getLogger(__name__)
KEY = b"virtadmin:window:1:%d"
"""The number is the version of `window.FORMAT`."""
KEEP_SECONDS = 2 * MAX_WINDOW


def windows_load(server_ids: Collection[int]) -> dict[int, Window]:
    """The windows of the servers, empty where nothing is known. One request."""
    found: Sequence[Any] = [None] * len(server_ids)
    if server_ids:
        try:
            found = bus.connection().mget([KEY % server_id for server_id in server_ids])
        except redis.RedisError as error:
            logger.warning("the windows of limits cannot be read: %s", error)
    return {pk: Window.unpack(blob) if blob else Window() for pk, blob in zip(server_ids, found, strict=True)}


def windows_save(windows: Mapping[int, Window]) -> None:
    """Keep the windows. One request."""
    try:
        save_all({KEY % server_id: window.pack() for server_id, window in windows.items()}, KEEP_SECONDS)
    except redis.RedisError as error:
        logger.warning("the windows of limits cannot be kept: %s", error)
