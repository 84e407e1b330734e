"""A small world of this run's own: its network, its processes, its mounts. Nothing of it is left when it ends."""

import os
import subprocess
import sys
from contextlib import suppress
from functools import cache

MARK = "VIRTADMIN_SOAK_INSIDE"
CHAIN = "soak"
UNSHARE = ("unshare", "--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc")
TABLE = """
table inet soak {
  set cut { type ipv4_addr; }
  chain input { type filter hook input priority 0; ip saddr @cut drop; ip daddr @cut drop; }
}
"""


def enter() -> None:
    """Go on in namespaces of its own, as the same command; returns there alone."""
    if os.environ.get(MARK):
        subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
        return
    inner = [sys.executable, "-u", "-m", "tests.soak", *sys.argv[1:]]
    dying = ["setpriv", "--pdeathsig", "KILL"]  # whoever kills this command ends all of it
    os.environ[MARK] = "1"
    os.execvp("setpriv", [*dying, *UNSHARE, *inner])


@cache
def cutter() -> str:
    """What can drop packets here: nft or iptables; nothing where neither works."""
    tries = {"nft": (["nft", "-f", "-"], TABLE), "iptables": (["iptables", "-N", CHAIN], "")}
    for name, (words, given) in tries.items():
        with suppress(FileNotFoundError):
            if not subprocess.run(words, input=given.encode(), capture_output=True, check=False).returncode:
                if name == "iptables":
                    subprocess.run(["iptables", "-I", "INPUT", "-j", CHAIN], check=True)
                return name
    return ""


def cut(address: str) -> None:
    """Drop every packet from and to the address, without a word to either side."""
    _drop("add", "-A", address)


def mend(address: str) -> None:
    """Let them pass again."""
    _drop("delete", "-D", address)


def _drop(word: str, flag: str, address: str) -> None:
    by_nft = [["nft", word, "element", "inet", "soak", "cut", f"{{ {address} }}"]]
    by_iptables = [["iptables", flag, CHAIN, side, address, "-j", "DROP"] for side in ("-s", "-d")]
    for words in by_nft if cutter() == "nft" else by_iptables:
        subprocess.run(words, check=True)


def small_disk(place: str, megabytes: int) -> None:
    """Mount a disk of so many MB at the folder."""
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=700", "virtadmin-soak", place], check=True)


def disk_away(place: str) -> None:
    """Take it off again, with all that is on it."""
    subprocess.run(["umount", "--lazy", place], check=True)
