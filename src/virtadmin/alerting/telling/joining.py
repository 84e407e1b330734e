"""What is told in one message. Pure: the clock and what was told just before are passed in.

News run in streams, and each person has their own. The first of a stream is told at once; what follows soon is gathered
and told together.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

FOLLOW_UP = timedelta(seconds=30)
"""What comes so soon after a message of its stream is told together, when this time is over."""
CALM = timedelta(seconds=10)
"""News that come in storms, as servers lost and back, are told when none came for so long,"""
LONGEST = timedelta(seconds=60)
"""at the latest after so long; doubled with each such message that follows another."""
MOST_DOUBLINGS = 6
LONGEST_CHANGES = timedelta(minutes=5)
"""Changed certificates are in no hurry: they are told when none came for FOLLOW_UP, at the latest after so long."""


class Stream(StrEnum):
    """What is gathered with its like."""

    SERVER = "server"  # the limits that one server crosses
    RECOVERY = "recovery"  # and those it crosses no more: good news never waits for bad
    KEYS = "keys"  # changed host keys
    REMINDERS = "reminders"  # what is still open
    REACH = "reach"  # servers lost and back
    OUTAGE = "outage"  # those lost in one outage, servers or websites
    OUTAGE_OVER = "outage_over"  # and back from it
    SITES = "sites"  # websites that are down
    SITES_BACK = "sites_back"  # and up again: good news never waits for bad here either
    CERTIFICATES = "certificates"  # those that expire soon
    RENEWED = "renewed"  # and those that do no more
    CHANGED = "changed"  # certificates that are others now


GATHERED = frozenset({Stream.REACH, Stream.SITES, Stream.SITES_BACK, Stream.CERTIFICATES, Stream.RENEWED})
"""Streams that come in storms: the more often a person just heard of one, the longer its next news are gathered."""
PACES = {stream: stream for stream in GATHERED} | {Stream.OUTAGE: Stream.REACH, Stream.OUTAGE_OVER: Stream.REACH}
"""Under which stream's `Pace` the messages of a stream count."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Something that may be told to a person. `key` says which server's or outage's stream it is of, 0 for the others.

    `due`: since when it may be told."""

    id: int
    recipient: int
    stream: Stream
    key: int
    due: datetime

    @property
    def course(self) -> "Course":
        """The one stream of this person that it runs in."""
        return (self.recipient, self.stream, self.key)


Course = tuple[int, Stream, int]


@dataclass(frozen=True, slots=True)
class Tempo:
    """When a person was told of a stream's news, and how many gathered messages came in a row till then."""

    told: datetime | None = None
    joined: int = 0


Tempos = Mapping[tuple[int, Stream], Tempo]
"""By person and stream, as PACES names it."""


def bundles(
    pieces: Iterable[Piece], told: Mapping[Course, datetime], tempos: Tempos, now: datetime
) -> list[list[Piece]]:
    """The messages to be written now, each as the pieces it tells; what is not in them waits.

    `told`: when each stream had its newest message, at least those of the last half minute.
    """
    courses: dict[Course, list[Piece]] = defaultdict(list)
    for piece in pieces:
        courses[piece.course].append(piece)
    return [some for course, some in courses.items() if _due(course, some, told, tempos) <= now]


def is_storm(tempo: Tempo, first: datetime) -> bool:
    """Whether news that came at `first` follow others so closely that they are gathered."""
    return tempo.told is not None and first < tempo.told + FOLLOW_UP * _doubled(tempo)


def tempo_after(tempo: Tempo, first: datetime, now: datetime) -> Tempo:
    """The tempo once a message was written `now` of news of which the oldest came at `first`."""
    return Tempo(now, tempo.joined + 1 if is_storm(tempo, first) else 0)


def _due(course: Course, pieces: list[Piece], told: Mapping[Course, datetime], tempos: Tempos) -> datetime:
    recipient, stream, _ = course
    first, newest = min(piece.due for piece in pieces), max(piece.due for piece in pieces)
    if stream in (Stream.OUTAGE, Stream.OUTAGE_OVER):  # the outage has gathered them
        return first
    if stream == Stream.CHANGED:
        return min(newest + FOLLOW_UP, first + LONGEST_CHANGES)
    if stream in GATHERED:
        tempo = tempos.get((recipient, stream), Tempo())
        return min(newest + CALM, first + LONGEST * _doubled(tempo)) if is_storm(tempo, first) else first
    last = told.get(course)
    return first if last is None or last + FOLLOW_UP <= first else last + FOLLOW_UP


def _doubled(tempo: Tempo) -> int:
    return 1 << min(tempo.joined, MOST_DOUBLINGS)
