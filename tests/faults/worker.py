"""Workers less patient than real ones, so that a test need not wait for minutes.

All else is as it is: the same queues, the same threads, the same ways of dying. One process reads `NAME QUEUES LOG`
from its standard input, forks that worker, as `virtadmin up` does, and writes its process id.
"""

import os
import signal
import sys
from datetime import timedelta

THREADS = 8
LEASE = timedelta(seconds=4)
BACKOFF = (1, 1, 1, 1, 1, 1)


def main() -> None:
    """Fork workers until there is nothing more to read; they end with this process."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "virtadmin.config.settings"
    import django

    django.setup()
    from virtadmin.notifications import delivery, outbox
    from virtadmin.running import processes

    delivery.LEASE, outbox.BACKOFF = LEASE, BACKOFF  # type: ignore[assignment]
    processes.WORKER_THREADS = THREADS
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for those that are killed
    for line in sys.stdin:
        name, queues, log = line.split()
        pid = os.fork()
        if pid == 0:
            _become(name, queues, log)
        print(pid, flush=True)


def _become(name: str, queues: str, log: str) -> None:
    from virtadmin.running import processes
    from virtadmin.running.supervisor import die_with_parent

    die_with_parent()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    file = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.dup2(file, 1)
    os.dup2(file, 2)
    try:
        processes.run_worker(queues=queues, name=name)
    finally:
        os._exit(0)


if __name__ == "__main__":
    main()
