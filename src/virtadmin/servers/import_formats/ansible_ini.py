"""An Ansible inventory in INI: groups in brackets, hosts with their variables, `[group:vars]`, `[group:children]`."""

import re
import shlex

from virtadmin.servers.import_format import Found, lines_of, target_read
from virtadmin.servers.inventory import Inventory, used

SECTION = re.compile(r"\[(?P<group>[^\[\]:\s]+)(?::(?P<kind>\w+))?\]\s*(?:[#;].*)?")
LOOKS_LIKE_IT = re.compile(
    r"^[^\S\n]*\[[\w.-]+(:(vars|children))?\][^\S\n]*$|\bansible_(host|user|port|connection)[^\S\n]*=", re.MULTILINE
)
WITH_PORT = re.compile(r"[^:]+:\d+|\[[0-9a-fA-F:.]+\]:\d+")


class AnsibleIni:
    """An inventory in INI."""

    name = "ansible_ini"
    label = "Ansible inventory (INI)"
    example = "[web]\nweb[01:03].example.org ansible_user=root\n\n[db]\ndb1 ansible_host=192.0.2.20 ansible_port=2222"

    def fits(self, text: str) -> bool:
        """It has a section, or a variable of Ansible's."""
        return LOOKS_LIKE_IT.search(text) is not None

    def read(self, text: str) -> Found:
        """A server for each host, expanded from its ranges."""
        inventory, group, kind = Inventory(), "ungrouped", "hosts"
        for number, line in lines_of(text):
            section = SECTION.fullmatch(line)
            if line.startswith(";"):
                continue
            if section:
                group, kind = section["group"], section["kind"] or "hosts"
                if kind not in ("hosts", "vars", "children"):
                    inventory.found.refuse(number, line[:80], "There is no such section in an inventory.")
            else:
                _read_line(number, line, group, kind, inventory)
        return inventory.read()


def _read_line(number: int, line: str, group: str, kind: str, inventory: Inventory) -> None:
    if kind == "hosts":
        _read_host(number, line, group, inventory)
    elif kind == "children":
        inventory.child_add(group, line.split(maxsplit=1)[0])
    elif kind == "vars":
        name, _, value = line.partition("=")
        inventory.group(group).variables |= used({name.strip(): value.strip().strip("'\"")})


def _read_host(number: int, line: str, group: str, inventory: Inventory) -> None:
    try:
        words = shlex.split(line, comments=True)
    except ValueError:
        inventory.found.refuse(number, line.split(maxsplit=1)[0][:80], "A quotation mark is not closed.")
        return
    if not words:
        return
    pairs = [word.partition("=") for word in words[1:]]
    if wrong := next((name for name, equals, _ in pairs if not equals), None):
        inventory.found.refuse(
            number, words[0][:80], f"Not understood: {wrong[:40]}. A variable is written name=value."
        )
        return
    variables = {name: value for name, _, value in pairs}
    pattern = words[0]
    if WITH_PORT.fullmatch(pattern) and (target := target_read(pattern)):
        pattern = target.host
        variables.setdefault("ansible_port", target.port)
    inventory.host_add(number, pattern, group, variables)
