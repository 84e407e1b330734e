"""The rules for what people enter about servers, some of which hold for websites as well.

Pure: each returns the value as stored, or raises InvalidInput.
"""

import re
from collections.abc import Collection, Iterable

from virtadmin.core.errors import InvalidInput
from virtadmin.ssh.keys import private_key_read

PORT_MAX = 65535
NAME_MAX = 100
TAG_MAX = 50
TAGS_MAX = 50
SECRET_MAX = 1000
KEY_MAX = 32 * 1024
INTERVAL_MIN, INTERVAL_MAX = 5, 3600
LINK_SPEED_MAX = 1_000_000
FINGERPRINT = re.compile(r"(?:SHA256:)?([A-Za-z0-9+/]{43})=?")
"""SHA-256 in base64, as `ssh-keygen -lf` prints it."""


def port_checked(port: object) -> int:
    """1 to 65535."""
    return whole_checked("port", port, 1, PORT_MAX, "A port is a number")


def interval_checked(interval: object) -> int:
    """Seconds."""
    return whole_checked("interval", interval, INTERVAL_MIN, INTERVAL_MAX, "The interval is a number of seconds")


def link_speed_checked(speed: object) -> int | None:
    """Mb/s, or None: as found on the server."""
    if speed is None:
        return None
    return whole_checked("link_speed", speed, 1, LINK_SPEED_MAX, "The link speed is a number of Mb/s")


def whole_checked(field: str, value: object, least: int, most: int, what: str) -> int:
    """A whole number from `least` to `most`; `what` begins the sentence that says so."""
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise InvalidInput(field, f"{what} from {least} to {most}.")
    return value


def line_checked(field: str, text: str, *, most: int = NAME_MAX, may_be_empty: bool = False) -> str:
    """A name on one line: printable characters, not too many, no blanks around it."""
    line = text.strip()
    if not line and not may_be_empty:
        raise InvalidInput(field, "This must not be empty.")
    if len(line) > most:
        raise InvalidInput(field, f"{most} characters at most; this has {len(line)}.")
    if not line.isprintable():
        raise InvalidInput(field, "Control characters and line breaks are not allowed here.")
    return line


def fingerprint_checked(text: str, *, field: str = "host_key_fingerprint", may_be_empty: bool = True) -> str:
    """A fingerprint as SHA256:…"""
    given = text.strip()
    if not given and may_be_empty:
        return ""
    match = FINGERPRINT.fullmatch(given)
    if not match:
        raise InvalidInput(field, "A fingerprint looks like SHA256: and 43 characters; `ssh-keygen -lf` prints it.")
    return f"SHA256:{match[1]}"


def secrets_checked(password: str, ssh_key: str, passphrase: str) -> tuple[str, str, str]:
    """A login: a password, or a private key with its passphrase, or both (then the password is for sudo)."""
    for field, secret in (("password", password), ("ssh_key_passphrase", passphrase)):
        if len(secret) > SECRET_MAX:
            raise InvalidInput(field, f"{SECRET_MAX} characters at most.")
        if set(secret) & set("\r\n\0"):
            raise InvalidInput(field, "Line breaks are not allowed here.")
    key = ssh_key.strip()
    if len(key) > KEY_MAX:
        raise InvalidInput("ssh_key", "This is too long for a private key.")
    if key:
        private_key_read(key, passphrase)
    if not key and not password:
        raise InvalidInput("password", "Give a password or a private key, or choose to run the script by hand.")
    return password, key, passphrase if key else ""


def metrics_checked(names: Iterable[str], known: Collection[str]) -> list[str]:
    """Names of the catalogue, each once, in its order."""
    wanted = set(names)
    unknown = sorted(wanted.difference(known))
    if unknown:
        raise InvalidInput("metrics_enabled", f"No such metric: {', '.join(unknown)[:200]}.")
    return [name for name in known if name in wanted]


def tags_checked(names: Iterable[str]) -> list[str]:
    """Tag names, each once, in alphabetical order."""
    tags = sorted({line_checked("tags", name, most=TAG_MAX) for name in names})
    if len(tags) > TAGS_MAX:
        raise InvalidInput("tags", f"{TAGS_MAX} tags at most.")
    return tags
