"""What is checked, and what comes of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from virtadmin.websites.check.stages import Stage


@dataclass(frozen=True, slots=True)
class Request:
    """A website as a check sees it. `statuses`: pairs of first and last status that are expected, empty = any answer
    will do."""

    uri: str
    method: str = "GET"
    body: bytes = field(default=b"", repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Those a person gave, secret ones too. None of them is sent to another origin by a redirect."""
    username: str = ""
    password: str = field(default="", repr=False)
    statuses: tuple[tuple[int, int], ...] = ()
    text_present: str = ""
    text_absent: str = ""
    follow_redirects: bool = True
    timeout: float = 10.0
    """Seconds that all of it may take, redirects included."""
    verify_tls: bool = True
    ca_certificates: str = ""
    """PEM of CAs that are trusted besides the system's."""
    private_allowed: bool = False
    """Whether loopback and private addresses may be asked. Link-local and metadata addresses never are."""


@dataclass(frozen=True, slots=True)
class Phases:
    """Seconds that each phase took; None = it was not reached, or there was none. Of the last hop, but `total`."""

    dns: float | None = None
    tcp: float | None = None
    tls: float | None = None
    first_byte: float | None = None
    """From the request's last byte sent to the answer's first."""
    total: float | None = None
    """From the start to the end, redirects included."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """What the server showed, valid or not. Times are Unix seconds."""

    begins: float
    expires: float
    subject: str
    issuer: str
    names: tuple[str, ...]
    """DNS names and IP addresses it is for."""
    key: str
    """Such as "EC P-256" or "RSA 2048"."""
    protocol: str
    """Such as "TLSv1.3"."""
    fingerprint: str
    """SHA-256 of the DER, hexadecimal."""
    serial: str
    """Hexadecimal."""
    trusted: bool
    name_matches: bool
    chain_complete: bool
    self_signed: bool

    def as_json(self) -> dict[str, Any]:
        """As plain JSON."""
        return {name: getattr(self, name) for name in self.__slots__} | {"names": list(self.names)}


@dataclass(frozen=True, slots=True)
class Hop:
    """An answer that sent the check elsewhere: from where, with which status, and to where."""

    uri: str
    status: int
    to: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a check. `stage` None = all is as it should be, else `reason` says in a sentence what is not.

    Nothing in it holds a secret of the request: of an address with user info, that is left out.
    """

    stage: Stage | None = None
    reason: str = ""
    hint: str = ""
    status: int | None = None
    """Of the last answer."""
    phrase: str = ""
    """What the server, or else the standard, calls that status."""
    phases: Phases = Phases()
    address: str = ""
    """The IP address that was asked last."""
    redirects: tuple[Hop, ...] = ()
    certificate: Certificate | None = None
    """The first that the website's own host showed, on the way of redirects too (http to https)."""
    retry_after: float | None = None
    """Seconds the server wants to be left alone, if it said so."""
