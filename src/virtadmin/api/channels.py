"""/api/channels/: where the caller's messages go, which of them, and when."""

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from virtadmin.accounts.models import User
from virtadmin.api.caller import caller
from virtadmin.api.channel_kinds import KindSerializer, kinds_for
from virtadmin.api.named import Named
from virtadmin.api.resource import Resource
from virtadmin.api.strict import Strict, StrictModel
from virtadmin.notifications import services
from virtadmin.notifications.channel import ChannelError
from virtadmin.notifications.models import UserChannel
from virtadmin.notifications.registry import CHANNELS
from virtadmin.notifications.selectors import channel_address, channels_visible, settings_shown, tags_choosable
from virtadmin.servers.models import Tag


class OwnChannel(serializers.PrimaryKeyRelatedField[UserChannel]):
    """The id of a channel of the caller's own."""

    def get_queryset(self) -> QuerySet[UserChannel]:
        return channels_visible(caller(self.context["request"]))


class ServerTags(Named):
    """Names of tags that servers of the caller's have."""

    def get_queryset(self) -> QuerySet[Tag]:
        known = Tag.objects.filter(channels__user=caller(self.context["request"]))
        return (tags_choosable(caller(self.context["request"])) | known.distinct()).distinct()


class ConfigField(serializers.DictField):
    """The answers to the form of its kind (`/api/channels/kinds/`), by field. Secrets go in and never come out."""

    child = serializers.CharField(allow_blank=True)

    def get_attribute(self, instance: UserChannel) -> dict[str, str]:
        return settings_shown(instance)


class ChannelSerializer(StrictModel):
    """One of the caller's channels."""

    kind = serializers.ChoiceField(
        choices=[(kind.name, kind.label) for kind in CHANNELS],
        help_text="a name of `/api/channels/kinds/`; set once, then ignored",
    )
    config = ConfigField(required=False, help_text="answers to the form of its kind; secrets are write-only")
    address = serializers.SerializerMethodField(help_text="where it leads, for people")
    tags = ServerTags("name", many=True, required=False, help_text="of servers; none = all servers")
    fallback = OwnChannel(required=False, allow_null=True, help_text="where what cannot be delivered here goes")

    class Meta:
        model = UserChannel
        fields = [
            "id", "kind", "label", "config", "address", "enabled", "level", "tags", "quiet_from", "quiet_until",
            "quiet_critical", "fallback", "disabled_reason", "disabled_at", "wait_until", "created",
        ]  # fmt: skip
        read_only_fields = ["disabled_reason", "disabled_at", "wait_until", "created"]

    def get_address(self, channel: UserChannel) -> str:
        return channel_address(channel)


class AnswerSerializer(Strict):
    """How the test went."""

    delivered = serializers.BooleanField()
    answer = serializers.CharField(help_text="what the other side said")


class ChannelResource(ListModelMixin, RetrieveModelMixin, Resource):
    """The caller's own channels; nobody reads another's, not even admins. Deleting a linked chat unlinks it."""

    queryset = UserChannel.objects.all()
    serializer_class = ChannelSerializer
    filterset_fields = ("kind", "enabled")
    verbs = {"test": "change"}
    search_fields = ("label", "kind")
    ordering_fields = {name: name for name in ("id", "kind", "label", "level", "created")}

    def seen_by(self, user: User) -> QuerySet[UserChannel]:
        return channels_visible(user)

    def create(self, request: Request) -> Response:
        """Make a channel. Chats are linked instead: `POST /api/chatbot/`."""
        made = services.channel_create(actor=caller(request), **self.checked(request))
        return self.created(request, made)

    def partial_update(self, request: Request, pk: int) -> Response:
        """Change it; a secret left out stays. `enabled` true also forgets why it was disabled."""
        channel = self.get_object()
        fields = self.checked(request, partial=True)
        fields.pop("kind", None)
        services.channel_update(channel=channel, actor=caller(request), **fields)
        return self.shown(channel)

    def destroy(self, request: Request, pk: int) -> Response:
        """Delete it; what waits to be sent there is given up."""
        services.channel_delete(channel=self.get_object(), actor=caller(request))
        return Response(status=204)

    @extend_schema(request=None, responses=AnswerSerializer)
    @action(detail=True, methods=["post"])
    def test(self, request: Request, pk: int) -> Response:
        """Send a test message over it now, and show what the other side says."""
        channel = self.get_object()
        try:
            answer, delivered = services.channel_test(channel=channel, actor=caller(request)), True
        except ChannelError as error:
            answer, delivered = error.message, False
        return Response({"delivered": delivered, "answer": answer})

    @extend_schema(responses=KindSerializer(many=True), filters=False)
    @action(detail=False, pagination_class=None)
    def kinds(self, request: Request) -> Response:
        """The kinds of channels there are, whether the caller can have one, and what its form asks for."""
        return Response(KindSerializer(kinds_for(caller(request)), many=True).data)
