"""Adding many servers at once: read from a list, their hosts looked at, then enrolled with one login."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from virtadmin.accounts.models import User
from virtadmin.core.errors import Conflict, InvalidInput, VirtadminError
from virtadmin.core.rates import rate_take
from virtadmin.servers.checks import line_checked, secrets_checked, tags_checked
from virtadmin.servers.dispatch import task_send
from virtadmin.servers.import_reading import Candidate, Reading, text_read
from virtadmin.servers.models import ImportRow, InitialServerProfile, ServerImport
from virtadmin.servers.rights import require
from virtadmin.servers.selectors import addresses_watched
from virtadmin.servers.services.profiles import profile_begin

Status = InitialServerProfile.Status
IMPORTS_A_MINUTE = 10
BATCH = 500
OTHER_KEY = "The host shows another key than the list names: {}. Somebody may be in between, or the list is old."


@dataclass(frozen=True, slots=True)
class Started:
    """How many runs were begun, and how many could not be."""

    begun: int
    refused: int


def import_create(*, actor: User, text: str, format_name: str = "", username: str = "root") -> ServerImport:
    """Read a list of servers; a worker then looks at their hosts. Those watched already are not chosen.

    `format_name`: its format, or empty to find it out.
    Raises NotAllowed, TooOften, InvalidInput (text, format_name, username).
    """
    require(actor, "servers.add_server")
    rate_take("import", actor.pk, a_minute=IMPORTS_A_MINUTE)
    login = line_checked("username", username)
    reading = text_read(text, format_name)
    if not reading.candidates:
        raise InvalidInput("text", _nothing(reading))
    watched = addresses_watched(actor)
    refusals = [[refusal.line, refusal.what, refusal.why] for refusal in reading.refusals]
    with transaction.atomic():
        batch = ServerImport.objects.create(owner=actor, format=reading.format, refusals=refusals, username=login)
        rows = [_row(batch, one, chosen=(one.ip_address, one.port) not in watched) for one in reading.candidates]
        ImportRow.objects.bulk_create(rows, batch_size=BATCH)
        transaction.on_commit(partial(_look_soon, batch.pk))
    return batch


def _nothing(reading: Reading) -> str:
    if not reading.refusals:
        return "There is no server in it."
    first = reading.refusals[0]
    more = f" (And {len(reading.refusals) - 1} more lines.)" if len(reading.refusals) > 1 else ""
    return f"No server in it can be imported. Line {first.line}, {first.what or 'empty'}: {first.why}{more}"


def _row(batch: ServerImport, one: Candidate, *, chosen: bool) -> ImportRow:
    return ImportRow(
        batch=batch,
        line=one.line,
        ip_address=one.ip_address,
        port=one.port,
        username=one.username,
        name=one.name,
        tags=list(one.tags),
        fingerprint=one.fingerprint,
        chosen=chosen,
    )


def _look_soon(batch_id: int) -> None:
    task_send("servers.import_look", batch_id)


def import_look_again(*, batch: ServerImport, actor: User) -> None:
    """Look once more at the hosts that could not be asked. Raises NotAllowed, TooOften."""
    require(actor, "servers.add_server")
    rate_take("import", actor.pk, a_minute=IMPORTS_A_MINUTE)
    with transaction.atomic():
        batch.rows.filter(looked=True, shown=[]).update(looked=False, refusal="")
        transaction.on_commit(partial(_look_soon, batch.pk))


EDITABLE: dict[str, Callable[[Any], Any]] = {
    "chosen": bool,
    "name": lambda value: line_checked("name", value, may_be_empty=True),
    "username": lambda value: line_checked("username", value, may_be_empty=True),
    "tags": tags_checked,
}
"""What people may change of a row, and how each is checked."""


def import_change(*, batch: ServerImport, actor: User, rows: Mapping[int, Mapping[str, Any]]) -> None:
    """Change rows, by their ids: chosen, name, username, tags (names).

    Raises NotAllowed, InvalidInput whose field is the row's, such as `name-12`; then nothing is changed.
    """
    require(actor, "servers.add_server")
    found = {row.pk: row for row in batch.rows.filter(pk__in=rows)}
    for pk, row in found.items():
        for field, value in rows[pk].items():
            try:
                setattr(row, field, EDITABLE[field](value))
            except InvalidInput as refusal:
                raise InvalidInput(f"{field}-{pk}", refusal.message) from None
    ImportRow.objects.bulk_update(found.values(), list(EDITABLE), batch_size=BATCH)


def import_start(
    *,
    batch: ServerImport,
    actor: User,
    username: str = "root",
    password: str = "",
    ssh_key: str = "",
    ssh_key_passphrase: str = "",
    trust_shown: bool = False,
) -> Started:
    """Enrol the chosen rows that are not watched and have no run under way: the first time all, later the failed ones.

    Each is bound to a key: the one its list named, else the one its host has shown, if these are trusted
    (`trust_shown`; those tried before were). Raises NotAllowed, Conflict (the hosts are still looked at), InvalidInput.
    """
    require(actor, "servers.add_server")
    rows = list(rows_to_start(batch))
    if any(not row.looked for row in rows):
        raise Conflict("The hosts are still being looked at. Try again in a moment.")
    if not rows:
        raise InvalidInput("chosen", "No server is chosen.")
    unknown = sum(1 for row in rows if row.shown and not row.fingerprint and not row.profile_id)
    if unknown and not trust_shown:
        raise InvalidInput(
            "trust_shown", f"The list names no key for {unknown} of them: say that you trust those shown."
        )
    login, secrets = line_checked("username", username), secrets_checked(password, ssh_key, ssh_key_passphrase)
    ServerImport.objects.filter(pk=batch.pk).update(username=login, started=timezone.now())
    begun = sum([_begin(row, batch.owner, login, secrets) for row in rows])
    return Started(begun, len(rows) - begun)


def rows_to_start(batch: ServerImport) -> QuerySet[ImportRow]:
    """The chosen rows without a run that succeeded or may yet do so."""
    over = Q(profile=None) | Q(profile__status=Status.FAILED)
    return batch.rows.filter(over, chosen=True).select_related("profile")


def _begin(row: ImportRow, owner: User, login: str, secrets: tuple[str, str, str]) -> bool:
    """Start the row's run, or note why it cannot be; whether it was."""
    try:
        key = key_to_match(row)
        profile = InitialServerProfile(
            owner=owner,
            ip_address=row.ip_address,
            port=row.port,
            username=row.username or login,
            name=row.name,
            tags=row.tags,
            host_key_fingerprint=key,
        )
        with transaction.atomic():
            row.profile, row.refusal = profile_begin(profile, secrets), ""
            row.save(update_fields=["profile", "refusal"])
    except VirtadminError as refusal:
        row.refusal = refusal.message[:500]
        row.save(update_fields=["refusal"])
        return False
    return True


def key_to_match(row: ImportRow) -> str:
    """The fingerprint the row's run is bound to. Raises Conflict if its host showed none, or not the one named."""
    shown = [fingerprint for _, fingerprint in row.shown]
    if not shown:
        raise Conflict(row.refusal or "The host showed no key.")
    if row.fingerprint and row.fingerprint not in shown:
        raise Conflict(OTHER_KEY.format(", ".join(shown)))
    return row.fingerprint or shown[0]


def imports_prune(*, now: datetime) -> int:
    """Forget imports made `PROFILE_KEEP_DAYS` ago; how many."""
    before = now - timedelta(days=settings.PROFILE_KEEP_DAYS)
    return ServerImport.objects.filter(created__lt=before).delete()[1].get("servers.ServerImport", 0)
