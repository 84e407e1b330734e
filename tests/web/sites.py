"""Websites as the collector would have left them, for tests of pages and for the screenshots."""

import math
from datetime import UTC, datetime, timedelta
from typing import Any

from virtadmin.accounts.models import User
from virtadmin.metrics.observation import Observation
from virtadmin.metrics.series import website_subject
from virtadmin.metrics.store import history
from virtadmin.servers.models import Server, Tag
from virtadmin.websites.models import Url, UrlDay, UrlState

PHASES = {"dns": 4.2, "tcp": 11.8, "tls": 23.5, "first_byte": 61.3, "total": 112.4}
DAY = 86_400


def certificate(now: datetime, *, days: float = 61, lifetime: int = 90, **more: Any) -> dict[str, Any]:
    """A certificate as it is kept, with so many days left."""
    expires = now + timedelta(days=days)
    return {
        "begins": (expires - timedelta(days=lifetime)).timestamp(), "expires": expires.timestamp(),
        "subject": "shop.example.org", "issuer": "R11, Let's Encrypt",
        "names": ["shop.example.org", "www.shop.example.org"], "key": "EC P-256", "protocol": "TLSv1.3",
        "fingerprint": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", "serial": "3f2a",
        "trusted": True, "name_matches": True, "chain_complete": True, "self_signed": False, "shown_before": [],
        **more,
    }  # fmt: skip


def checked(
    owner: User, uri: str, now: datetime, *, name: str = "", server: Server | None = None, tags: tuple[str, ...] = (),
    shown: dict[str, Any] | None = None, phases: dict[str, float] | None = None, hint: str = "",
    redirects: tuple[dict[str, Any], ...] = (), fields: dict[str, Any] | None = None, **state: Any,
) -> Url:  # fmt: skip
    """A website that was checked; `shown` is its certificate, `fields` are columns of Url, `state` of UrlState."""
    begun = {"created": now - timedelta(days=90)}
    url = Url.objects.create(owner=owner, uri=uri, name=name, server=server, **begun, **(fields or {}))
    url.tags.set([Tag.objects.get_or_create(name=tag)[0] for tag in tags])
    spent = PHASES if phases is None else phases
    moments = {
        "ssl_start_date": datetime.fromtimestamp(shown["begins"], UTC),
        "ssl_expiration_date": datetime.fromtimestamp(shown["expires"], UTC),
    } if shown else {}  # fmt: skip
    details = {"phases": spent, "address": "203.0.113.10", "redirects": [*redirects], "hint": hint}
    newest = {
        "status": "up", "last_check": now - timedelta(seconds=12), "status_code": 200, "status_code_message": "OK",
        "response_time": spent.get("total"), "details": details, "certificate": shown or {}, **moments, **state,
    }  # fmt: skip
    UrlState.objects.create(url=url, **newest)
    return url


def days(url: Url, now: datetime, count: int, *, outages: dict[int, int] | None = None, held: int = 0) -> None:
    """So many days up to today; `outages`: seconds down by how many days ago. Of the `held` days before them nothing
    is known but maintenance."""
    today = now.astimezone(UTC).date()
    lost = outages or {}
    rows = [(ago, DAY - lost.get(ago, 0), lost.get(ago, 0), 0) for ago in range(count)]
    rows += [(ago, 0, 0, 1800) for ago in range(count, count + held)]
    UrlDay.objects.bulk_create(
        UrlDay(url=url, day=today - timedelta(days=ago), up=up, down=down, held=kept) for ago, up, down, kept in rows
    )


def responses(
    url: Url, now: datetime, *, hours: int = 24, usual: float = 110.0, lost: tuple[int, int] = (0, 0)
) -> None:
    """Response times of so many hours, one in five minutes; none while it was down, from and to so many minutes ago."""
    subject, steps = website_subject(url.pk), hours * 12
    history().write((subject, _seen(now, 5 * back, usual, lost)) for back in reversed(range(steps)))


def _seen(now: datetime, minutes: int, usual: float, lost: tuple[int, int]) -> Observation:
    at = (now - timedelta(minutes=minutes)).timestamp()
    if lost[1] <= minutes < lost[0]:
        return Observation(at, {"availability": 0.0})
    wave = 1 + 0.25 * math.sin(minutes / 90) + 0.12 * math.sin(minutes * 1.7)
    return Observation(at, {"availability": 100.0, "response_time": round(usual * wave, 1)})


def many_sites(owner: User, count: int, now: datetime) -> None:
    """So many websites, most of them well, each with thirty days; in bulk."""
    start = Url.objects.count()
    Url.objects.bulk_create(Url(owner=owner, uri=f"https://site{n:04}.example.org/") for n in range(count))
    urls = list(Url.objects.order_by("pk"))[start:]
    shown = now + timedelta(days=50)
    UrlState.objects.bulk_create(
        UrlState(url=url, status="down" if n % 97 == 5 else "up", last_check=now, status_code=200,
                 response_time=40 + n % 200, ssl_expiration_date=shown)
        for n, url in enumerate(urls)
    )  # fmt: skip
    today = now.astimezone(UTC).date()
    rows = ((url, ago, 60 * (n % 7 == ago % 7)) for n, url in enumerate(urls) for ago in range(30))
    UrlDay.objects.bulk_create(
        (UrlDay(url=url, day=today - timedelta(days=ago), up=DAY - down, down=down) for url, ago, down in rows),
        batch_size=2000,
    )
    through = Url.tags.through
    tag = Tag.objects.get_or_create(name="customers")[0]
    through.objects.bulk_create(through(url=url, tag=tag) for url in urls[::3])
