"""`~/.ssh/config`, judged as ssh does: of each option the first value of all blocks that match counts."""

import re
import shlex
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from virtadmin.servers.import_format import JUMPED, Entry, Found, lines_of, unreadable

LINE = re.compile(r"(?P<key>[A-Za-z]+)(?:\s*=\s*|\s+)(?P<value>.+)")
HOST_LINE = re.compile(r"^[ \t]*Host(?:[ \t]*=[ \t]*|[ \t]+)\S", re.IGNORECASE | re.MULTILINE)
USED = frozenset({"hostname", "user", "port", "proxyjump", "proxycommand", "hostkeyalias"})

NAMES_MAX = 2000
"""Names and patterns after Host, in all: each name is held against each of them."""


@dataclass
class _Block:
    """A Host block: its patterns and its options. The lines before the first are a block for all hosts."""

    line: int
    patterns: list[str]
    options: dict[str, str] = field(default_factory=dict)
    evaluated: bool = True

    def holds_for(self, alias: str) -> bool:
        """As ssh_config(5): one pattern matches, and none that is negated."""
        if not self.evaluated:
            return False
        negated = [pattern[1:] for pattern in self.patterns if pattern.startswith("!")]
        if any(fnmatchcase(alias, pattern) for pattern in negated):
            return False
        return any(fnmatchcase(alias, pattern) for pattern in self.patterns if not pattern.startswith("!"))


class SshConfig:
    """An ssh client's configuration."""

    name = "ssh_config"
    label = "SSH config"
    example = (
        "Host web1\n    HostName 192.0.2.10\n    User root\n    Port 2222\n\nHost db1\n    HostName db1.example.org"
    )

    def fits(self, text: str) -> bool:
        """It has a Host line."""
        return HOST_LINE.search(text) is not None

    def read(self, text: str) -> Found:
        """A server for each name after Host."""
        found = Found()
        blocks = _blocks(text, found)
        if sum(len(block.patterns) for block in blocks) > NAMES_MAX:
            raise unreadable(f"More than {NAMES_MAX} names after Host.")
        seen: set[str] = set()
        for block in blocks:
            for alias in block.patterns if block.evaluated else ():
                if _is_pattern(alias):
                    if block.line and not alias.startswith("!"):
                        found.refuse(block.line, alias, "A pattern names no host; its options are used where it fits.")
                elif alias not in seen:
                    seen.add(alias)
                    _read_host(block.line, alias, blocks, found)
        return found


def _blocks(text: str, found: Found) -> list[_Block]:
    blocks = [_Block(0, ["*"])]
    for number, line in lines_of(text):
        match = LINE.fullmatch(line)
        if match is None:
            found.refuse(number, line.split()[0][:40], "Not understood: an option and its value were expected.")
            continue
        key, value = match["key"].lower(), match["value"]
        if key == "host":
            blocks.append(_Block(number, _words(value)))
        elif key == "match":
            blocks.append(_Block(number, [], evaluated=False))
            found.refuse(number, f"Match {value}"[:80], "Match blocks are not evaluated; what they set is left out.")
        elif key == "include":
            found.refuse(number, f"Include {value}"[:80], "Other files are not read: paste what is in them, too.")
        elif key in USED:
            blocks[-1].options.setdefault(key, " ".join(_words(value)))
    return blocks


def _words(value: str) -> list[str]:
    try:
        return shlex.split(value, comments=True)
    except ValueError:  # a quotation mark that is not closed
        return value.split()


def _is_pattern(alias: str) -> bool:
    return alias.startswith("!") or "*" in alias or "?" in alias


def _read_host(line: int, alias: str, blocks: list[_Block], found: Found) -> None:
    options: dict[str, str] = {}
    for block in blocks:
        if block.holds_for(alias):
            for key, value in block.options.items():
                options.setdefault(key, value)
    for key in ("proxyjump", "proxycommand"):
        if options.get(key, "none").lower() != "none":
            found.refuse(line, alias, JUMPED.format(f"{'ProxyJump' if key == 'proxyjump' else 'ProxyCommand'}"))
            return
    address = options.get("hostname", alias).replace("%h", alias).replace("%%", "%")
    if "%" in address:
        found.refuse(line, alias, f"HostName {address}: of the tokens only %h is understood.")
        return
    name = alias if address != alias else ""
    found.entries.append(Entry(line, address, options.get("port", ""), options.get("user", ""), name))
