"""An answer of HTTP/1.1, parsed piece by piece by llhttp."""

from http import HTTPStatus

from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser

from virtadmin.websites.check.failure import CheckFailure
from virtadmin.websites.check.stages import Stage

HEAD_MOST = 64 * 1024
"""Bytes before the body, interim answers included."""
WANTED = frozenset({
    b"content-type", b"content-encoding", b"content-length", b"transfer-encoding", b"location", b"retry-after",
    b"set-cookie",
})  # fmt: skip
NO_BODY = frozenset({204, 304})
PHRASES = {status.value: status.phrase for status in HTTPStatus}


class Answer:
    """What has come so far of the answer to a request of that method."""

    __slots__ = ("_fed", "_method", "_parser", "_phrase", "complete", "head_done", "headers", "pieces", "status")

    def __init__(self, method: str) -> None:
        self.headers: list[tuple[bytes, bytes]] = []
        self.pieces: list[bytes] = []
        self.status, self._phrase = 0, b""
        self.head_done = self.complete = False
        self._fed, self._method = 0, method
        self._parser: HttpResponseParser | None = HttpResponseParser(self)
        # What browsers put up with. It opens a hole only where several requests share a connection.
        self._parser.set_dangerous_leniencies(
            lenient_headers=True, lenient_data_after_close=True, lenient_optional_lf_after_cr=True,
            lenient_optional_cr_before_lf=True, lenient_optional_crlf_after_chunk=True,
            lenient_spaces_after_chunk_size=True,
        )  # fmt: skip

    def feed(self, data: bytes) -> None:
        """Take in the next bytes. Raises CheckFailure."""
        if not self.head_done:
            self._fed += len(data)
        try:
            if self._parser:
                self._parser.feed_data(data)
        except HttpParserUpgrade:
            self.complete = True
        except HttpParserError:
            if not self.complete:  # what follows a whole answer is nobody's business
                raise CheckFailure(Stage.INVALID_HTTP, self._not_http(data)) from None
        if not self.head_done and self._fed > HEAD_MOST:
            told = f"The answer's head is larger than {HEAD_MOST // 1024} KiB."
            raise CheckFailure(Stage.HEADERS_TOO_LARGE, told)

    def ended(self) -> None:
        """The server has ended the connection: for some answers that is their end. Raises CheckFailure."""
        if not self.head_done:
            told = "The server ended the connection in the middle of its answer's head."
            raise CheckFailure(Stage.CLOSED, told if self._fed else "The server ended the connection without an answer.")
        if not self.complete and (self.header(b"content-length") or self.header(b"transfer-encoding")):
            raise CheckFailure(Stage.CLOSED, "The server ended the connection in the middle of its answer.")
        self.complete = True

    def close(self) -> None:
        """Let the parser go: it and this know each other, which only a search for garbage would find."""
        self._parser = None

    def header(self, name: bytes) -> str:
        """The first of that name, in lower case; empty if there is none."""
        return next((text(value) for known, value in self.headers if known == name), "")

    @property
    def phrase(self) -> str:
        """What the server calls the status, or else the standard."""
        said = "".join(c for c in text(self._phrase).strip() if c.isprintable())[:100]
        return said or PHRASES.get(self.status, "")

    def on_status(self, phrase: bytes) -> None:
        """Called by the parser, with a piece of it."""
        self._phrase += phrase

    def on_header(self, name: bytes, value: bytes) -> None:
        """Called by the parser; after the body for trailers, which are not wanted."""
        name = name.lower()
        if name in WANTED and not self.head_done:
            self.headers.append((name, value))

    def on_headers_complete(self) -> None:
        """Called by the parser."""
        self.status = self._parser.get_status_code() if self._parser else 0
        if self.status == HTTPStatus.SWITCHING_PROTOCOLS or self.status >= 200:
            self.head_done = True
            self.complete = self._method == "HEAD" or self.status in NO_BODY

    def on_body(self, data: bytes) -> None:
        """Called by the parser."""
        self.pieces.append(data)

    def on_message_complete(self) -> None:
        """Called by the parser. What ends before its head was final was an interim answer (RFC 9110 §15.2)."""
        if self.head_done:
            self.complete = True
        else:
            self.headers.clear()
            self._phrase = b""

    def _not_http(self, data: bytes) -> str:
        if self.head_done:
            return "The answer's body is not in the form its head says."
        line = text(data.split(b"\n")[0]).strip()
        shown = "".join(c if c.isprintable() else "?" for c in line)[:60]
        begins = f": it begins with “{shown}”" if self._fed == len(data) else ""
        return f"The answer is not HTTP{begins}."


def text(value: bytes) -> str:
    """A header as text: UTF-8 where it is that, else Latin-1."""
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")
