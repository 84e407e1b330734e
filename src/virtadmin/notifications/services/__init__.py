"""What is done with messages and with the channels they take. API, pages, admin and chats are doors to these."""

from virtadmin.notifications.services.channels import (
    channel_create,
    channel_delete,
    channel_disable,
    channel_name,
    channel_update,
    channels_default_create,
)
from virtadmin.notifications.services.chats import chat_link, chat_unlink
from virtadmin.notifications.services.messages import (
    Draft,
    notification_create,
    notification_mark_read,
    notifications_amend,
    notifications_create,
    notifications_prune,
)
from virtadmin.notifications.services.testing import channel_test

__all__ = [
    "Draft",
    "channel_create",
    "channel_delete",
    "channel_disable",
    "channel_name",
    "channel_test",
    "channel_update",
    "channels_default_create",
    "chat_link",
    "chat_unlink",
    "notification_create",
    "notification_mark_read",
    "notifications_amend",
    "notifications_create",
    "notifications_prune",
]
