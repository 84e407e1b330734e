"""A worker that is told to end waits for no task any more.

It waits in the broker (where that is Valkey or Redis: BRPOP), up to `polling_interval`, and closes that connection only
when the answer has come, as there may be a task in it. Nobody may have that patience: Docker kills what does not end
within ten seconds.
"""

import os
import socket
from contextlib import suppress
from threading import Thread
from time import sleep

import redis
from celery import Celery
from celery.signals import worker_shutting_down
from kombu.exceptions import OperationalError

PAUSE_SECONDS = 0.2
TRIES = 50
"""It may be about to wait when it is told to end, and then it does."""


def waits_no_more_when_told_to_end(app: Celery) -> None:
    """To be called before the worker of this process starts."""
    name = f"virtadmin-worker-{socket.gethostname()}-{os.getpid()}"
    app.conf.broker_transport_options = {**app.conf.broker_transport_options, "client_name": name}

    def told_to_end(**_: object) -> None:
        Thread(target=_unblock, args=(app, name), name="ending", daemon=True).start()

    worker_shutting_down.connect(told_to_end, weak=False, dispatch_uid="virtadmin.running")


def _unblock(app: Celery, name: str) -> None:
    """Let the broker answer the connections of this name that there is no task, until this process has ended."""
    with suppress(OperationalError, redis.RedisError), app.connection_for_write() as connection:
        connection.ensure_connection(max_retries=1, timeout=2)  # one that is away answers nobody
        broker = getattr(connection.default_channel, "client", None)
        if not isinstance(broker, redis.Redis):
            return
        for _ in range(TRIES):
            for client in broker.client_list():
                if client["name"] == name and client["cmd"] == "brpop":
                    broker.client_unblock(int(client["id"]))
            sleep(PAUSE_SECONDS)
