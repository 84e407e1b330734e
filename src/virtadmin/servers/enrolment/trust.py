"""Which of the host keys shown to believe. Pure."""

from collections.abc import Sequence

from virtadmin.servers.enrolment.failures import RunFailed
from virtadmin.ssh.failures import CHANGED
from virtadmin.ssh.host_keys import HostKey
from virtadmin.ssh.stages import ConnectionFailure, Stage


def believed(shown: Sequence[HostKey], *, pinned: Sequence[HostKey], fingerprint: str) -> list[HostKey]:
    """The keys a login may be given to: what the fingerprint names, else what is pinned, else (first sight) all.

    Raises RunFailed or ConnectionFailure (host_key_changed).
    """
    if fingerprint:
        return _matching(shown, fingerprint)
    if not pinned:
        return list(shown)
    known = [key for key in shown if key in pinned]
    pinned_kinds = {key.algorithm for key in pinned}
    changed = [key for key in shown if key.algorithm in pinned_kinds and key not in pinned]
    if changed or not known:
        now = ", ".join(key.fingerprint for key in changed or shown)
        raise ConnectionFailure(Stage.HOST_KEY_CHANGED, f"{CHANGED} Now: {now}.")
    return known


def _matching(shown: Sequence[HostKey], fingerprint: str) -> list[HostKey]:
    matching = [key for key in shown if key.fingerprint == fingerprint]
    if not matching:
        found = ", ".join(f"{key.fingerprint} ({key.algorithm})" for key in shown)
        raise RunFailed(
            f"The host key's fingerprint does not match; no login was sent. The server shows {found}. If none of them "
            "is what its console shows (ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub), somebody is in between."
        )
    return matching


def to_pin(shown: Sequence[HostKey], *, trusted: Sequence[HostKey], vouched: Sequence[HostKey]) -> list[HostKey]:
    """The keys to pin: those the login was given to, and the others that the host itself vouched for after it."""
    return [key for key in shown if key in trusted or key in vouched]
