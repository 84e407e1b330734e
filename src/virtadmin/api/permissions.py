"""What a caller may do: the permission their role grants on the resource's model.

What they may see is decided before, by the resource's rows: a stranger's object is not found (404). Who sees an object
but may not change it gets 403.
"""

from typing import Any

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

VERBS = {"POST": "add", "PUT": "change", "PATCH": "change", "DELETE": "delete"}
"""The verb of Django's model permissions for a method; "view" for all others."""


class RolePermissions(BasePermission):
    """Asks `user.has_perm` for `<app>.<verb>_<model>` of the resource's `queryset`.

    A resource names in `verbs` the verb of an action whose method does not tell it.
    """

    def has_permission(self, request: Request, view: Any) -> bool:
        if not request.user.is_authenticated:
            return False
        # On one object the rows come first, so that a stranger without rights learns no more than one with them.
        wanted = "view" if view.detail else self._verb(request, view)
        return request.user.has_perm(self._permission(view, wanted))

    def has_object_permission(self, request: Request, view: Any, obj: Any) -> bool:
        return request.user.has_perm(self._permission(view, self._verb(request, view)))

    @staticmethod
    def _verb(request: Request, view: Any) -> str:
        named: str | None = view.verbs.get(view.action)
        return named or VERBS.get(request.method or "", "view")

    @staticmethod
    def _permission(view: Any, verb: str) -> str:
        meta = view.queryset.model._meta  # noqa: SLF001  # public by Django's documentation
        return f"{meta.app_label}.{verb}_{meta.model_name}"
