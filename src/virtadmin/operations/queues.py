"""How many tasks wait in the broker, whatever kind it is."""

from typing import Any

from celery import current_app
from kombu.exceptions import OperationalError

NAMES = ("default", "collect", "enrol", "deliver")


def lengths() -> dict[str, int]:
    """Tasks that wait, by queue. Raises what the broker's client raises when it is away."""
    with current_app.connection_for_read() as connection:
        connection.ensure_connection(max_retries=1, timeout=2)
        return {name: _length(connection, name) for name in NAMES}


def _length(connection: Any, name: str) -> int:
    try:
        return int(connection.default_channel.queue_declare(queue=name, passive=True).message_count)
    except OperationalError:
        raise
    except connection.channel_errors:
        return 0  # nobody has ever used it
