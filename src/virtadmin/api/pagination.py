"""How lists are cut into pages."""

from typing import Any

from rest_framework.exceptions import ValidationError
from rest_framework.pagination import PageNumberPagination
from rest_framework.request import Request

DIGITS = 9


class Pages(PageNumberPagination):
    """`?page=` from 1, `?page_size=` of 100 rows, at most 1000."""

    page_size = 100
    page_size_query_param = "page_size"
    max_page_size = 1000

    def get_page_size(self, request: Request) -> int | None:
        """Rows a page; what is no number is told, and not taken for none given."""
        text = request.query_params.get("page_size", "")
        is_number = text.isascii() and text.isdecimal() and len(text) <= DIGITS and int(text) > 0
        if text and not is_number:
            raise ValidationError({"page_size": [f"Give a number from 1 to {self.max_page_size}."]})
        return super().get_page_size(request)

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = super().get_schema_operation_parameters(view)
        for parameter in found:
            parameter["schema"]["minimum"] = 1
        return found
