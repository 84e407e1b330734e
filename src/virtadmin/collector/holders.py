"""Which worker holds which server's channel: the one that asks it in every round."""

from collections.abc import Collection

from virtadmin.collector import workers
from virtadmin.collector.dispatch import shared
from virtadmin.collector.due import Appointment
from virtadmin.servers.models import Server


def holders(server_ids: Collection[int]) -> dict[str, list[int]]:
    """The servers by the name of the worker that holds their channels; those that no live worker asks are left out.

    Raises redis.RedisError.
    """
    live = workers.workers_live()
    local = Server.objects.filter(pk__in=server_ids, transport=Server.Transport.LOCAL).values_list("pk", flat=True)
    here = [Appointment(pk, interval=0, pending=False, lost=False, retry_at=None, local=True) for pk in local]
    return {name: ids for name, ids in shared(here, set(server_ids), live).items() if ids}
