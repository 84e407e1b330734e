"""Which worker asks which server, and checks which website: rendezvous hashing. Pure.

Each subject (a server's id, or minus a website's) goes to the worker whose hash together with it is the highest. So a
new worker takes its share from all the others and nothing moves between those, and when one goes, only its subjects
move.
"""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from hashlib import blake2b

REMEMBERED = 65_536
"""Owners kept, so that each is computed once as long as the workers stay the same."""


@lru_cache(maxsize=REMEMBERED)
def owner(subject: int, names: tuple[str, ...]) -> str:
    """The worker, of those with these names, that asks the subject. Raises ValueError when there is none."""
    return max(names, key=lambda name: blake2b(b"%d %b" % (subject, name.encode()), digest_size=8).digest())


def shares(subjects: Iterable[int], names: Sequence[str]) -> dict[str, list[int]]:
    """The subjects by worker; workers without any are left out. Without workers there are no shares."""
    found: dict[str, list[int]] = {}
    if names:
        workers = tuple(sorted(names))
        for subject in subjects:
            found.setdefault(owner(subject, workers), []).append(subject)
    return found
