"""How lists are cut into pages."""

from rest_framework.pagination import PageNumberPagination


class Pages(PageNumberPagination):
    """`?page=` from 1, `?page_size=` of 100 rows, at most 1000."""

    page_size = 100
    page_size_query_param = "page_size"
    max_page_size = 1000
