"""Small pieces of markup that lists and templates share."""

from datetime import datetime

from django.utils import timezone

from virtadmin.web import figures


def sign_mark(condition: str) -> str:
    """The sign of a condition, a level or a step (a word of ours): each has a shape of its own."""
    return f'<svg class="sign {condition}" aria-hidden="true"><use href="#sign-{condition}"/></svg>'


def moment_mark(time: datetime | None, now: datetime) -> str:
    """A time told by its distance from now, exact on hover; the page's script keeps it going."""
    if time is None:
        return "never"
    exact = f"{timezone.localtime(time):%Y-%m-%d %H:%M:%S %Z}"
    stamp = time.isoformat(timespec="seconds")
    return f'<time datetime="{stamp}" title="{exact}" data-ago>{figures.ago(time, now)}</time>'
