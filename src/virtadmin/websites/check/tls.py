"""How a check begins TLS: as a careful browser does, or as somebody who only wants to see what the server has."""

import ssl
from collections.abc import Callable

from virtadmin.websites.check.failure import CheckFailure
from virtadmin.websites.check.stages import Stage

OWN_MOST = 64
"""Contexts with CAs of their own that are kept; each holds the system's CAs too, a megabyte."""
FRESH_SECONDS = 86_400
"""After this the system's CAs are read again: they change with its updates."""
LEGACY_SERVER_CONNECT = 0x4
"""SSL_OP_LEGACY_SERVER_CONNECT of OpenSSL, which Python names from 3.12 on."""


class Contexts:
    """The contexts, made once: making one takes as long as some ten checks."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock, self._made = clock, clock()
        self._strict: dict[str, ssl.SSLContext] = {}
        self._lax: ssl.SSLContext | None = None

    def strict(self, own_ca: str) -> ssl.SSLContext:
        """One that verifies, by the system's CAs and those of the PEM. Raises CheckFailure."""
        if self._clock() - self._made > FRESH_SECONDS:
            self._made = self._clock()
            self._strict.clear()
        found = self._strict.get(own_ca)
        if found is None:
            while len(self._strict) >= OWN_MOST:
                del self._strict[next(iter(self._strict))]
            found = self._strict[own_ca] = strict_context(own_ca)
        return found

    def lax(self) -> ssl.SSLContext:
        """One that takes any certificate, and old versions of TLS too."""
        self._lax = self._lax or lax_context()
        return self._lax


def strict_context(own_ca: str) -> ssl.SSLContext:
    """Verifies names, dates and chain; TLS 1.2 or 1.3. A CA a person gave may be an intermediate one."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.hostname_checks_common_name = False  # browsers look at the other names only (RFC 9525 §2)
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    context.load_default_certs()
    context.set_alpn_protocols(["http/1.1"])
    if own_ca:
        try:
            context.load_verify_locations(cadata=own_ca)
        except (ssl.SSLError, ValueError):
            raise CheckFailure(Stage.REQUEST, "The website's own CA cannot be read as PEM certificates.") from None
    return context


def lax_context() -> ssl.SSLContext:
    """Verifies nothing."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.options |= LEGACY_SERVER_CONNECT
    context.set_alpn_protocols(["http/1.1"])
    return context
