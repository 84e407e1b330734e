"""Which worker asks which server."""

from hypothesis import given
from hypothesis import strategies as st

from virtadmin.collector.sharing import owner, shares

NAMES = st.lists(st.text("abcdef@.-0123", min_size=1, max_size=12), min_size=1, max_size=6, unique=True)
IDS = st.lists(st.integers(1, 10**9), max_size=60, unique=True)


@given(IDS, NAMES)
def test_every_server_is_asked_by_exactly_one_worker(ids: list[int], names: list[str]) -> None:
    found = shares(ids, names)
    assert sorted(server_id for share in found.values() for server_id in share) == sorted(ids)
    assert set(found) <= set(names)
    assert shares(ids, names[::-1]) == found


@given(IDS, NAMES, st.text("ghij", min_size=1))
def test_a_new_worker_takes_its_share_and_nothing_else_moves(ids: list[int], names: list[str], new: str) -> None:
    before, after = tuple(sorted(names)), tuple(sorted([*names, new]))
    for server_id in ids:
        assert owner(server_id, after) in (owner(server_id, before), new)


@given(IDS, NAMES)
def test_when_a_worker_goes_only_its_servers_move(ids: list[int], names: list[str]) -> None:
    before, after = tuple(sorted(names)), tuple(sorted(names[1:]))
    for server_id in ids:
        if after and owner(server_id, before) != names[0]:
            assert owner(server_id, after) == owner(server_id, before)


def test_shares_are_even() -> None:
    found = shares(range(9000), ["one@a", "two@a", "three@b"])
    assert all(2800 < len(share) < 3200 for share in found.values())


def test_without_workers_nobody_asks() -> None:
    assert shares([1, 2], []) == {}
