"""Which worker checks which websites: the rendezvous hashing that shares the servers, one task a worker a round."""

from collections.abc import Collection, Sequence

from virtadmin.collector import memory, workers
from virtadmin.collector.sending import worker_send
from virtadmin.collector.sharing import shares
from virtadmin.collector.websites.selectors import is_enabled
from virtadmin.collector.workers import Worker
from virtadmin.metrics.series import website_subject


def share_send(subjects: Sequence[int], names: Collection[str], number: int, *, anew: bool = False) -> None:
    """Send each of the workers its part of the websites, given as subjects, in the round of this number."""
    for name, share in shares(subjects, list(names)).items():
        worker_send(name, "collector.check_urls", (number, sorted(-subject for subject in share), anew))


def check_now(url_id: int, *, me: Worker) -> None:
    """Have one website checked at once, as it is set now; of one that is paused or deleted, nothing."""
    if is_enabled(url_id):
        names = {me.name, *(worker.name for worker in workers.workers_live())}
        share_send([website_subject(url_id)], names, memory.round_begin(), anew=True)
