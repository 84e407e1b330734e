"""Whether the hub itself is cut off: the set address does not answer, or the default gateway does not.

Needs no privileges: a connection that is refused is an answer too, and of a gateway that says nothing at all the
kernel knows whether it answered to ARP.
"""

import errno
import socket
from pathlib import Path

from django.conf import settings

TIMEOUT = 3.0
DNS_PORT = 53
HAS_GATEWAY = 0x2
"""RTF_GATEWAY in the flags of /proc/net/route (linux/route.h)."""
COMPLETE = 0x2
"""ATF_COM in the flags of /proc/net/arp (linux/if_arp.h): the neighbour has answered."""
PROC, SYS = Path("/proc/net"), Path("/sys/class/net")


def is_cut_off(*, proc: Path = PROC, interfaces: Path = SYS) -> bool:
    """Ask the address of `HUB_CHECK_ADDRESS`, else the gateway. Blocks for some seconds at most."""
    if settings.HUB_CHECK_ADDRESS:
        host, _, port = settings.HUB_CHECK_ADDRESS.rpartition(":")
        return answers(host.strip("[]"), int(port)) is not True
    gateway = default_gateway(proc)
    if gateway is None:
        return not _is_linked(interfaces)
    found = answers(gateway, DNS_PORT)
    return not (_is_neighbour(gateway, proc) if found is None else found)


def answers(host: str, port: int, timeout: float = TIMEOUT) -> bool | None:
    """Whether something answers there by TCP, if only by refusing; None = nothing was heard in time."""
    try:
        socket.create_connection((host, port), timeout).close()
    except TimeoutError:
        return None
    except OSError as error:
        return error.errno == errno.ECONNREFUSED
    return True


def default_gateway(proc: Path = PROC) -> str | None:
    """The IPv4 address of the default gateway; None where there is none."""
    for line in _lines(proc / "route"):
        # Iface Destination Gateway Flags …, addresses in the machine's byte order (proc_net_route)
        fields = line.split()
        if len(fields) > 3 and fields[1] == "00000000" and int(fields[3], 16) & HAS_GATEWAY:
            return socket.inet_ntoa(bytes.fromhex(fields[2])[::-1])
    return None


def _is_neighbour(address: str, proc: Path) -> bool:
    rows = (line.split() for line in _lines(proc / "arp"))
    return any(row[0] == address and int(row[2], 16) & COMPLETE for row in rows if len(row) > 2)


def _is_linked(interfaces: Path) -> bool:
    """Whether any network but the machine's own loopback is plugged in; if so, no gateway is wanted, it seems."""
    found = interfaces.iterdir() if interfaces.is_dir() else iter(())
    return any((link / "operstate").read_text().strip() == "up" for link in found if link.name != "lo")


def _lines(path: Path) -> list[str]:
    """The lines of a table after its heading."""
    return path.read_text().splitlines()[1:] if path.exists() else []
