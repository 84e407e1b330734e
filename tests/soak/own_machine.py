"""A small world of this run's own: its network, its processes, its mounts. Nothing of it is left when it ends."""

import os
import subprocess
import sys

MARK = "VIRTADMIN_SOAK_INSIDE"
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


def can_cut() -> bool:
    """Whether packets can be dropped here; makes the table for it."""
    try:
        done = subprocess.run(["nft", "-f", "-"], input=TABLE.encode(), capture_output=True, check=False)
    except FileNotFoundError:
        return False
    return done.returncode == 0


def cut(address: str) -> None:
    """Drop every packet from and to the address, without a word to either side."""
    subprocess.run(["nft", "add", "element", "inet", "soak", "cut", f"{{ {address} }}"], check=True)


def mend(address: str) -> None:
    """Let them pass again."""
    subprocess.run(["nft", "delete", "element", "inet", "soak", "cut", f"{{ {address} }}"], check=True)


def small_disk(place: str, megabytes: int) -> None:
    """Mount a disk of so many MB at the folder; it goes with the namespace."""
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=700", "virtadmin-soak", place], check=True)
