"""What it takes to reach one server's probe."""

from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True, slots=True)
class Target:
    """Address and trust of one server. Its private key is in no repr, so in no log either."""

    address: str
    """IP address or host name."""
    port: int
    username: str
    """Whom the probe runs as."""
    private_key: str = field(repr=False)
    """OpenSSH format, as `ssh.keys.key_pair_generate` makes it."""
    host_keys: str = field(repr=False)
    """The pinned public keys of the host, OpenSSH format, one a line."""
    transport: Literal["ssh", "local"] = "ssh"
