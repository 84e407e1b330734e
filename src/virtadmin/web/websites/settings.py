"""What is set of a website, in few words: only what is not as in a new one, besides the pace."""

from collections.abc import Iterator

from virtadmin.web.figures import duration
from virtadmin.websites.models import Url


def settings_said(url: Url) -> list[tuple[str, str]]:
    """Pairs of what it is and how it is set. No secret is in them."""
    return [*_pace(url), *_expected(url), *_asked(url)]


def _pace(url: Url) -> Iterator[tuple[str, str]]:
    yield "Checked", f"every {duration(url.interval)}, given up after {duration(url.timeout)}"
    count = url.confirmations
    yield "Down after", f"{count} failed checks in a row" if count > 1 else "the first failed check"


def _expected(url: Url) -> Iterator[tuple[str, str]]:
    yield "Status code", url.expected_statuses if url.check_status_code else "any"
    if url.text_present:
        yield "Must be there", url.text_present
    if url.text_absent:
        yield "Must not be there", url.text_absent


def _asked(url: Url) -> Iterator[tuple[str, str]]:
    if url.method != Url.Method.GET:
        yield "Method", url.method
    names = [*url.headers, *(f"{name} (secret)" for name in url.secret_header_names)]
    if names:
        yield "Headers", ", ".join(names)
    if url.username:
        yield "Signs in as", url.username
    if not url.follow_redirects:
        yield "Redirects", "not followed"
    if url.uri.lower().startswith("https:"):
        yield "Certificate", _certificate(url)
    if url.private_allowed:
        yield "Private addresses", "may be asked"


def _certificate(url: Url) -> str:
    valid = "must be valid" if url.verify_tls else "may be any"
    own = ", of an own CA too" if url.ca_certificates and url.verify_tls else ""
    return f"{valid}{own}; {'reminded' if url.check_ssl else 'nobody is reminded'} before it expires"
