"""What the collector does while the database is away: say so in one line a time, and go on."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import DatabaseError, connection

from virtadmin.core.failing import reason

logger = logging.getLogger(__name__)


@contextmanager
def database_may_be_away(what: str) -> Iterator[None]:
    """Run the block; when the database fails, log `what` comes of that, and leave no broken connection behind."""
    try:
        yield
    except DatabaseError as error:
        logger.error("the database fails (%s): %s", reason(error), what)
        connection.close_if_unusable_or_obsolete()
