"""The shell scripts that install the probe on a server and take it away again, composed from the files of probe/.

The same text is uploaded and run by an enrolment, and shown to those who would rather run it by hand. What they print
is in `probe/README.md`. Nothing here touches a database or a network.
"""

import hashlib
import re
from typing import Final

from virtadmin.ssh.local import probe_path

NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,62}")
"""What stands unquoted in a line of authorized_keys and in an expression of sed."""
KEY: Final = re.compile(r"[a-z0-9@.-]+ [A-Za-z0-9+/]+={0,3}")

ROOT_HOME: Final = "/home/virtadmin"


def probe_file(name: str) -> str:
    """The text of a file of the folder probe/, from a checkout or an installed package."""
    return probe_path(name).read_text(encoding="utf-8")


def safe_name(name: str) -> str:
    """The hub's name as it may stand in a key's line: letters, digits, dots, dashes; 40 at most."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip("-._")[:40] or "virtadmin"


def enrol_script(*, hub_id: str, hub_name: str, server_id: str, public_key: str) -> str:
    """The script that lets this hub watch a server. It needs no arguments and no input.

    `public_key` is the OpenSSH line (type, base64, maybe a comment, which is left out); the ids hold letters, digits
    and dashes; of `hub_name` the rest becomes dashes. Raises ValueError for anything else.
    """
    key = " ".join(public_key.split()[:2])
    if not KEY.fullmatch(key):
        raise ValueError("not the line of an OpenSSH public key")
    introduction, body = _split(probe_file("enrol.sh"))
    values = {
        "HUB_ID": _checked(hub_id),
        "HUB_NAME": safe_name(hub_name),
        "SERVER_ID": _checked(server_id),
        "PUBLIC_KEY": key,
    }
    parts = [introduction, _assignments(values), body, _split(probe_file("sshd.sh"))[1]]
    parts += [_printer("probe_py", probe_file("probe.py")), _printer("probe_sh", probe_file("probe.sh"))]
    return "\n".join([*parts, "enrol\n"])


def unenrol_script(*, hub_id: str, server_id: str) -> str:
    """The script that takes away what `enrol_script` installed. Raises ValueError for an id with odd characters."""
    introduction, body = _split(probe_file("unenrol.sh"))
    values = {"HUB_ID": _checked(hub_id), "SERVER_ID": _checked(server_id)}
    return "\n".join([introduction, _assignments(values), body, "unenrol\n"])


def cleanup_line(*, hub_id: str, server_id: str, as_root: bool = True) -> str:
    """The one line that takes away the key, and the rest where no other key uses it, without the hub.

    To be pasted as root or a user with sudo; with `as_root` false, as the user the probe was installed for.
    """
    key, marker = f"virtadmin:{_checked(hub_id)}:{_checked(server_id)}", ".virtadmin-marker"
    forget = (
        f'sed -i "/ {key}\\$/d" "$(sed -n "s/^keys //p" {marker})" && sed -i "/^key {hub_id} {server_id} /d" {marker}'
    )
    unused = f'! grep -q "^key " {marker}'
    if not as_root:
        return f"cd ~/.virtadmin && {forget} && {unused} && cd && rm -rf ~/.virtadmin"
    gone = f"{{ pkill -u virtadmin; sleep 1; userdel virtadmin || deluser virtadmin; }} && rm -rf {ROOT_HOME}"
    return f"sudo sh -c 'cd {ROOT_HOME} && {forget} && {unused} && cd / && {gone}'"


def _checked(name: str) -> str:
    if not NAME.fullmatch(name):
        raise ValueError(f"an id holds letters, digits and dashes, not {name!r}")
    return name


def _split(script: str) -> tuple[str, str]:
    """The comment a script begins with, and the rest."""
    introduction, _, body = script.partition("\n\n")
    return re.sub(r"\n#\n# shellcheck .*", "", introduction) + "\n", body


def _assignments(values: dict[str, str]) -> str:
    return "".join(f"{name}='{value}'\n" for name, value in values.items())


def _printer(function: str, text: str) -> str:
    """A shell function that prints the text, whatever it holds: its end mark is the text's own digest."""
    mark = f"end_of_{function}_{hashlib.sha256(text.encode()).hexdigest()[:12]}"
    return f"{function}() {{\n  cat <<'{mark}'\n{text}{mark}\n}}\n"
