"""Choosing rows of lists, and sorting them by the names the API gives its fields."""

from typing import Any

from django.db.models import F, QuerySet
from django_filters import BooleanFilter
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework.exceptions import ValidationError
from rest_framework.filters import OrderingFilter
from rest_framework.request import Request

YES_OR_NO = ("", "true", "false")


class Filters(DjangoFilterBackend):  # type: ignore[misc]
    """The resource's filters. What is neither true nor false is told: by itself it counts as not given."""

    def get_filterset(self, request: Request, queryset: QuerySet[Any], view: Any) -> Any:
        found = super().get_filterset(request, queryset, view)
        flags = [name for name, one in found.filters.items() if isinstance(one, BooleanFilter)] if found else []
        wrong = [name for name in flags if found.data.get(name, "").lower() not in YES_OR_NO]
        if wrong:
            raise ValidationError({name: ["Give true or false."] for name in wrong})
        return found


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
