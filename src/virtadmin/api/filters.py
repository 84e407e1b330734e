"""Sorting lists by the names the API gives its fields."""

from typing import Any

from django.db.models import F, QuerySet
from rest_framework.exceptions import ValidationError
from rest_framework.filters import OrderingFilter
from rest_framework.request import Request


class Ordering(OrderingFilter):
    """`?ordering=name,-cpu_usage`. The resource's `ordering_fields` maps the names to look-up paths.

    Rows without the value come last either way, equal ones in the order they were made: pages never overlap.
    """

    def filter_queryset(self, request: Request, queryset: QuerySet[Any], view: Any) -> QuerySet[Any]:
        wanted = [name.strip() for name in request.query_params.get(self.ordering_param, "").split(",") if name.strip()]
        if not wanted:
            return queryset
        paths: dict[str, str] = view.ordering_fields
        unknown = [name for name in wanted if name.removeprefix("-") not in paths]
        if unknown:
            raise ValidationError({self.ordering_param: [f"{unknown[0]}: choose from {', '.join(paths)}."]})
        return queryset.order_by(*(self._term(paths, name) for name in wanted), "pk")

    @staticmethod
    def _term(paths: dict[str, str], name: str) -> Any:
        column = F(paths[name.removeprefix("-")])
        return column.desc(nulls_last=True) if name.startswith("-") else column.asc(nulls_last=True)

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        names = ", ".join(view.ordering_fields)
        return [
            {
                "name": self.ordering_param,
                "in": "query",
                "required": False,
                "description": f"Names with commas between, a minus before one for descending: {names}.",
                "schema": {"type": "string"},
            }
        ]
