"""/api/notifications/: the caller's inbox."""

import django_filters
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from virtadmin.accounts.models import User
from virtadmin.api.caller import caller
from virtadmin.api.resource import Resource
from virtadmin.api.strict import Strict, StrictModel
from virtadmin.notifications.models import Notification
from virtadmin.notifications.selectors import notifications_visible
from virtadmin.notifications.services import notification_mark_read


class NotificationSerializer(StrictModel):
    """One message to the caller."""

    recipient = serializers.UUIDField(source="recipient.uuid", read_only=True)
    meta = serializers.DictField(read_only=True, help_text="the facts it was written from, such as {cpu_usage: 97}")

    class Meta:
        model = Notification
        fields = [
            "id", "level", "recipient", "unread", "pushed", "emailed", "title", "description", "meta", "server",
            "timestamp",
        ]  # fmt: skip
        read_only_fields = ["level", "title", "description", "server", "timestamp"]


class MarkedSerializer(Strict):
    """How many messages were marked."""

    marked = serializers.IntegerField()


class NotificationFilter(django_filters.FilterSet):  # type: ignore[misc]
    """What `GET /api/notifications/` can be narrowed by."""

    since = django_filters.IsoDateTimeFilter(field_name="timestamp", lookup_expr="gte")

    class Meta:
        model = Notification
        fields = ["level", "unread", "server"]


class NotificationResource(ListModelMixin, RetrieveModelMixin, Resource):
    """The caller's own messages, the newest first; nobody reads another's, not even admins."""

    queryset = Notification.objects.all()
    serializer_class = NotificationSerializer
    filterset_class = NotificationFilter
    verbs = {"mark_all_read": "change"}
    search_fields = ("title", "description")
    ordering_fields = {name: name for name in ("id", "timestamp", "level", "unread")}

    def seen_by(self, user: User) -> QuerySet[Notification]:
        return notifications_visible(user).select_related("recipient")

    def partial_update(self, request: Request, pk: int) -> Response:
        """Mark as read (`unread` false) or as unread again."""
        notification = self.get_object()
        if fields := self.checked(request, partial=True):
            notification_mark_read(recipient=caller(request), ids=[notification.pk], **fields)
        return self.shown(notification)

    @extend_schema(request=None, responses=MarkedSerializer)
    @action(detail=False, methods=["post"], url_path="mark-all-read")
    def mark_all_read(self, request: Request) -> Response:
        """Mark everything as read."""
        return Response({"marked": notification_mark_read(recipient=caller(request))})
