"""The schedule is the seed's alone, and causes nothing that it does not end."""

from collections import Counter
from itertools import pairwise
from operator import attrgetter

from hypothesis import given
from hypothesis import strategies as st

from tests.soak.faults import CLOCKS, FAULTS
from tests.soak.schedule import PAUSE, Event, host_name, schedule

KINDS = [fault.kind for fault in FAULTS]
SEEDS = st.integers(0, 1 << 40)
SECONDS = st.floats(0, 900)
HOSTS = st.integers(1, 40)
LONGEST = max(kind.longest for kind in KINDS)
BY_BEGIN = attrgetter("begin")


def drawn(seed: int, seconds: float, hosts: int) -> list[Event]:
    return schedule(seed, seconds, hosts, KINDS)


@given(SEEDS, SECONDS, HOSTS)
def test_it_is_a_function_of_the_seed(seed: int, seconds: float, hosts: int) -> None:
    assert drawn(seed, seconds, hosts) == drawn(seed, seconds, hosts)


@given(SEEDS, SECONDS, SECONDS, HOSTS)
def test_a_longer_run_begins_as_a_shorter_one(seed: int, one: float, other: float, hosts: int) -> None:
    short, long = sorted((one, other))
    whole = [event for event in drawn(seed, short, hosts) if event.begin + LONGEST <= short]
    assert drawn(seed, long, hosts)[: len(whole)] == whole


@given(SEEDS, SECONDS, HOSTS)
def test_everything_ends_in_time_and_none_comes_while_it_lasts(seed: int, seconds: float, hosts: int) -> None:
    events = drawn(seed, seconds, hosts)
    lengths = {kind.name: (kind.shortest - 0.001, kind.longest + 0.001) for kind in KINDS}
    assert events == sorted(events, key=BY_BEGIN)
    for event in events:
        shortest, longest = lengths[event.fault]
        assert 0 <= event.begin <= event.end <= seconds
        assert shortest <= event.end - event.begin <= longest
        same = [other for other in events if other.fault == event.fault]
        assert all(before.end <= after.begin for before, after in pairwise(same))


@given(SEEDS, SECONDS, HOSTS)
def test_each_comes_once_before_any_comes_again(seed: int, seconds: float, hosts: int) -> None:
    events = drawn(seed, seconds, hosts)
    for end in range(len(events) + 1):
        counts = Counter(event.fault for event in events[:end])
        assert max(counts.values(), default=0) - min(counts[kind.name] for kind in KINDS) <= 1


@given(SEEDS, SECONDS, HOSTS)
def test_it_hits_what_is_there_and_each_target_once(seed: int, seconds: float, hosts: int) -> None:
    there = {host_name(number) for number in range(1, hosts + 1)}
    there |= {"web", "beat", "worker-one", "worker-two", "valkey", "mariadb", "disk", *CLOCKS}
    for event in drawn(seed, seconds, hosts):
        assert event.targets
        assert len({*event.targets}) == len(event.targets)
        assert {*event.targets} <= there


@given(SEEDS, HOSTS)
def test_faults_come_thickly_enough_to_meet(seed: int, hosts: int) -> None:
    """Between two beginnings there is never more than the pause, and what the same fault still lasts."""
    begins = [event.begin for event in drawn(seed, 300, hosts)]
    assert all(later - earlier <= PAUSE[1] + LONGEST for earlier, later in pairwise(begins))
    assert 300 - begins[-1] <= PAUSE[1] + LONGEST
