"""TLS over a plain channel, through memory: OpenSSL on the socket itself would read each record in two system calls,
and what came instead of TLS could not be looked at."""

import ssl
from contextlib import suppress

from virtadmin.websites.check.channel import PIECE, PlainChannel


class HandshakeFailed(Exception):
    """There is no TLS. `error` None = the server ended the connection; `heard` is all it said."""

    def __init__(self, error: OSError | None, heard: bytes) -> None:
        super().__init__(str(error))
        self.error, self.heard = error, heard


class SecureChannel:
    """A channel through TLS. Owns the one below."""

    __slots__ = ("_below", "_incoming", "_outgoing", "tls")

    def __init__(self, below: PlainChannel, context: ssl.SSLContext, name: str) -> None:
        self._below, self._incoming, self._outgoing = below, ssl.MemoryBIO(), ssl.MemoryBIO()
        # As bytes, for a text goes through Python's old codec of IDNA.
        self.tls = context.wrap_bio(self._incoming, self._outgoing, server_hostname=name.encode())

    async def handshake(self) -> None:
        """Agree on keys; our last words wait for what is sent first. Raises HandshakeFailed."""
        heard: list[bytes] = []
        try:
            while True:
                try:
                    self.tls.do_handshake()
                except ssl.SSLWantReadError:
                    await self._flush()
                else:
                    return
                data = await self._below.receive()
                if not data:
                    raise HandshakeFailed(None, b"".join(heard))
                heard.append(data)
                self._incoming.write(data)
        except OSError as error:
            with suppress(OSError):
                await self._flush()  # OpenSSL has written an alert: it tells the server's log why
            raise HandshakeFailed(error, b"".join(heard)) from error

    async def send(self, data: bytes) -> None:
        """Send all of it. Raises OSError."""
        self.tls.write(data)
        await self._flush()

    async def receive(self) -> bytes:
        """What has come, at least a byte; empty = the other side has ended. Raises OSError, ssl.SSLError."""
        while True:
            with suppress(ssl.SSLWantReadError):
                return self._read()
            if self._outgoing.pending:
                await self._flush()
            data = await self._below.receive()
            if data:
                self._incoming.write(data)
            else:
                self._incoming.write_eof()

    def close(self) -> None:
        """End it."""
        self._below.close()

    def certificate(self) -> bytes:
        """The server's, as DER."""
        return self.tls.getpeercert(binary_form=True) or b""

    def chain(self) -> list[bytes]:
        """All that the server sent, its own first, as DER."""
        if hasattr(self.tls, "get_unverified_chain"):  # Python >= 3.13
            return list(self.tls.get_unverified_chain())
        der = 2  # _ssl.ENCODING_DER
        return [one.public_bytes(der) for one in self.tls._sslobj.get_unverified_chain() or ()]  # type: ignore[attr-defined] # noqa: SLF001

    def _read(self) -> bytes:
        try:
            return self.tls.read(PIECE)
        except (ssl.SSLZeroReturnError, ssl.SSLEOFError):
            return b""

    async def _flush(self) -> None:
        data = self._outgoing.read()
        if data:
            await self._below.send(data)
