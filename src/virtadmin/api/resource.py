"""What all resources share."""

from abc import ABC, abstractmethod
from typing import Any, ClassVar

from django.db.models import Model, QuerySet
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from virtadmin.accounts.models import User
from virtadmin.api.caller import caller


class Resource(GenericViewSet[Any], ABC):
    """One resource. `queryset` names its model, `seen_by` the rows a user may see; services do the work."""

    lookup_value_converter = "int"
    verbs: ClassVar[dict[str, str]] = {}
    """Action → verb of the permission it needs, where the method does not tell."""
    search_fields: ClassVar[tuple[str, ...]] = ()
    ordering_fields: ClassVar[dict[str, str]] = {}
    """Name in `?ordering=` → look-up path."""

    @abstractmethod
    def seen_by(self, user: User) -> QuerySet[Any]:
        """The rows this user may see, with what the answer needs of other tables."""

    def get_queryset(self) -> QuerySet[Any]:
        return self.seen_by(caller(self.request))

    def checked(self, request: Request, *, partial: bool = False) -> dict[str, Any]:
        """The body's fields, right in type and form. Raises ValidationError."""
        serializer = self.get_serializer(data=request.data, partial=partial)
        serializer.is_valid(raise_exception=True)
        fields: dict[str, Any] = serializer.validated_data
        return fields

    def shown(self, row: Model, status: int = 200) -> Response:
        """The answer that shows the row as it is now in the database."""
        fresh = self.get_queryset().get(pk=row.pk)
        return Response(self.get_serializer(fresh).data, status=status)

    def created(self, request: Request, row: Model) -> Response:
        """The answer to having made the row."""
        answer = self.shown(row, status=201)
        answer["Location"] = f"{request.path}{row.pk}/"
        return answer

    def paginated(self, rows: QuerySet[Any]) -> Response:
        """One page of the rows."""
        return self.get_paginated_response(self.get_serializer(self.paginate_queryset(rows), many=True).data)
