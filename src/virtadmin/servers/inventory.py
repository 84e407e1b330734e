"""What an Ansible inventory says of hosts, whatever it is written in. Pure."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from virtadmin.servers.import_format import JUMPED, WORD_MAX, Entry, Found, unreadable

EVERYTHING = ("all", "ungrouped")
"""Groups that say nothing of a host."""
RANGE = re.compile(r"\[(?P<first>\w+):(?P<last>\w+)(?::(?P<step>\d+))?\]")
HOSTS_MAX = 2000
"""How many hosts a range, or a whole inventory, may stand for."""
TOO_MANY = f"More than {HOSTS_MAX} hosts."
GROUPS_MAX = 500
LINKS_MAX = 2 * GROUPS_MAX
"""How many groups there may be, and how often one may be in another: each host is looked up in all above it."""
NAMED_MAX = 20_000
"""How often hosts may be named, in whichever groups."""
DIRECT = ("ssh", "smart", "paramiko", "paramiko_ssh", "")
FIELDS = {
    "address": ("ansible_host", "ansible_ssh_host"),
    "port": ("ansible_port", "ansible_ssh_port"),
    "username": ("ansible_user", "ansible_ssh_user"),
}
JUMPS = ("ansible_ssh_common_args", "ansible_ssh_extra_args", "ansible_ssh_args")
USED = frozenset({"ansible_connection", *JUMPS, *(name for names in FIELDS.values() for name in names)})
"""The variables that say where a host is. No other is kept: some of them are passwords."""


@dataclass
class Group:
    """Its own variables, and the groups in it."""

    variables: dict[str, str] = field(default_factory=dict)
    children: list[str] = field(default_factory=list)


@dataclass
class Host:
    """Where it was named first, its own variables, and the groups it is in."""

    line: int
    variables: dict[str, str] = field(default_factory=dict)
    groups: list[str] = field(default_factory=list)


@dataclass
class Inventory:
    """Groups and hosts by name, and what could not be read."""

    found: Found = field(default_factory=Found)
    groups: dict[str, Group] = field(default_factory=dict)
    hosts: dict[str, Host] = field(default_factory=dict)
    named: int = 0
    """How often a host was named."""
    links: int = 0
    """How often a group is in another."""

    def group(self, name: str) -> Group:
        """The group, made where it is new. Raises InvalidInput."""
        if name not in self.groups and len(self.groups) == GROUPS_MAX:
            raise unreadable(f"More than {GROUPS_MAX} groups.")
        return self.groups.setdefault(name, Group())

    def child_add(self, group: str, child: str) -> None:
        """The one group is in the other. Raises InvalidInput."""
        children = self.group(group).children
        self.group(child)
        if child in children:
            return
        self.links += 1
        if self.links > LINKS_MAX:
            raise unreadable(f"Groups are in each other more than {LINKS_MAX} times.")
        children.append(child)

    def host_add(self, line: int, pattern: str, group: str, variables: Mapping[str, str]) -> None:
        """Every host the pattern stands for is in the group, and has these variables."""
        try:
            names = list(expanded(pattern))
        except ValueError as error:
            self.found.refuse(line, pattern[:80], str(error))
            return
        if len(self.hosts) + len(names) > HOSTS_MAX:
            self.found.refuse(line, pattern[:80], TOO_MANY)
            return
        self.named += len(names)
        if self.named > NAMED_MAX:
            raise unreadable(f"Hosts are named more than {NAMED_MAX} times.")
        self.group(group)
        for name in names:
            host = self.hosts.setdefault(name, Host(line))
            host.variables.update(used(variables))
            host.groups.append(group)

    def read(self) -> Found:
        """The hosts as entries, their groups as tags."""
        parents: dict[str, list[str]] = {}
        for name, group in self.groups.items():
            for child in group.children:
                parents.setdefault(child, []).append(name)
        for name, host in self.hosts.items():
            self._read_host(name, host, list(_upwards(host.groups, parents)))
        return self.found

    def _read_host(self, name: str, host: Host, groups: list[str]) -> None:
        variables = dict(self.group("all").variables)
        for group in reversed(groups):  # the nearest counts
            variables |= self.group(group).variables
        variables |= host.variables
        why = _why_not(variables)
        if why:
            self.found.refuse(host.line, name, why)
            return
        where = {field: _first(variables, names) for field, names in FIELDS.items()}
        address = where["address"] or name
        tags = tuple(group for group in groups if group not in EVERYTHING)
        label = name if address != name else ""
        self.found.entries.append(Entry(host.line, address, where["port"], where["username"], label, tags))


def used(variables: Mapping[str, object]) -> dict[str, str]:
    """Those of the variables that say where a host is, as text."""
    return {name: str(value).strip() for name, value in variables.items() if name in USED}


def _upwards(groups: list[str], parents: Mapping[str, list[str]]) -> Iterator[str]:
    """The groups and all above them, each once, the nearest first."""
    waiting, seen = list(groups), set()
    while waiting:
        group = waiting.pop(0)
        if group not in seen:
            seen.add(group)
            yield group
            waiting += parents.get(group, [])


def _why_not(variables: Mapping[str, str]) -> str:
    """Why the hub cannot connect to such a host, or nothing."""
    for name, value in variables.items():
        if "{{" in value or "{%" in value:
            return f"{name} is computed by Ansible ({value[:60]}); give the value itself."
        if name in JUMPS and re.search(r"ProxyJump|ProxyCommand|(^|\s)-J", value):
            return JUMPED.format("ProxyJump or ProxyCommand")
    connection = variables.get("ansible_connection", "")
    if connection not in DIRECT:
        return f"Ansible reaches it by {connection[:30]}, not by SSH."
    return ""


def _first(variables: Mapping[str, str], names: tuple[str, ...]) -> str:
    return next((variables[name] for name in names if variables.get(name)), "")


def expanded(pattern: str) -> Iterator[str]:
    """The names a pattern with ranges stands for: `web[01:03]` is web01, web02 and web03. Raises ValueError."""
    if len(pattern) > WORD_MAX:
        raise ValueError(f"A name has {WORD_MAX} characters at most.")
    match = RANGE.search(pattern)
    if match is None:
        if "[" in pattern and not re.fullmatch(r"\[[0-9a-fA-F:.]+\](:\d+)?", pattern):
            raise ValueError("This range is not understood; one is written [1:20], [01:20:2] or [a:f].")
        yield pattern
        return
    before, after = pattern[: match.start()], pattern[match.end() :]
    heads = [before + part for part in _steps(match["first"], match["last"], int(match["step"] or 1))]
    tails = list(expanded(after))
    if len(heads) * len(tails) > HOSTS_MAX:
        raise ValueError(TOO_MANY)
    yield from (head + tail for head in heads for tail in tails)


def _steps(first: str, last: str, step: int) -> list[str]:
    if step < 1:
        raise ValueError("The step of a range is 1 or more.")
    if first.isdecimal() and last.isdecimal() and first.isascii() and last.isascii():
        return [f"{number:0{len(first)}d}" for number in _bounded(int(first), int(last), step)]
    if len(first) == len(last) == 1 and first.isalpha() and last.isalpha() and first.isascii() and last.isascii():
        return [chr(code) for code in _bounded(ord(first), ord(last), step)]
    raise ValueError("A range goes from a number to a number, or from a letter to a letter.")


def _bounded(first: int, last: int, step: int) -> range:
    numbers = range(first, last + 1, step)
    if not numbers:
        raise ValueError("The range ends before it begins.")
    if len(numbers) > HOSTS_MAX:
        raise ValueError(TOO_MANY)
    return numbers
