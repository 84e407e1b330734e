"""This process as a worker: found out when Celery starts one, told to the others with each of its heartbeats."""

import time
from typing import Any

from celery.signals import celeryd_after_setup, heartbeat_sent, worker_shutting_down

from virtadmin.collector.rounds import keeper
from virtadmin.collector.websites.rounds import results
from virtadmin.collector.workers import QUEUE, Announcer, Worker


class Presence:
    """What this process is. In a process that is no worker, or not one that asks servers, it says nothing."""

    def __init__(self) -> None:
        self.this_machine = False
        """Whether a worker of this process asks the server "this machine"; to be set before the worker starts."""
        self.announcer: Announcer | None = None

    def begin(self, sender: str, instance: Any, **others: object) -> None:
        """Celery has set a worker up: `sender` is its node name."""
        if QUEUE in instance.app.amqp.queues.consume_from:
            self.announcer = Announcer(sender, this_machine=self.this_machine)

    def beat(self, **others: object) -> None:
        """Celery sent a heartbeat, so this worker is connected to the broker."""
        if self.announcer:
            held, desk = keeper(), results().desk
            checks = {"open": desk.open_count, **desk.counters.as_json()}
            counters = {"open": held.open_count, **held.counters.as_json(), "checks": checks}
            self.announcer.announce(counters, now=time.time())

    def end(self, **others: object) -> None:
        """Celery is ending the worker."""
        if self.announcer:
            self.announcer.leave()
            self.announcer = None

    def me(self, name: str) -> Worker:
        """This worker, called `name` by Celery."""
        return self.announcer.me if self.announcer else Worker(name, self.this_machine)


presence = Presence()


def connect() -> None:
    """Listen to Celery. Harmless when called again."""
    celeryd_after_setup.connect(presence.begin, dispatch_uid="virtadmin.collector")
    heartbeat_sent.connect(presence.beat, dispatch_uid="virtadmin.collector")
    worker_shutting_down.connect(presence.end, dispatch_uid="virtadmin.collector")
