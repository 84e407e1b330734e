"""The head of an OpenSSH private key: whether it is locked, and how dear unlocking it is (OpenSSH: PROTOCOL.key)."""

import base64
from typing import NamedTuple

BEGIN, END = "-----BEGIN OPENSSH PRIVATE KEY-----", "-----END OPENSSH PRIVATE KEY-----"
MAGIC = b"openssh-key-v1\0"


class Lock(NamedTuple):
    """How a key is encrypted. `cipher` is "none" where it is not; `rounds` are those of its key derivation."""

    cipher: str
    rounds: int


def lock_of(text: str) -> Lock | None:
    """The lock of the key, or None if it is not in OpenSSH's format."""
    _, begun, rest = text.partition(BEGIN)
    body, ended, _ = rest.partition(END)
    if not begun or not ended:
        return None
    try:
        blob = base64.b64decode("".join(body.split()), validate=True)
    except ValueError:  # signs that are not base64's, or not even ASCII
        return None
    return lock_in(blob)


def lock_in(blob: bytes) -> Lock | None:
    """The lock of the key with this content, or None if it is not in OpenSSH's format."""
    if not blob.startswith(MAGIC):
        return None
    cipher, rest_of = _string(blob[len(MAGIC) :])
    _, rest_of = _string(rest_of)
    options, _ = _string(rest_of)
    _, rounds = _string(options)
    return Lock(cipher.decode("ascii", "replace"), int.from_bytes(rounds[:4], "big"))


def _string(data: bytes) -> tuple[bytes, bytes]:
    """A length-prefixed string (RFC 4251 §5) and what follows; short data gives short answers."""
    length = int.from_bytes(data[:4], "big")
    return data[4 : 4 + length], data[4 + length :]
