"""Signs in by password and code; answers `user.has_perm` by the role first, then by Django's groups and permissions."""

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.http import HttpRequest
from django.utils import timezone

from virtadmin.accounts.models import User
from virtadmin.accounts.roles import READ, Role, role_allows
from virtadmin.accounts.two_factor import code_accept, two_factor_on

READ_APPS = frozenset(model.partition(".")[0] for model in READ)


class RoleBackend(ModelBackend):
    """Django's backend with roles and two-factor sign-in.

    A password alone lets nobody in who has a second factor, whatever form or site asks: it takes `otp` too. Who asks
    for the code on a page of its own says `code_follows` with the password, and then gives the user as `known` with
    the code.
    """

    def authenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        otp: str = "",
        code_follows: bool = False,
        known: User | None = None,
        **more: Any,
    ) -> User | None:
        if known is not None:
            user = known if self.user_can_authenticate(known) else None
        else:
            user = super().authenticate(request, username, password, **more)
        if user is None or (code_follows and known is None):
            return user
        if not two_factor_on(user):
            return user if known is None else None
        return user if code_accept(user=user, code=otp, now=timezone.now()) else None

    def has_perm(self, user_obj: Any, perm: str, obj: Any = None) -> bool:
        if not isinstance(user_obj, User) or not user_obj.is_active:
            return False
        return role_allows(user_obj.role, perm) or super().has_perm(user_obj, perm, obj)

    def has_module_perms(self, user_obj: Any, app_label: str) -> bool:
        if not isinstance(user_obj, User) or not user_obj.is_active:
            return False
        if user_obj.role == Role.ADMIN or app_label in READ_APPS:
            return True
        return bool(super().has_module_perms(user_obj, app_label))
