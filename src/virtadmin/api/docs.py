"""/api/schema/ and /api/docs/: the API described, for programs and for people."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_safe
from drf_spectacular.views import SpectacularAPIView


class SchemaView(SpectacularAPIView):
    """OpenAPI 3: YAML, or JSON by `?format=json` or the Accept header."""


@require_safe
@login_required
@ensure_csrf_cookie
def docs(request: HttpRequest) -> HttpResponse:
    """Swagger UI over the schema. What is tried there runs as the person signed in, or by the token they enter."""
    return render(request, "api/docs.html")
