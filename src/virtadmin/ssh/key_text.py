"""The text of a private key: its one block, and how dear unlocking it is, looked at before anything is unlocked.

What reads keys is lenient: it passes over signs that are not base64's and takes the first block of several. A look that
is stricter could be led past a lock that keeps the hub busy for hours, so only what was looked at is handed on.
"""

import base64
import binascii
import re
from math import prod
from typing import Any, NamedTuple, cast

from asyncssh.asn1 import ASN1DecodeError, der_decode

from virtadmin.ssh.openssh_key import lock_in

BCRYPT_MOST = 500
"""Rounds, about 4 seconds of CPU; ssh-keygen makes 16 to 24 by default."""
PBKDF2_MOST = 5_000_000
"""Rounds, about a second; OpenSSL makes 2,048 by default, careful people some hundred thousand."""
OLD_MOST = 100_000
"""Rounds of what came before PBKDF2 (PKCS#5 v1, PKCS#12), which nothing fast computes."""
PBES2 = "1.2.840.113549.1.5.13"
_BLOCK = re.compile(
    r"^-----BEGIN (?P<kind>(?:[A-Z0-9]+ )*)PRIVATE KEY-----\n(?P<head>(?:[\w-]+:[^\n\\]*\n)*)\n*"
    r"(?P<body>[A-Za-z0-9+/=\n]*)-----END (?P=kind)PRIVATE KEY-----$",
    re.MULTILINE,
)


class Block(NamedTuple):
    """A private key as PEM: `kind` is "OPENSSH", "ENCRYPTED", "RSA" …, empty for PKCS#8 without a passphrase."""

    kind: str
    text: str
    data: bytes


def block_of(text: str) -> Block | None:
    """The first private key of a text whose lines are stripped, without what stands around it; None if there is none
    that is whole."""
    found = _BLOCK.search(text)
    if not found:
        return None
    try:
        data = base64.b64decode("".join(found["body"].split()), validate=True)
    except binascii.Error:
        return None
    return Block(found["kind"].strip(), found[0] + "\n", data)


def too_dear(block: Block) -> str:
    """Why the hub does not unlock this key: "100000 rounds to unlock; the hub does 500 at most". Empty = it does."""
    rounds, most = _rounds(block)
    return f"{rounds} rounds to unlock; the hub does {most} at most" if rounds > most else ""


def _rounds(block: Block) -> tuple[int, int]:
    if block.kind == "OPENSSH":
        lock = lock_in(block.data)
        return (lock.rounds if lock else 0), BCRYPT_MOST
    if block.kind != "ENCRYPTED":
        return 0, PBKDF2_MOST
    try:
        algorithm = cast("Any", der_decode(block.data))[0]
        return prod(_numbers(algorithm[1])), PBKDF2_MOST if str(algorithm[0]) == PBES2 else OLD_MOST
    except (ASN1DecodeError, RecursionError, TypeError, IndexError):
        return 0, PBKDF2_MOST  # it is no PKCS#8 either, then


def _numbers(part: object) -> list[int]:
    """The numbers in the parameters, however deep: rounds, and the length of the key that is made of them."""
    if isinstance(part, tuple):
        return [number for inner in part for number in _numbers(inner)]
    return [abs(part)] if isinstance(part, int) and part else []
