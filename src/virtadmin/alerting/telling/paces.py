"""How often people were just told of what comes in storms, as rows. Locked before anybody is told of such news."""

from collections.abc import Collection, Iterable
from datetime import datetime

from virtadmin.alerting.models import Pace
from virtadmin.alerting.telling.joining import PACES, Piece, Stream, Tempo, Tempos, tempo_after
from virtadmin.core.upsert import upsert

ALWAYS = Stream.REACH.value
"""The pace that everybody has, so that there is one to lock."""


def paces_lock(recipients: Iterable[int]) -> None:
    """Nobody else tells these people of such news until the transaction ends."""
    people = sorted({*recipients})
    there = Pace.objects.filter(recipient__in=people, stream=ALWAYS)
    missing = {*people} - {*there.values_list("recipient_id", flat=True)}
    fresh = [Pace(recipient_id=pk, stream=ALWAYS) for pk in sorted(missing)]
    Pace.objects.bulk_create(fresh, ignore_conflicts=True)
    list(there.select_for_update().order_by("recipient"))


def tempos_read(people: Collection[int]) -> dict[tuple[int, Stream], Tempo]:
    """Their tempos, by person and stream; those that have none yet are left out."""
    rows = Pace.objects.filter(recipient__in=people)
    return {(row.recipient_id, Stream(row.stream)): Tempo(row.told, row.joined) for row in rows}


def tempos_save(messages: Iterable[list[Piece]], tempos: Tempos, now: datetime) -> None:
    """Keep that these messages were written now."""
    after: dict[tuple[int, Stream], Tempo] = {}
    for pieces in messages:
        if pieces[0].stream in PACES:
            key = (pieces[0].recipient, PACES[pieces[0].stream])
            after[key] = tempo_after(tempos.get(key, Tempo()), min(piece.due for piece in pieces), now)
    rows = [
        Pace(recipient_id=person, stream=stream, told=tempo.told, joined=tempo.joined)
        for (person, stream), tempo in after.items()
    ]
    upsert(Pace, rows, ["recipient", "stream"], ["told", "joined"])
