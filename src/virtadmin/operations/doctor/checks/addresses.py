"""Addresses: the hub's own, the history store's, and whether the hub has its network at all."""

from urllib.parse import urlsplit

from django.conf import settings

from virtadmin.alerting.telling.hub_check import is_cut_off
from virtadmin.metrics.victoria.client import Client
from virtadmin.operations.doctor.check import Asked, Check, Finding, fail, ok, skip, warn

LOCAL = {"localhost", "127.0.0.1", "::1", "0.0.0.0"}  # nosec B104 # noqa: S104 - compared, not listened at


def public(asked: Asked) -> Finding:
    """Whether links in messages lead here."""
    return public_judge(settings.PUBLIC_URL, settings.TRUSTED_PROXIES)


def public_judge(url: str, proxies: int) -> Finding:
    """What a PUBLIC_URL means. Pure."""
    if not url:
        return warn(
            "not set: messages hold no links, and any host name is answered", "set it to the address people use"
        )
    parts = urlsplit(url)
    if parts.hostname in LOCAL:
        return warn(f"{url} leads nobody here from elsewhere", "set it to the address people use")
    if parts.path not in ("", "/") or parts.query:
        return fail(f"{url} has a path", "the hub must be at the root of a host name")
    if parts.scheme == "http":
        return warn(
            f"{url} is not encrypted: passwords can be read on the way", "put a TLS proxy before it, use https://"
        )
    if not proxies:
        return warn(
            "https, but TRUSTED_PROXIES is 0: all visitors seem to come from the proxy, and are locked out together",
            "set it to the number of proxies before the hub (most have 1)",
        )
    return ok(url)


def history(asked: Asked) -> Finding:
    """Whether VictoriaMetrics answers."""
    if not settings.HISTORY_URL:
        return skip("kept in the database")
    client = Client(settings.HISTORY_URL)
    try:
        client.call("/api/v1/query", {"query": "1"})
    finally:
        client.close()
    return ok(f"VictoriaMetrics at {urlsplit(settings.HISTORY_URL).hostname} answers")


def network(asked: Asked) -> Finding:
    """The question that tells many lost servers from a lost hub."""
    what = settings.HUB_CHECK_ADDRESS or "the default gateway"
    if is_cut_off():
        return fail(f"{what} does not answer", "check the hub's network; set HUB_CHECK_ADDRESS if it never answers")
    return ok(f"{what} answers")


CHECKS = (
    Check("PUBLIC_URL", public),
    Check("history", history, advice="check HISTORY_URL; what is new waits in Valkey meanwhile, for a while"),
    Check("network", network),
)
