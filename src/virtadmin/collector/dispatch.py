"""A tick: who is due, and which worker asks whom. Any worker may do it; each moment is in exactly one tick."""

import logging
from collections.abc import Collection, Iterable, Sequence

from celery import current_app
from celery.utils.nodenames import worker_direct

from virtadmin.collector import memory, selectors, workers
from virtadmin.collector.due import Appointment
from virtadmin.collector.sending import worker_send
from virtadmin.collector.sharing import owner, shares
from virtadmin.collector.websites import dispatch as websites
from virtadmin.collector.websites.selectors import checks_planned
from virtadmin.collector.workers import Worker

logger = logging.getLogger(__name__)

LONGEST_TICK = 30.0
"""A tick never covers more seconds than this: after a pause of the hub, not everything is due at once."""
TICK = 5.0
"""What a tick covers when the clock was put back."""


def tick(*, now: float, me: Worker) -> None:
    """Send every live worker its share of what is due since the last tick. `me` lives, for it asks."""
    watched = selectors.appointments()  # first: should the database be away, the next tick covers this one's time too
    planned = checks_planned()
    live = {worker.name: worker for worker in [*workers.workers_live(), me]}
    before = workers.workers_shared(live)
    newest = memory.tick_begin(now)
    span = {"last": covered_since(newest, now), "now": now, "retry": retried_until(newest, now)}
    due = {*selectors.due_ids(watched, **span), *orphans(watched, before, live, now=now)}
    checks = selectors.due_ids(planned, **span)
    if due or checks or set(before) != set(live):
        number = memory.round_begin()
        websites.share_send(checks, live, number)
        if due or set(before) != set(live):
            round_send(watched, due, list(live.values()), number)
    queues_delete(workers.workers_forget(live, now=now))


def poll_now(server_id: int, *, me: Worker) -> None:
    """Have one server polled at once, over a new connection; of one that is paused or deleted, it is closed."""
    live = {worker.name: worker for worker in [*workers.workers_live(), me]}
    watched = [appointment for appointment in selectors.appointments() if appointment.subject == server_id]
    one = watched or [Appointment(server_id, interval=0, pending=False, lost=False, retry_at=None)]
    round_send(one, {server_id}, list(live.values()), memory.round_begin(), anew=True)


def covered_since(last: float, now: float) -> float:
    """The time after which the tick of `now` begins, the one before it having been at `last`; pure."""
    return now - TICK if last > now else max(last, now - LONGEST_TICK)


def retried_until(last: float, now: float) -> float:
    """Up to which `retry_at` the tick of `now` asks again. Where the clock was put back since the one at `last`, up to
    what the next tick would have asked by the clock of then: else it would be waited for until that time comes again.
    Pure."""
    return last + TICK if last > now else now


def orphans(watched: Iterable[Appointment], before: Collection[str], live: Collection[str], *, now: float) -> list[int]:
    """The servers of workers that are gone since: what these were asked last may never be answered. Pure."""
    gone, names = set(before) - set(live), tuple(sorted(before))
    if not gone:
        return []
    return [
        server.subject
        for server in watched
        if (server.retry_at is None or server.retry_at <= now) and owner(server.subject, names) in gone
    ]


def shared(watched: Iterable[Appointment], due: set[int], live: Sequence[Worker]) -> dict[str, list[int]]:
    """The due servers by the worker that asks them, every live worker named; the hub's own machine by one that runs
    there, if any does. Pure."""
    by_name: dict[str, list[int]] = {worker.name: [] for worker in live}
    local = {server.subject for server in watched if server.local}
    here = [worker.name for worker in live if worker.this_machine]
    for ids, names in ((due - local, list(by_name)), (due & local, here)):
        for name, some in shares(ids, names).items():
            by_name[name] += some
    return by_name


def round_send(
    watched: Iterable[Appointment], due: set[int], live: Sequence[Worker], number: int, *, anew: bool = False
) -> None:
    """Send each worker its part of the round of this number. All hear who the others are."""
    names = sorted(worker.name for worker in live)
    for name, server_ids in shared(watched, due, live).items():
        worker_send(name, "collector.round", (number, sorted(server_ids), names, anew))


def queues_delete(names: Iterable[str]) -> None:
    """Delete the queues of workers that are gone for good, with what nobody will read any more."""
    for name in names:
        logger.info("the worker %s is gone; its queue is deleted", name)
        with current_app.connection_for_write() as connection:
            queue = worker_direct(name)(connection.default_channel)
            queue.declare()  # else this process does not know what it is bound to
            queue.delete()
