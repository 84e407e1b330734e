"""Messages and their way to people, in the admin site: read only."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.contrib.filters.admin import RelatedDropdownFilter

from virtadmin.accounts.models import User
from virtadmin.core.admin import ReadOnly, ShownBeside
from virtadmin.notifications.models import Delivery, Notification
from virtadmin.notifications.selectors import notifications_visible


class DeliveriesBeside(ShownBeside):
    """How a message went to its person."""

    model = Delivery
    fields = ["channel", "status", "attempts", "next_attempt", "error", "sent_at"]
    readonly_fields = fields


@admin.register(Notification)
class NotificationAdmin(ReadOnly):
    """Messages; staff see their own."""

    list_display = ["title", "level", "recipient", "server", "unread", "pushed", "emailed", "timestamp"]
    list_filter = ["level", "unread", "emailed", ("server", RelatedDropdownFilter)]
    search_fields = ["title", "description", "server__name"]
    list_select_related = ["recipient", "server"]
    inlines = [DeliveriesBeside]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Notification]:
        mine = notifications_visible(request.user)  # type: ignore[arg-type]
        return super().get_queryset(request).filter(pk__in=mine.values("pk"))  # type: ignore[no-any-return]


@admin.register(Delivery)
class DeliveryAdmin(ReadOnly):
    """Attempts: those that were given up are what an admin looks for, so all of them, without their text."""

    list_display = ["timestamp", "channel", "status", "attempts", "recipient", "error", "sent_at"]
    list_filter = ["status", "channel"]
    search_fields = ["error", "notification__recipient__username"]
    list_select_related = ["notification__recipient"]
    fields = ["channel", "status", "attempts", "next_attempt", "error", "sent_at", "recipient"]
    ordering = ["-pk"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Delivery]:
        rows = super().get_queryset(request)
        person = request.user
        if isinstance(person, User) and person.has_perm("notifications.change_delivery"):
            return rows  # type: ignore[no-any-return]
        return rows.filter(notification__recipient=person)  # type: ignore[no-any-return]

    @admin.display(ordering="notification__timestamp")
    def timestamp(self, delivery: Delivery) -> object:
        return delivery.notification.timestamp

    @admin.display(ordering="notification__recipient__username")
    def recipient(self, delivery: Delivery) -> str:
        return delivery.notification.recipient.get_username()
