"""A thin client of the Bot API. The bot's token is in every address, so no error and no log line holds one."""

from functools import lru_cache
from typing import Any

from django.conf import settings

from virtadmin.core.errors import VirtadminError
from virtadmin.core.http import ANSWER_SECONDS, Client

UNAUTHORIZED, FORBIDDEN, NOT_FOUND, CONFLICT, TOO_MANY = 401, 403, 404, 409, 429


class BotError(VirtadminError):
    """Telegram refused. `code` as in HTTP; `retry_after` seconds; `migrate_to`: the group's new chat id."""

    def __init__(
        self, message: str, code: int, *, retry_after: float | None = None, migrate_to: str | None = None
    ) -> None:
        super().__init__(message)
        self.code, self.retry_after, self.migrate_to = code, retry_after, migrate_to

    @property
    def is_token(self) -> bool:
        """The token is wrong or was revoked; one that is no token at all is answered with 404."""
        return self.code in (UNAUTHORIZED, NOT_FOUND)


class Bot:
    """The bot with this token, at the API's address."""

    def __init__(self, token: str, url: str) -> None:
        self._token, self._client = token, Client(url)

    def call(self, method: str, *, seconds: float = ANSWER_SECONDS, **parameters: Any) -> Any:
        """The result of a method. Raises BotError, and HttpFailure when Telegram cannot be asked."""
        answer = self._client.post(f"/bot{self._token}/{method}", parameters, seconds=seconds)
        body = answer.json()
        if body.get("ok") is True:
            return body.get("result")
        said = str(body.get("description") or "nothing that the Bot API says").replace(self._token, "***")[:200]
        more = body.get("parameters")
        more = more if isinstance(more, dict) else {}
        raise BotError(
            f"Telegram answered {answer.status}: {said}.",
            int(_number(body.get("error_code")) or answer.status),
            retry_after=_number(more.get("retry_after")),
            migrate_to=str(more["migrate_to_chat_id"]) if more.get("migrate_to_chat_id") else None,
        )

    def close(self) -> None:
        """Close its kept connections; it may go on all the same."""
        self._client.close()


def bot() -> Bot:
    """This hub's bot, by the settings. Its connections are kept; a forked process makes its own."""
    return _bot(settings.TELEGRAM_TOKEN, settings.TELEGRAM_API_URL)


@lru_cache(maxsize=2)
def _bot(token: str, url: str) -> Bot:
    return Bot(token, url)


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) else None
