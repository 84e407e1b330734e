"""Signs in by password and answers `user.has_perm` from the role first, then from Django's groups and permissions."""

from typing import Any

from django.contrib.auth.backends import ModelBackend

from virtadmin.accounts.models import User
from virtadmin.accounts.roles import READ, Role, role_allows

READ_APPS = frozenset(model.partition(".")[0] for model in READ)


class RoleBackend(ModelBackend):
    """Django's backend with roles."""

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
