"""Which HTTP statuses are expected, as people write it: `200-299, 401`. Pure.

Statuses and ranges of them with commas between; blanks do not count. A status has three digits and is 100 to 599, as in
RFC 9110 §15.
"""

import re
from functools import lru_cache

from virtadmin.core.errors import InvalidInput

FIELD = "expected_statuses"
LEAST, MOST = 100, 599
LONGEST = 200
"""Characters."""
PART = re.compile(r"([0-9]{3})(?:\s*-\s*([0-9]{3}))?")
Range = tuple[int, int]
"""The first and the last status."""


@lru_cache(maxsize=1000)
def statuses_parsed(text: str) -> tuple[Range, ...]:
    """The ranges in the order they are written. Raises InvalidInput."""
    if len(text) > LONGEST:
        raise InvalidInput(FIELD, f"{LONGEST} characters at most; this has {len(text)}.")
    return tuple(_range(part.strip()) for part in text.split(","))


def statuses_written(ranges: tuple[Range, ...]) -> str:
    """The one way they are stored, which `statuses_parsed` reads back."""
    return ", ".join(f"{first}-{last}" if first != last else str(first) for first, last in ranges)


def _range(part: str) -> Range:
    match = PART.fullmatch(part)
    if not match:
        raise InvalidInput(FIELD, "Give statuses and ranges with commas between, such as 200-299, 401.")
    first, last = int(match[1]), int(match[2] or match[1])
    if not LEAST <= first <= last <= MOST:
        raise InvalidInput(FIELD, f"{part} is no range of statuses: they are {LEAST} to {MOST}, the lower one first.")
    return first, last
