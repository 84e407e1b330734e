"""Tokens of programs: listed, seen in use, and revoked; `services.token_create` makes them."""

from datetime import datetime

from django.core.cache import cache
from django.db.models import Q, QuerySet
from django.utils import timezone
from knox.models import AuthToken
from redis import RedisError

from virtadmin.accounts.models import TokenNote, User

PUBLIC_LENGTH = 16
"""Signs of a token's digest it is known by: 64 bits, which lead to no token."""
SEEN_SECONDS = 60
"""How often it is noted that a token is in use: between, the cache knows, so that a request asks no table."""


def tokens_of(user: User) -> QuerySet[AuthToken]:
    """The person's tokens that have not ended, the newest first."""
    rows: QuerySet[AuthToken] = AuthToken.objects.filter(Q(expiry=None) | Q(expiry__gt=timezone.now()), user=user)
    return rows.select_related("note").order_by("-created", "pk")


def token_public_id(token: AuthToken) -> str:
    """What pages and the API call a token."""
    return str(token.digest[:PUBLIC_LENGTH])


def token_revoke(*, user: User, public_id: str) -> bool:
    """End one of the person's tokens. Returns whether there was such a one."""
    if len(public_id) != PUBLIC_LENGTH:
        return False
    return bool(AuthToken.objects.filter(user=user, digest__startswith=public_id).delete()[0])


def token_seen(*, token: AuthToken, now: datetime) -> None:
    """Note that a token is in use, once a minute at most."""
    try:
        if not cache.add(f"token-seen:{token_public_id(token)}", 1, SEEN_SECONDS):
            return
    except RedisError:
        return  # the cache is away: that a token was used is not worth refusing its request
    if not TokenNote.objects.filter(token=token).update(used=now):
        TokenNote.objects.create(token=token, used=now)
