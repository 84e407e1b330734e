"""Limits of what is asked over the API alone; what pages offer too is limited by its service (`core.rates`)."""

from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from virtadmin.accounts.address import client_address
from virtadmin.core.errors import TooOften
from virtadmin.core.rates import rate_take

SIGN_INS_A_MINUTE = 10


class SignIns(BaseThrottle):
    """Passwords tried: by the person who is signed in already, else by the address they are tried from."""

    def __init__(self) -> None:
        self._wait = 0

    def allow_request(self, request: Request, view: object) -> bool:
        who = request.user.pk if request.user and request.user.is_authenticated else client_address(request)
        try:
            rate_take("sign-in", who, a_minute=SIGN_INS_A_MINUTE)
        except TooOften as refusal:
            self._wait = refusal.wait
        return not self._wait

    def wait(self) -> float | None:
        return self._wait
