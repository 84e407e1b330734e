"""The list of channels, in the order people see them and messages are sent."""

from virtadmin.core.registry import Registry
from virtadmin.notifications.channel import Channel
from virtadmin.notifications.channels.apprise import AppriseChannel
from virtadmin.notifications.channels.email import Email
from virtadmin.notifications.channels.in_page import InPage
from virtadmin.notifications.channels.messenger import Messenger
from virtadmin.notifications.channels.telegram import Telegram

CHANNELS: Registry[Channel] = Registry[Channel](InPage(), Email(), Telegram(), Messenger(), AppriseChannel())
