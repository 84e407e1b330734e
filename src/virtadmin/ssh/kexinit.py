"""Which host keys a server has, read from the first packet it sends (RFC 4253 §4.2, §6, §7.1).

Asking for a type it lacks would end in an error in its log, and a ban by a strict fail2ban; so the hub looks first.
"""

import asyncio
import socket

from virtadmin.ssh.stages import ConnectionFailure, Stage

CLIENT_VERSION = "Virtadmin"
MSG_KEXINIT = 20
COOKIE_END = 17
PACKET_MAX = 35000
"""RFC 4253 §6.1: what every implementation must be able to handle."""


async def host_key_algorithms(connected: socket.socket) -> list[str]:
    """The server's `server_host_key_algorithms`. Takes over the socket and closes it. Raises ConnectionFailure."""
    reader, writer = await asyncio.open_connection(sock=connected)
    try:
        writer.write(f"SSH-2.0-{CLIENT_VERSION}\r\n".encode())
        while not (await reader.readline()).startswith(b"SSH-"):
            if reader.at_eof():
                raise _garbled()
        length = int.from_bytes(await reader.readexactly(4), "big")
        if length > PACKET_MAX:
            raise _garbled()
        packet = await reader.readexactly(length)
        return host_keys_of_kexinit(packet[1 : length - packet[0]])  # the first byte is the padding's length
    except (OSError, asyncio.IncompleteReadError, IndexError, ValueError):
        raise _garbled() from None
    finally:
        writer.close()


def host_keys_of_kexinit(payload: bytes) -> list[str]:
    """The second name-list of an SSH_MSG_KEXINIT payload. Raises ConnectionFailure if it is none."""
    if payload[:1] != bytes([MSG_KEXINIT]):
        raise _garbled()
    _, rest = _name_list(payload[COOKIE_END:])
    names, _ = _name_list(rest)
    return names.decode("ascii", "replace").split(",")


def _name_list(data: bytes) -> tuple[bytes, bytes]:
    length = int.from_bytes(data[:4], "big")
    if len(data) < 4 + length:
        raise _garbled()
    return data[4 : 4 + length], data[4 + length :]


def _garbled() -> ConnectionFailure:
    return ConnectionFailure(Stage.UNREACHABLE, "The server broke off the key exchange.", "Try again in a minute.")
