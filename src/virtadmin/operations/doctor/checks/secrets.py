"""The key of the stored secrets: there, and the one that they were stored with."""

from django.conf import settings

from virtadmin.core.keys import fingerprint
from virtadmin.operations.doctor.check import Asked, Check, Finding, fail, ok, warn
from virtadmin.operations.stored import tally


def key(asked: Asked) -> Finding:
    """Whether every stored secret can be read."""
    found = tally()
    names = " ".join(map(fingerprint, settings.SECRETS_KEY))
    if found.unreadable:
        return fail(
            f"{found.unreadable} of {found.total} stored secrets cannot be read with the key {names}",
            "give the key they were saved with: `secrets.key` of the old data folder, or the old SECRETS_KEY",
        )
    if found.older:
        return warn(
            f"{found.older} of {found.total} stored secrets need an older key", "run `virtadmin rotate-key` to its end"
        )
    return ok(f"the key {names} reads all {found.total} stored secrets")


CHECKS = (Check("secrets' key", key, ("database", "migrations"), advice="look after secrets.key in the data folder"),)
