"""What is told together: pure decisions, for any sequence of news."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from virtadmin.alerting.telling.joining import FOLLOW_UP, PACES, Course, Piece, Stream, Tempo, bundles, tempo_after
from virtadmin.alerting.telling.outage import LONGEST, gathers

START = datetime(2027, 1, 15, 8, tzinfo=UTC)
news = st.tuples(st.integers(0, 600), st.sampled_from(list(Stream)), st.integers(1, 2))


def at(second: float) -> datetime:
    return START + timedelta(seconds=second)


def played(arrivals: list[tuple[int, Stream, int]], every: int = 5) -> list[tuple[int, list[Piece]]]:
    """The messages one person gets of these arrivals (second, stream, key), and in which second; with a run of the task
    every few seconds."""
    waiting: list[Piece] = []
    messages: list[tuple[int, list[Piece]]] = []
    told: dict[Course, datetime] = {}
    tempos: dict[tuple[int, Stream], Tempo] = {}
    pieces = [Piece(place, 7, stream, key, at(second)) for place, (second, stream, key) in enumerate(sorted(arrivals))]
    last = max((second for second, _, _ in arrivals), default=0)
    for second in range(0, 20_000, every):
        waiting += [piece for piece in pieces if at(second - every) < piece.due <= at(second)]
        for some in bundles(waiting, told, tempos, at(second)):
            messages.append((second, some))
            told[some[0].course] = at(second)
            if some[0].stream in PACES:
                key = (7, PACES[some[0].stream])
                tempos[key] = tempo_after(tempos.get(key, Tempo()), min(piece.due for piece in some), at(second))
            waiting = [piece for piece in waiting if piece not in some]
        if not waiting and second > last:
            break
    return messages


@settings(deadline=None, max_examples=60)
@given(arrivals=st.lists(news, max_size=40))
def test_everything_is_told_once_and_never_mixed(arrivals: list[tuple[int, Stream, int]]) -> None:
    messages = played(arrivals)
    told = [piece.id for _, some in messages for piece in some]
    assert sorted(told) == list(range(len(arrivals)))
    for second, some in messages:
        assert len({piece.course for piece in some}) == 1
        assert all(piece.due <= at(second) for piece in some)


@settings(deadline=None, max_examples=60)
@given(arrivals=st.lists(st.tuples(st.integers(0, 600), st.just(Stream.SERVER), st.just(1)), max_size=40))
def test_messages_of_one_server_are_half_a_minute_apart(arrivals: list[tuple[int, Stream, int]]) -> None:
    seconds = [second for second, _ in played(arrivals, every=1)]
    assert all(later - before >= FOLLOW_UP.seconds for before, later in pairwise(seconds))


@settings(deadline=None, max_examples=8)
@given(seconds=st.lists(st.integers(0, 3600), min_size=1, max_size=200))
def test_an_hour_of_lost_servers_is_a_few_messages_while_they_come_thick(seconds: list[int]) -> None:
    steady = range(0, 3600, 8)
    messages = played([(second, Stream.REACH, 0) for second in [*seconds, *steady]])
    assert len(messages) <= 8


def test_the_first_of_a_stream_is_told_at_once() -> None:
    for stream in {*Stream} - {Stream.CHANGED}:
        assert [second for second, _ in played([(10, stream, 1)])] == [10]
    assert [second for second, _ in played([(10, Stream.CHANGED, 1)])] == [40], "nothing is in less of a hurry"


def test_lost_servers_are_gathered_until_none_came_for_ten_seconds_or_a_minute_is_over() -> None:
    few = played([(0, Stream.REACH, 0), (5, Stream.REACH, 0), (10, Stream.REACH, 0)])
    assert [second for second, _ in few] == [0, 20]
    many = played([(second, Stream.REACH, 0) for second in range(0, 200, 5)])
    assert [second for second, _ in many] == [0, 65, 190, 205]


def test_what_comes_later_is_told_at_once_again() -> None:
    assert [second for second, _ in played([(0, Stream.REACH, 0), (35, Stream.REACH, 0)])] == [0, 35]
    assert [second for second, _ in played([(0, Stream.SERVER, 1), (35, Stream.SERVER, 1)])] == [0, 35]


def test_an_outage_gathers_until_it_is_calm_and_not_for_ever() -> None:
    assert gathers(at(0), at(0), at(9))
    assert not gathers(at(0), at(0), at(10))
    assert gathers(at(0), at(100), at(109))
    assert not gathers(at(0), at(LONGEST.seconds), at(LONGEST.seconds))
