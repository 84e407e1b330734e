"""An Ansible inventory in YAML: groups with `hosts`, `vars` and `children`."""

import re
from collections.abc import Iterator

import yaml

from virtadmin.servers.import_format import Found, unreadable
from virtadmin.servers.inventory import Inventory, used

DEPTH_MAX = 20
NODES_MAX = 20_000
GROUP = re.compile(r"^(---|[\w.-]+:)[^\S\n]*(#.*)?$", re.MULTILINE)
MEMBERS = re.compile(r"^[^\S\n]+(hosts|children):[^\S\n]*(#.*)?$", re.MULTILINE)
PARTS = ("hosts", "vars", "children")


class AnsibleYaml:
    """An inventory in YAML."""

    name = "ansible_yaml"
    label = "Ansible inventory (YAML)"
    example = "web:\n  hosts:\n    web[01:03].example.org:\n  vars:\n    ansible_user: root"

    def fits(self, text: str) -> bool:
        """It has groups with hosts or children."""
        group = GROUP.search(text)
        return group is not None and MEMBERS.search(text, group.end()) is not None

    def read(self, text: str) -> Found:
        """A server for each host, expanded from its ranges."""
        inventory = Inventory()
        _Reader(inventory).document(_composed(text))
        return inventory.read()


def _composed(text: str) -> yaml.Node | None:
    """The document as nodes, which know their lines; nothing in it is made into an object. Raises InvalidInput."""
    try:
        return yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise unreadable(f"This is no YAML: line {line}: {error.problem or error.context}.") from None
    except yaml.YAMLError:
        raise unreadable("This is no YAML: it has characters that are not allowed there.") from None
    except RecursionError:
        raise unreadable("This is nested too deep for an inventory.") from None


class _Reader:
    """Walks the nodes. Aliases can make a small document endless, so depth and number are limited."""

    def __init__(self, inventory: Inventory) -> None:
        self.inventory = inventory
        self.left = NODES_MAX

    def document(self, root: yaml.Node | None) -> None:
        if not isinstance(root, yaml.MappingNode):
            raise unreadable("An inventory in YAML is made of groups: name, hosts, children.")
        for name, line, node in self._pairs(root):
            self._group(name, line, node, 1)

    def _group(self, name: str, line: int, node: yaml.Node, depth: int) -> None:
        if depth > DEPTH_MAX:
            raise unreadable("This is nested too deep for an inventory.")
        group = self.inventory.group(name)
        for part, number, value in self._pairs(node):
            if part not in PARTS:
                self.inventory.found.refuse(number, part[:80], f"A group has {', '.join(PARTS)} and nothing else.")
            elif part == "hosts":
                self._hosts(name, value)
            elif part == "vars":
                group.variables |= used(self._variables(value))
            else:
                for child, where, below in self._pairs(value):
                    self.inventory.child_add(name, child)
                    self._group(child, where, below, depth + 1)

    def _hosts(self, group: str, node: yaml.Node) -> None:
        for pattern, line, variables in self._pairs(node):
            self.inventory.host_add(line, pattern, group, self._variables(variables))

    def _variables(self, node: yaml.Node) -> dict[str, str]:
        return {name: value.value for name, _, value in self._pairs(node) if isinstance(value, yaml.ScalarNode)}

    def _pairs(self, node: yaml.Node) -> Iterator[tuple[str, int, yaml.Node]]:
        """Name, line and value of a mapping's pairs; an empty value has none."""
        if not isinstance(node, yaml.MappingNode):
            if node.value not in ("", "null", "~"):
                self.inventory.found.refuse(node.start_mark.line + 1, "", "Names with a colon were expected here.")
            return
        for key, value in node.value:
            self.left -= 1
            if self.left < 0:
                raise unreadable("This is too long for an inventory.")
            if isinstance(key, yaml.ScalarNode):
                yield key.value, key.start_mark.line + 1, value
