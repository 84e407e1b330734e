"""Looking for texts in a body while it comes: unpacked and decoded piece by piece, all of it bounded."""

import codecs
import re
import zlib
from collections.abc import Callable

from virtadmin.websites.check.failure import CheckFailure
from virtadmin.websites.check.outcome import Request
from virtadmin.websites.check.stages import Stage

SEARCHED = 1024 * 1024
"""Bytes of a body, unpacked, that are searched."""
ANY_WINDOW = zlib.MAX_WBITS | 32
"""zlib's word for: gzip or zlib, as the data says."""
CHARSETS = re.compile(
    r"utf[_-]?8|utf[_-]?16(?:[_-]?[lb]e)?|(?:us-)?ascii|(?:iso|latin|windows|cp|koi8|mac|tis|ibm)[a-z0-9_-]*"
    r"|gb\d+|gbk|big5(?:-hkscs)?|euc[_-]\w+|shift[_-]jis|johab",
    re.IGNORECASE,
)
"""Python's codecs that turn bytes into text as web pages have it; it has others, some of them slow by design."""


class Search:
    """Whether the texts that must or must not be there are in the body. `told` is the verdict, once there is one."""

    def __init__(self, request: Request, content_type: str, packing: str) -> None:
        self._present, self._absent = request.text_present, request.text_absent
        self._overlap = max(len(self._present), len(self._absent), 1) - 1
        self._unpack = _unpacker(packing.strip().lower())
        self._packed = packing.strip().lower() not in ("", "identity")
        self._decode = codecs.getincrementaldecoder(charset_of(content_type))("replace").decode
        self._tail, self._size = "", 0
        self.decided = False

    def feed(self, piece: bytes) -> None:
        """Look at the next piece. Raises CheckFailure when that decides it for the worse."""
        room = SEARCHED - self._size
        data = self._unpack(piece, room + 1)
        self._size += len(data)
        self._look(self._tail + self._decode(data[:room]))
        if self._size > SEARCHED and not self.decided:
            raise self._too_large()

    def ended(self) -> None:
        """The body is over. Raises CheckFailure when the text that must be in it was not."""
        if not self.decided and self._present:
            raise CheckFailure(Stage.TEXT_MISSING, f"The page does not hold “{_short(self._present)}”.")

    def _look(self, text: str) -> None:
        if self._absent and self._absent in text:
            raise CheckFailure(Stage.TEXT_FORBIDDEN, f"The page holds “{_short(self._absent)}”.")
        if self._present and self._present in text:
            self._present = ""
        self.decided = not self._present and not self._absent
        self._tail = text[len(text) - self._overlap :] if 0 < self._overlap < len(text) else text * bool(self._overlap)

    def _too_large(self) -> CheckFailure:
        size = f"{SEARCHED // 1024} KiB"
        if self._packed:
            return CheckFailure(Stage.UNPACKED_TOO_LARGE, f"The compressed page unpacks to more than {size}.")
        return CheckFailure(Stage.BODY_TOO_LARGE, f"The page is larger than {size}, and more is not searched.")


def charset_of(content_type: str) -> str:
    """The charset a Content-Type names, if Python has it; else UTF-8."""
    found = re.search(r"charset\s*=\s*\"?([a-z0-9_.:-]{1,40})", content_type, re.IGNORECASE)
    if not found or not CHARSETS.fullmatch(found[1]):
        return "utf-8"
    try:
        return codecs.lookup(found[1]).name
    except LookupError:
        return "utf-8"


def _unpacker(packing: str) -> Callable[[bytes, int], bytes]:
    """What unpacks the next bytes, to so many at most."""
    if packing in ("", "identity"):
        return lambda piece, most: piece[:most]
    if packing in ("gzip", "x-gzip", "deflate"):
        return _Inflating()
    raise CheckFailure(Stage.INVALID_HTTP, f"The answer is packed in a way nobody asked for ({_short(packing)}).")


class _Inflating:
    """gzip, and deflate with or without its wrapping: servers send either (RFC 9110 §8.4.1.2)."""

    def __init__(self) -> None:
        self._zlib = zlib.decompressobj(ANY_WINDOW)
        self._begun = False

    def __call__(self, piece: bytes, most: int) -> bytes:
        try:
            return self._unpacked(piece, most)
        except zlib.error:
            raise CheckFailure(Stage.INVALID_HTTP, "The answer is said to be compressed, but is not.") from None

    def _unpacked(self, piece: bytes, most: int) -> bytes:
        try:
            found = self._zlib.decompress(piece, most)
        except zlib.error:
            if self._begun:
                raise
            self._zlib = zlib.decompressobj(-zlib.MAX_WBITS)
            found = self._zlib.decompress(piece, most)
        self._begun = True
        return found


def _short(text: str) -> str:
    return text if len(text) <= 60 else text[:60] + "…"
