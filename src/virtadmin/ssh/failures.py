"""asyncssh's exceptions, told as stages."""

import asyncssh

from virtadmin.ssh.stages import ConnectionFailure, Stage

CHANGED = "The server shows another host key than the one that is pinned."


def named_failure(error: Exception, *, username: str = "") -> ConnectionFailure:
    """The failure of a handshake or a login, as the stage it reached."""
    if isinstance(error, asyncssh.HostKeyNotVerifiable) or "server host key" in str(error):
        return ConnectionFailure(Stage.HOST_KEY_CHANGED, CHANGED)
    if isinstance(error, asyncssh.PermissionDenied) or "authentication failures" in str(error):
        return ConnectionFailure(Stage.AUTH_REJECTED, f"The server rejected the login of {username}.")
    if isinstance(error, asyncssh.KeyExchangeFailed):
        return ConnectionFailure(
            Stage.UNREACHABLE,
            "The server and the hub have no key exchange or cipher in common.",
            "Its SSH is too old, or hardened beyond what the hub offers: allow curve25519 and aes-gcm there.",
        )
    if isinstance(error, TimeoutError):
        return ConnectionFailure(Stage.TIMEOUT, "The server did not finish the login in time.")
    reason = str(error).strip().rstrip(".") or type(error).__name__
    return ConnectionFailure(Stage.UNREACHABLE, f"The connection broke: {reason}.", "Try again in a minute.")
