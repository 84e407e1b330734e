"""/api/chatbot/: linking a chat."""

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ViewSet

from virtadmin.accounts.models import User
from virtadmin.accounts.roles import Role
from virtadmin.api.caller import caller
from virtadmin.api.strict import Strict
from virtadmin.chatbots.services import link_create
from virtadmin.core.errors import InvalidInput, NotAllowed
from virtadmin.notifications.models import BotUserLink


class ChatSerializer(Strict):
    """Whose chat is to be linked, and where."""

    user = serializers.UUIDField(help_text="whose chat it will be: the caller's own uuid; any for admins")
    platform = serializers.ChoiceField(choices=BotUserLink.Platform.choices)


class LinkSerializer(Strict):
    """The address to follow: it works once, for 15 minutes."""

    link = serializers.URLField()


class ChatbotResource(ViewSet):
    """Linking a chat of Telegram or Messenger."""

    permission_classes = (IsAuthenticated,)

    @extend_schema(request=ChatSerializer, responses={201: LinkSerializer})
    def create(self, request: Request) -> Response:
        """Make a one-time link: whoever follows it ties that chat to the user. 409 where the hub has no bot there."""
        given = ChatSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        user = _user(caller(request), given.validated_data["user"])
        link = link_create(user=user, actor=caller(request), platform=given.validated_data["platform"])
        return Response(LinkSerializer({"link": link}).data, status=201)


def _user(actor: User, uuid: UUID) -> User:
    """The user of this uuid. Who is no admin learns nothing of whether others are there."""
    if actor.uuid == uuid:
        return actor
    if actor.role != Role.ADMIN and not actor.is_superuser:
        raise NotAllowed("Only admins link chats for others.")
    found = User.objects.filter(uuid=uuid).first()
    if found is None:
        raise InvalidInput("user", "There is no such user.")
    return found
