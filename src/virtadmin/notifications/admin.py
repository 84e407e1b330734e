"""Messages and their way to people, in the admin site: read only."""

from typing import TypeVar

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from unfold.contrib.filters.admin import RelatedDropdownFilter

from virtadmin.accounts.models import User
from virtadmin.core.admin import ReadOnly, ShownBeside
from virtadmin.notifications.models import BotUserLink, Delivery, Notification, UserChannel, spoken
from virtadmin.notifications.registry import CHANNELS
from virtadmin.notifications.selectors import notifications_visible

Row = TypeVar("Row", bound=Model)


class OfKind(admin.SimpleListFilter):
    """By kind of channel, as people know it."""

    title = "kind"
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, str]]:
        return [(kind.name, kind.label) for kind in CHANNELS]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Row]) -> QuerySet[Row]:
        return queryset.filter(**{self.parameter_name: self.value()}) if self.value() else queryset


class OverKind(OfKind):
    """By the kind of channel a message went over."""

    title = "channel"
    parameter_name = "channel"


def kind_called(name: str) -> str:
    """What people know a kind of channel by."""
    return CHANNELS[name].label if name in CHANNELS else spoken(name)


class DeliveriesBeside(ShownBeside):
    """How a message went to its person."""

    model = Delivery
    fields = ["over", "status", "attempts", "next_attempt", "error", "sent_at"]
    readonly_fields = fields

    @admin.display(description="channel")
    def over(self, delivery: Delivery) -> str:
        return kind_called(delivery.channel)


@admin.register(Notification)
class NotificationAdmin(ReadOnly):
    """Messages; staff see their own."""

    list_display = ["title", "level", "recipient", "server", "url", "unread", "pushed", "emailed", "timestamp"]
    list_filter = ["level", "unread", "emailed", ("server", RelatedDropdownFilter)]
    search_fields = ["title", "description", "server__name", "url__name", "url__uri"]
    list_select_related = ["recipient", "server", "url"]
    inlines = [DeliveriesBeside]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Notification]:
        mine = notifications_visible(request.user)  # type: ignore[arg-type]
        return super().get_queryset(request).filter(pk__in=mine.values("pk"))  # type: ignore[no-any-return]


@admin.register(UserChannel)
class UserChannelAdmin(ReadOnly):
    """Everybody's channels and whether they work, for an admin to help; where they lead is their owners' business."""

    list_display = ["user", "called", "label", "enabled", "level", "disabled_reason", "disabled_at", "wait_until"]
    list_filter = [OfKind, "enabled", "level"]
    search_fields = ["user__username", "label", "disabled_reason"]
    list_select_related = ["user"]
    fields = [
        "user", "called", "label", "enabled", "level", "tags", "quiet_from", "quiet_until", "quiet_critical",
        "fallback", "disabled_reason", "disabled_at", "wait_until", "created",
    ]  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[UserChannel]:
        return _own_or_all(super().get_queryset(request).defer("config"), request, "user")

    @admin.display(description="kind", ordering="kind")
    def called(self, channel: UserChannel) -> str:
        return kind_called(channel.kind)


@admin.register(BotUserLink)
class BotUserLinkAdmin(ReadOnly):
    """Linked chats."""

    list_display = ["user", "platform", "title", "linked", "heard"]
    list_filter = ["platform"]
    search_fields = ["user__username", "title"]
    list_select_related = ["user"]
    fields = ["user", "platform", "title", "channel", "linked", "heard"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[BotUserLink]:
        return _own_or_all(super().get_queryset(request), request, "user")


@admin.register(Delivery)
class DeliveryAdmin(ReadOnly):
    """Attempts: those that were given up are what an admin looks for, so all of them, without their text."""

    list_display = ["timestamp", "over", "status", "attempts", "recipient", "error", "sent_at"]
    list_filter = ["status", OverKind]
    search_fields = ["error", "notification__recipient__username"]
    list_select_related = ["notification__recipient"]
    fields = ["over", "status", "attempts", "next_attempt", "error", "sent_at", "recipient"]
    ordering = ["-pk"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Delivery]:
        return _own_or_all(super().get_queryset(request), request, "notification__recipient")

    @admin.display(description="channel", ordering="channel")
    def over(self, delivery: Delivery) -> str:
        return kind_called(delivery.channel)

    @admin.display(ordering="notification__timestamp")
    def timestamp(self, delivery: Delivery) -> object:
        return delivery.notification.timestamp

    @admin.display(ordering="notification__recipient__username")
    def recipient(self, delivery: Delivery) -> str:
        return delivery.notification.recipient.get_username()


def _own_or_all(rows: QuerySet[Row], request: HttpRequest, owner: str) -> QuerySet[Row]:
    """All rows for admins, their own for other staff."""
    person = request.user
    if isinstance(person, User) and person.has_perm("notifications.change_delivery"):
        return rows
    return rows.filter(**{owner: person})
