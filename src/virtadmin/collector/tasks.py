"""Celery's doors to the collector."""

import time
from collections.abc import Sequence
from typing import Any

from celery import shared_task

from virtadmin.collector import context, dispatch, log_lines, memory, processes, rounds
from virtadmin.collector.outage import database_may_be_away
from virtadmin.collector.presence import presence
from virtadmin.collector.websites import dispatch as websites
from virtadmin.collector.websites import rounds as website_rounds
from virtadmin.collector.websites.days import days_prune


@shared_task(name="collector.tick", bind=True)
def tick(self: Any) -> None:
    """Share the servers and websites that are due among the workers."""
    with database_may_be_away("nobody is asked in this tick; the next one makes up for it"):
        dispatch.tick(now=time.time(), me=presence.me(self.request.hostname))


@shared_task(name="collector.round", bind=True)
def share(self: Any, number: int, server_ids: Sequence[int], names: Sequence[str], anew: bool) -> None:
    """Poll this worker's share of a round."""
    began = time.time()
    with database_may_be_away(f"{len(server_ids)} servers are not asked in this round"):
        rounds.share_poll(number, server_ids, names=names, me=self.request.hostname, anew=anew)
        if server_ids:
            memory.round_end(began, time.time())


@shared_task(name="collector.poll_now", bind=True)
def poll_now(self: Any, server_id: int) -> None:
    """Poll one server at once: it was just enrolled, a person asked, or it was deleted and its channel is to go."""
    dispatch.poll_now(server_id, me=presence.me(self.request.hostname))


@shared_task(name="collector.check_urls")
def check_urls(number: int, url_ids: Sequence[int], anew: bool) -> None:
    """Check this worker's share of the websites of a round."""
    with database_may_be_away(f"{len(url_ids)} websites are not checked in this round"):
        website_rounds.share_check(number, url_ids, anew=anew)


@shared_task(name="collector.check_url_now", bind=True)
def check_url_now(self: Any, url_id: int) -> None:
    """Check one website at once: it is new, was changed, or a person asked."""
    with database_may_be_away("a website is not checked at once"):
        websites.check_now(url_id, me=presence.me(self.request.hostname))


@shared_task(name="collector.days_prune")
def prune() -> None:
    """Daily: let go of how long websites were up on days that are kept no longer."""
    days_prune(now=time.time())


@shared_task(name="collector.context")
def look(wanted: Sequence[tuple[int, Sequence[int]]]) -> None:
    """Ask servers for their heaviest processes; `wanted` are pairs of a server and its incidents."""
    with database_may_be_away(f"the processes of {len(wanted)} servers are not kept"):
        context.processes_look(dict(wanted))


@shared_task(name="collector.log_line")
def log_line(server_id: int, text: str, mark: str, reply: str) -> None:
    """Write a line into a server's own log for another process, which waits for the answer."""
    log_lines.line_answer(server_id=server_id, text=text, mark=mark, reply=reply)


@shared_task(name="collector.top")
def top(server_id: int, reply: str) -> None:
    """Ask a server whose channel this worker holds for its heaviest processes, for a person who waits."""
    processes.processes_answer(server_id=server_id, reply=reply)
