"""How a website's certificate differs from the one it showed before. Pure, on what `Certificate.as_json` gives."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

MOST_NAMES = 200
"""Names of a certificate that are kept."""
LISTED = 5
"""Names that a sentence tells; of more, it tells how many."""
REMEMBERED = 8
"""Certificates that are not told of as new when they come again: machines behind one name may each have their own."""
SHOWN_BEFORE = "shown_before"


def remembered(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """What is to be kept of the new one: itself, and the fingerprints of those shown before it, the newest first."""
    before = [old["fingerprint"], *old.get(SHOWN_BEFORE, ())] if old else []
    known = [fingerprint for fingerprint in before if fingerprint != new["fingerprint"]]
    return {**new, "names": new["names"][:MOST_NAMES], SHOWN_BEFORE: known[:REMEMBERED]}


def lifetime(kept: Mapping[str, Any]) -> float | None:
    """For how many seconds the certificate was issued, if the website is known to have it renewed in time: with others
    shown before it. None = that is not known, so whoever looks after the website is to hear of its end early."""
    return kept["expires"] - kept["begins"] if kept.get(SHOWN_BEFORE) else None


def renewed(old: Mapping[str, Any], new: Mapping[str, Any]) -> str:
    """A sentence that says how the new one differs; empty when there was none before, or it is one of those known."""
    if not old or new["fingerprint"] in (old["fingerprint"], *old.get(SHOWN_BEFORE, ())):
        return ""
    parts = [part for part in (_issuer(old, new), _names(old, new), _dates(old, new)) if part]
    return f"Now {'; '.join(parts)}." if parts else "Issuer, names and dates are the same as before."


def _issuer(old: Mapping[str, Any], new: Mapping[str, Any]) -> str:
    if new["issuer"] == old["issuer"]:
        return ""
    return f"issued by {new['issuer'] or 'nobody'} instead of {old['issuer'] or 'nobody'}"


def _names(old: Mapping[str, Any], new: Mapping[str, Any]) -> str:
    before, now = old["names"][:MOST_NAMES], new["names"][:MOST_NAMES]
    more = [name for name in now if name not in before]
    gone = [name for name in before if name not in now]
    said = [f"for {_listed(more)} too"] if more else []
    return ", ".join([*said, *([f"for {_listed(gone)} no longer"] if gone else [])])


def _listed(names: Sequence[str]) -> str:
    rest = f" and {len(names) - LISTED} more" if len(names) > LISTED else ""
    return ", ".join(names[:LISTED]) + rest


def _dates(old: Mapping[str, Any], new: Mapping[str, Any]) -> str:
    if (new["begins"], new["expires"]) == (old["begins"], old["expires"]):
        return ""
    return f"valid from {_day(new['begins'])} until {_day(new['expires'])} instead of until {_day(old['expires'])}"


def _day(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).date().isoformat()
