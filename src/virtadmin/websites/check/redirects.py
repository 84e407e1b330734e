"""Following redirects: where to, as what, and when to stop (RFC 9110 §15.4). Pure."""

from dataclasses import dataclass, field, replace

from virtadmin.websites.check.address import Address, AddressInvalid, parse_redirect
from virtadmin.websites.check.answer import Answer, text
from virtadmin.websites.check.failure import CheckFailure
from virtadmin.websites.check.outcome import Hop
from virtadmin.websites.check.stages import Stage

MOST = 10
FOLLOWED = frozenset({301, 302, 303, 307, 308})
BECOMES_GET = frozenset({301, 302})
"""A POST that is answered so goes on as GET, as browsers do; any method that is answered with 303 does, but HEAD."""
COOKIES_MOST = 8192


@dataclass(frozen=True, slots=True)
class Step:
    """One request of a check. `cookies` are those that servers set on the way, by host; they end with the check."""

    address: Address
    method: str
    cookies: dict[str, dict[str, str]] = field(default_factory=dict)

    @property
    def cookie_header(self) -> str:
        """What is sent back to this step's host."""
        return "; ".join(f"{name}={value}" for name, value in self.cookies.get(self.address.host, {}).items())


def leads_on(answer: Answer) -> bool:
    """Whether the answer is a redirect that can be followed."""
    return answer.status in FOLLOWED and bool(answer.header(b"location"))


def following(step: Step, answer: Answer) -> tuple[Step, Hop]:
    """The next step. Raises CheckFailure if it leads to no website."""
    location = answer.header(b"location")
    try:
        target = parse_redirect(step.address, location)
    except AddressInvalid as error:
        shown = "".join(c if c.isprintable() else "?" for c in location)[:100]
        told = f"HTTP {answer.status} leads to “{_without_user(shown)}”, which is no website's address. {error}"
        raise CheckFailure(Stage.REDIRECT_INVALID, told) from None
    method = step.method
    if (answer.status in BECOMES_GET and method == "POST") or (answer.status == 303 and method != "HEAD"):
        method = "GET"
    after = replace(step, address=target, method=method, cookies=_cookies(step, answer))
    return after, Hop(step.address.shown, answer.status, target.shown)


def judged(steps: list[Step]) -> None:
    """Raises CheckFailure if the newest step leads where the check was before, or there were too many.

    The same address with other cookies is another place: pages test so whether a browser keeps cookies.
    """
    newest = steps[-1]
    if newest in steps[:-1]:
        raise CheckFailure(Stage.REDIRECT_LOOP, f"It is sent in a circle, again to {newest.address.shown[:150]}.")
    if len(steps) > MOST + 1:
        raise CheckFailure(Stage.TOO_MANY_REDIRECTS, f"It is sent on more than {MOST} times.")


def _cookies(step: Step, answer: Answer) -> dict[str, dict[str, str]]:
    """With those the answer sets, for its own host alone."""
    mine = dict(step.cookies.get(step.address.host, {}))
    for name, value in answer.headers:
        if name == b"set-cookie" and len(value) <= COOKIES_MOST:
            key, equals, rest = text(value).partition(";")[0].partition("=")
            if equals and (key + rest).isprintable() and (key + rest).isascii():
                mine[key.strip()] = rest.strip()
    while sum(len(key) + len(value) + 4 for key, value in mine.items()) > COOKIES_MOST:
        del mine[next(iter(mine))]
    return step.cookies | {step.address.host: mine} if mine else step.cookies


def _without_user(location: str) -> str:
    scheme, slashes, rest = location.partition("//")
    place, slash, path = rest.partition("/")
    return scheme + slashes + place.rpartition("@")[2] + slash + path
