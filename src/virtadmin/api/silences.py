"""/api/silences/: messages held for a time."""

import django_filters
from django.db.models import Q, QuerySet
from django.utils import timezone
from rest_framework import serializers
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from virtadmin.accounts.models import User
from virtadmin.alerting.models import Incident, Silence
from virtadmin.alerting.rules import silences
from virtadmin.api import rule_fields
from virtadmin.api.caller import caller
from virtadmin.api.resource import Resource
from virtadmin.api.strict import StrictModel


class SilenceSerializer(StrictModel):
    """Holds messages while it lasts. `server`, `url` (a website), `tag` and `kind` must all hold where they are given;
    one must be. That of a server holds for its websites too."""

    owner = rule_fields.owner()
    server = rule_fields.server()
    url = rule_fields.url()
    tag = rule_fields.TagName()
    kind = serializers.ChoiceField(choices=Incident.Kind.choices, required=False, allow_blank=True)
    starts = serializers.DateTimeField(required=False, help_text="now, if it is not given")
    active = serializers.SerializerMethodField(help_text="whether it holds messages now")

    class Meta:
        model = Silence
        fields = ["id", "owner", "server", "url", "tag", "kind", "starts", "ends", "reason", "active"]

    def get_active(self, silence: Silence) -> bool:
        return silence.runs(timezone.now())


class SilenceFilter(django_filters.FilterSet):  # type: ignore[misc]
    """What `GET /api/silences/` can be narrowed by."""

    active = django_filters.BooleanFilter(method="that_run", help_text="those that hold messages now, or the others")
    tag = django_filters.CharFilter(field_name="tag__name", lookup_expr="iexact")

    class Meta:
        model = Silence
        fields = ["server", "url"]

    def that_run(self, rows: QuerySet[Silence], name: str, value: bool) -> QuerySet[Silence]:
        now = timezone.now()
        running = Q(starts__lte=now) & (Q(ends=None) | Q(ends__gt=now))
        return rows.filter(running if value else ~running)


class SilenceResource(ListModelMixin, RetrieveModelMixin, Resource):
    """Silences the caller made, and those of what they may see; the newest first. What is still open when one ends
    is told then."""

    queryset = Silence.objects.all()
    serializer_class = SilenceSerializer
    filterset_class = SilenceFilter
    search_fields = ("server__name", "url__name", "url__uri", "tag__name", "reason")
    ordering_fields = {name: name for name in ("id", "starts", "ends", "kind")} | {"server": "server__name"}

    def seen_by(self, user: User) -> QuerySet[Silence]:
        return silences.silences_visible(user)

    def create(self, request: Request) -> Response:
        """Silence a server, a website, what has a tag, a kind of incident; `ends` null = until somebody ends it."""
        made = silences.silence_create(actor=caller(request), **self.checked(request))
        return self.created(request, made)

    def partial_update(self, request: Request, pk: int) -> Response:
        """Change `ends` and `reason`."""
        silence = self.get_object()
        silences.silence_update(silence=silence, actor=caller(request), **self.checked(request, partial=True))
        return self.shown(silence)

    def destroy(self, request: Request, pk: int) -> Response:
        """End it now."""
        silences.silence_end(silence=self.get_object(), actor=caller(request))
        return Response(status=204)
