"""The rules for what people enter about status pages. Pure but for the dice: each returns the value as stored, or
raises InvalidInput."""

import re
import secrets

from virtadmin.core.errors import InvalidInput

INTRO_MAX = 1000
SLUG_MIN, SLUG_MAX = 3, 60
SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
LETTERS = "23456789abcdefghijkmnpqrstuvwxyz"
"""Those that nobody takes for another."""
LENGTH = 20
"""Of an address that nobody chose: 100 random bits."""


def slug_made() -> str:
    """The last part of an address that nobody can guess."""
    return "".join(secrets.choice(LETTERS) for _ in range(LENGTH))


def slug_checked(text: str) -> str:
    """The last part of an address, as somebody chose it; one that cannot be guessed for an empty one."""
    slug = text.strip().lower()
    if not slug:
        return slug_made()
    if not SLUG_MIN <= len(slug) <= SLUG_MAX or not SLUG.fullmatch(slug):
        raise InvalidInput(
            "slug", f"{SLUG_MIN} to {SLUG_MAX} small letters, digits and hyphens between them, such as our-shop."
        )
    return slug


def intro_checked(text: str) -> str:
    """Plain text of a few lines."""
    intro = "\n".join(line.rstrip() for line in text.strip().splitlines())
    if len(intro) > INTRO_MAX:
        raise InvalidInput("intro", f"{INTRO_MAX} characters at most; this has {len(intro)}.")
    if not intro.replace("\n", "").replace("\t", "").isprintable():
        raise InvalidInput("intro", "Control characters are not allowed here.")
    return intro
