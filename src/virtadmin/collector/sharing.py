"""Which worker asks which server: rendezvous hashing. Pure.

Each server goes to the worker whose hash together with it is the highest. So a new worker takes its share from all the
others and nothing moves between those, and when one goes, only its servers move.
"""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from hashlib import blake2b

REMEMBERED = 65_536
"""Owners kept, so that each is computed once as long as the workers stay the same."""


@lru_cache(maxsize=REMEMBERED)
def owner(server_id: int, names: tuple[str, ...]) -> str:
    """The worker, of those with these names, that asks the server. Raises ValueError when there is none."""
    return max(names, key=lambda name: blake2b(b"%d %b" % (server_id, name.encode()), digest_size=8).digest())


def shares(server_ids: Iterable[int], names: Sequence[str]) -> dict[str, list[int]]:
    """The servers by worker; workers without any are left out. Without workers there are no shares."""
    found: dict[str, list[int]] = {}
    if names:
        workers = tuple(sorted(names))
        for server_id in server_ids:
            found.setdefault(owner(server_id, workers), []).append(server_id)
    return found
