"""Request bodies: JSON, strict (RFC 8259: no NaN, no lone surrogates) and no bigger than the hub cares to read."""

from typing import IO, Any

import orjson
from django.conf import settings
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser

from virtadmin.api.errors import TooLarge


class JsonBody(BaseParser):
    """Reads at most `DATA_UPLOAD_MAX_MEMORY_SIZE` bytes; a body that says it is bigger is not read at all."""

    media_type = "application/json"

    def parse(self, stream: IO[bytes], media_type: str | None = None, parser_context: Any = None) -> Any:
        limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        declared = (parser_context or {})["request"].META.get("CONTENT_LENGTH") or 0
        body = b"" if int(declared) > limit else stream.read(limit + 1)
        if int(declared) > limit or len(body) > limit:
            raise TooLarge(f"The body is larger than {limit // 1024} KiB.")
        try:
            return orjson.loads(body)
        except orjson.JSONDecodeError as error:
            raise ParseError(f"The body is not JSON: {error}.") from None
