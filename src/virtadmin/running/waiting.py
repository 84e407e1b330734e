"""A worker that is told to end waits for no task any more.

It waits in Valkey (BRPOP), up to `polling_interval`, and closes that connection only when the answer has come, as there
may be a task in it. Nobody may have that patience: Docker kills what does not end within ten seconds.
"""

import os
import socket
from threading import Thread
from time import sleep

import redis
from celery import Celery
from celery.signals import worker_shutting_down

from virtadmin.core import bus

PAUSE_SECONDS = 0.2
TRIES = 50
"""It may be about to wait when it is told to end, and then it does."""


def waits_no_more_when_told_to_end(app: Celery) -> None:
    """To be called before the worker of this process starts."""
    name = f"virtadmin-worker-{socket.gethostname()}-{os.getpid()}"
    app.conf.broker_transport_options = {**app.conf.broker_transport_options, "client_name": name}

    def told_to_end(**_: object) -> None:
        Thread(target=_unblock, args=(name,), name="ending", daemon=True).start()

    worker_shutting_down.connect(told_to_end, weak=False, dispatch_uid="virtadmin.running")


def _unblock(name: str) -> None:
    """Let Valkey answer the connections of this name that there is no task, until this process has ended."""
    connection = bus.connection()
    for _ in range(TRIES):
        try:
            for client in connection.client_list():
                if client["name"] == name and client["cmd"] == "brpop":
                    connection.client_unblock(int(client["id"]))
        except redis.RedisError:
            return  # a Valkey that is away answers nobody
        sleep(PAUSE_SECONDS)
