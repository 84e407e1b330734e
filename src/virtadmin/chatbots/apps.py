"""Registers the chatbots app."""

from django.apps import AppConfig


class ChatbotsConfig(AppConfig):
    """Linking chats, and what is said in them."""

    name = "virtadmin.chatbots"
    verbose_name = "Chats"
