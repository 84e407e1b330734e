"""A thin client of the Send API. The page's token goes in a header and is in no error and no log line."""

import hashlib
import hmac
import re
from functools import lru_cache
from typing import Any

from django.conf import settings

from virtadmin.core.errors import VirtadminError
from virtadmin.core.http import Answer, Client

VERSION = "v23.0"
"""The Graph API's version this was written for, unless `GRAPH_API_URL` ends with another."""
USAGE = "x-business-use-case-usage"
BAD_PARAMETER, BAD_TOKEN = 100, 190
TEXT_MAX, TEMPLATE_TEXT_MAX = 2000, 640


class GraphError(VirtadminError):
    """Messenger refused, for the reason of this code and subcode. `retry_after`: seconds, where it says so."""

    def __init__(
        self, message: str, code: int, subcode: int = 0, *, transient: bool = False, retry_after: float | None = None
    ) -> None:
        super().__init__(message)
        self.code, self.subcode, self.transient, self.retry_after = code, subcode, transient, retry_after

    @property
    def is_token(self) -> bool:
        """The page's token is wrong, has expired or was revoked."""
        return self.code == BAD_TOKEN

    @property
    def is_secret(self) -> bool:
        """The app's secret is not that of the app which the token is of."""
        return self.code == BAD_PARAMETER and "appsecret_proof" in self.message


class Page:
    """The Facebook page the hub writes as."""

    def __init__(self, token: str, secret: str, url: str) -> None:
        self._token, self._client = token, Client(url if re.search(r"/v\d+\.\d+$", url) else f"{url}/{VERSION}")
        self._proof = f"appsecret_proof={_proof(token, secret)}" if secret else ""
        self._headers = {"Authorization": f"Bearer {token}"}

    def send(self, psid: str, message: dict[str, Any], *, kind: str = "UPDATE") -> str:
        """Send a message to the person of this page-scoped id; its id. `kind`: RESPONSE or UPDATE.

        Raises GraphError, and HttpFailure when Messenger cannot be asked.
        """
        body = {"recipient": {"id": psid}, "messaging_type": kind, "message": message}
        said = self._said(self._client.post(f"/me/messages?{self._proof}", body, headers=self._headers))
        return str(said.get("message_id", ""))

    def about(self) -> dict[str, Any]:
        """What it is, as far as it may be told: `id`, `name`, `username`. Raises as `send` does."""
        return self._said(self._client.get(f"/me?fields=id,name,username&{self._proof}", headers=self._headers))

    def _said(self, answer: Answer) -> dict[str, Any]:
        said = answer.json()
        if answer.status == 200 and "error" not in said:
            return said
        fault = said.get("error")
        fault = fault if isinstance(fault, dict) else {}
        words = str(fault.get("message") or "nothing that the Graph API says").replace(self._token, "***")[:200]
        raise GraphError(
            f"Messenger answered {answer.status}: {words.rstrip('.')}.",
            _number(fault.get("code")) or answer.status,
            _number(fault.get("error_subcode")),
            transient=bool(fault.get("is_transient")) or answer.status >= 500,
            retry_after=_pause(answer.headers.get(USAGE, "")),
        )

    def close(self) -> None:
        """Close its kept connections; it may go on all the same."""
        self._client.close()


def page() -> Page:
    """This hub's page, by the settings."""
    return _page(settings.MESSENGER_PAGE_TOKEN, settings.MESSENGER_APP_SECRET, settings.GRAPH_API_URL)


def is_set_up() -> bool:
    """Whether the settings that Messenger needs are there."""
    return bool(settings.MESSENGER_PAGE_TOKEN and settings.MESSENGER_APP_SECRET and settings.MESSENGER_PAGE)


def signed(body: bytes, header: str) -> bool:
    """Whether X-Hub-Signature-256 says that Messenger sent this body. False without an app secret."""
    secret = settings.MESSENGER_APP_SECRET
    wanted = "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return bool(secret) and hmac.compare_digest(wanted.encode(), header.encode())


@lru_cache(maxsize=2)
def _page(token: str, secret: str, url: str) -> Page:
    return Page(token, secret, url)


def _proof(token: str, secret: str) -> str:
    """`appsecret_proof`: shows that the token is used by who knows the app's secret."""
    return hmac.new(secret.encode(), token.encode(), hashlib.sha256).hexdigest()


def _pause(usage: str) -> float | None:
    """The seconds until calls are taken again, from the header of the limits: it names minutes, for each page."""
    found = re.findall(r'"estimated_time_to_regain_access":\s*(\d{1,5})', usage)
    return max(map(int, found), default=0) * 60.0 or None


def _number(value: Any) -> int:
    return int(value) if isinstance(value, int | str) and str(value).isdigit() else 0
